#include "grader/text.hpp"

#include <algorithm>
#include <cstdio>

namespace grader {
namespace {

// Longitud del carácter UTF-8 con el que empiezan unos bytes, o 0 si no es ninguno que se pueda imprimir.
std::size_t printable_character(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes.front());
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || bytes.size() < length) return 0;
  for (const char byte : bytes.substr(1, length - 1)) {
    if ((static_cast<unsigned char>(byte) & 0xc0) != 0x80) return 0;
  }
  // U+0080 a U+009F son controles; E0 y F0 con un segundo byte pequeño, o ED y F4 con uno grande, no son UTF-8.
  const auto second = static_cast<unsigned char>(bytes[1]);
  const bool control = first == 0xc2 && second < 0xa0;
  const bool invalid = (first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0) ||
                       (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90);
  return control || invalid ? 0 : length;
}

std::string escaped(char character) {
  switch (character) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    case '\0':
      return "\\0";
    default:
      char text[8];
      std::snprintf(text, sizeof text, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(character)));
      return text;
  }
}

}  // namespace

// Los bytes de continuación de UTF-8 no ocupan.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}

std::vector<std::string> wrapped(const std::string& line, std::size_t width) {
  std::vector<std::string> parts;
  const std::size_t indent = line.find_first_not_of(' ');
  std::string rest = line;
  while (columns(rest) > width) {
    std::size_t cut = std::string::npos;
    for (std::size_t space = rest.find(' ', rest.find_first_not_of(' ')); space != std::string::npos;
         space = rest.find(' ', space + 1)) {
      if (cut != std::string::npos && columns(rest.substr(0, space)) > width) break;
      cut = space;
    }
    if (cut == std::string::npos) break;
    parts.push_back(rest.substr(0, cut));
    rest = std::string(indent, ' ') + rest.substr(cut + 1);
  }
  parts.push_back(rest);
  return parts;
}

Shown first_shown(std::string_view bytes) {
  const std::size_t length = printable_character(bytes);
  if (length == 0) return {escaped(bytes.front()), 1};
  const bool special = bytes.front() == '"' || bytes.front() == '\\';
  return {(special ? "\\" : "") + std::string{bytes.substr(0, length)}, length};
}

std::string printable(std::string_view bytes, std::size_t limit) {
  std::string text = "\"";
  std::string_view rest = bytes;
  for (std::size_t used = 0; !rest.empty();) {
    const Shown shown = first_shown(rest);
    used += columns(shown.text);
    if (used > limit) break;
    text += shown.text;
    rest.remove_prefix(shown.bytes);
  }
  if (rest.empty()) return text + '"';
  return text + "…\" (" + bytes_text(bytes.size()) + ')';
}

// Como manda la ortografía, los números de cuatro cifras no llevan puntos.
std::string grouped(std::size_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() <= 4) return digits;
  for (std::size_t left = digits.size(); left > 3;) digits.insert(left -= 3, 1, '.');
  return digits;
}

std::string bytes_text(std::size_t count) { return grouped(count) + (count == 1 ? " byte" : " bytes"); }

std::string html_escaped(std::string_view text) {
  std::string safe;
  for (const char byte : text) {
    switch (byte) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += byte;
    }
  }
  return safe;
}

}  // namespace grader
