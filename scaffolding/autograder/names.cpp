#include "autograder/names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <utility>

namespace autograder {
namespace {

// Los 128 caracteres altos de CP437, el juego de caracteres de los zip que no dicen cuál usan.
constexpr std::u16string_view cp437 =
    u"ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀"
    u"αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00A0";
static_assert(cp437.size() == 128);

unsigned char byte(char character) { return static_cast<unsigned char>(character); }

char lower(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character + ('a' - 'A')) : character;
}

std::string lowered(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

// Un carácter de los 65.536 primeros, en UTF-8.
void append_utf8(std::string& text, char16_t character) {
  const unsigned code = character;
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xC0 | code >> 6);
    text += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    text += static_cast<char>(0xE0 | code >> 12);
    text += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    text += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// El número con el que empieza un texto y cuántas cifras tiene; ninguna si no cabe en un número razonable.
std::pair<int, std::size_t> leading_number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + std::min<std::size_t>(text.size(), 6), number);
  if (error != std::errc{} || text.front() == '-') return {0, 0};
  return {number, static_cast<std::size_t>(end - text.data())};
}

constexpr std::string_view moodle_mark = "_assignsubmission_";

}  // namespace

bool is_utf8(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const unsigned char first = byte(bytes[at]);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xC2 ? 0
                               : first < 0xE0 ? 2
                               : first < 0xF0 ? 3
                               : first < 0xF5 ? 4
                                              : 0;
    if (length == 0 || bytes.size() - at < length) return false;
    for (std::size_t next = 1; next < length; ++next) {
      if ((byte(bytes[at + next]) & 0xC0) != 0x80) return false;
    }
    if (length > 2) {  // ni más largos de lo necesario, ni sustitutos, ni por encima de U+10FFFF
      const unsigned char second = byte(bytes[at + 1]);
      if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) || (first == 0xF0 && second < 0x90) ||
          (first == 0xF4 && second > 0x8F)) {
        return false;
      }
    }
    at += length;
  }
  return true;
}

std::string readable(std::string_view raw) {
  std::string text;
  if (is_utf8(raw)) {
    text = raw;
  } else {
    const auto high = std::count_if(raw.begin(), raw.end(), [](char c) { return byte(c) >= 0x80; });
    const auto letters_of_latin1 = std::count_if(raw.begin(), raw.end(), [](char c) { return byte(c) >= 0xC0; });
    const bool is_cp437 = 2 * letters_of_latin1 < high;
    for (const char c : raw)
      append_utf8(text, is_cp437 && byte(c) >= 0x80 ? cp437[byte(c) - 0x80U] : char16_t{byte(c)});
  }
  std::replace_if(
      text.begin(), text.end(), [](char c) { return byte(c) < 0x20 || c == 0x7F; }, '?');
  for (std::size_t at = 0; (at = text.find('\xC2', at)) != std::string::npos; ++at) {
    if (byte(text[at + 1]) < 0xA0) text.replace(at, 2, "?");  // los de control de Latin-1
  }
  return text;
}

int lab_of_file(std::string_view name) {
  const std::string text = lowered(name);
  if (!text.starts_with("lab")) return 0;
  const auto [number, digits] = leading_number(std::string_view{text}.substr(3));
  return digits > 0 && text[3] != '0' && std::string_view{text}.substr(3 + digits) == ".cpp" ? number : 0;
}

bool is_folder_of_lab(std::string_view name, int lab) {
  const std::string text = lowered(name);
  const std::string wanted = "lab" + std::to_string(lab);
  return text == wanted || text.starts_with(wanted + '-');
}

Packing packing_of(std::string_view name) {
  const std::string text = lowered(name);
  const auto ends_in = [&text](std::string_view end) { return text.ends_with(end); };
  constexpr std::array<std::string_view, 4> opened{".zip", ".tar.gz", ".tgz", ".tar"};
  constexpr std::array<std::string_view, 9> other{".rar", ".7z",   ".gz",  ".bz2", ".xz",
                                                  ".zst", ".tbz2", ".txz", ".lzma"};
  if (std::any_of(opened.begin(), opened.end(), ends_in)) return Packing::opened;
  return std::any_of(other.begin(), other.end(), ends_in) ? Packing::other : Packing::none;
}

std::string_view stem_of(std::string_view name) {
  const std::string text = lowered(name);
  for (const std::string_view end : {".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst"}) {
    if (text.ends_with(end)) return name.substr(0, name.size() - end.size());
  }
  if (packing_of(name) != Packing::none || text.ends_with(".cpp")) return name.substr(0, name.rfind('.'));
  return name;
}

Owner owner_of(std::string_view name) {
  if (const std::size_t mark = name.find(moodle_mark); mark != std::string_view::npos) {
    const std::string_view who = name.substr(0, mark);
    const std::size_t underscore = who.rfind('_');
    const std::string_view number = underscore == std::string_view::npos ? "" : who.substr(underscore + 1);
    if (!number.empty() && number.find_first_not_of("0123456789") == std::string_view::npos) {
      const std::string_view kind_and_file = name.substr(mark + moodle_mark.size());
      const std::size_t end_of_kind = kind_and_file.find('_');
      const std::string_view file = end_of_kind == std::string_view::npos ? "" : kind_and_file.substr(end_of_kind + 1);
      return {std::string{who}, std::string{number}, readable(who.substr(0, underscore)), 1, true, std::string{file}};
    }
  }
  const std::string text = lowered(name);
  for (const std::string_view word : {"intento", "attempt"}) {
    const std::size_t at = text.rfind(word);
    if (at == std::string::npos) continue;
    constexpr std::string_view separators = "_- ";
    std::string_view rest = std::string_view{text}.substr(at + word.size());
    if (!rest.empty() && separators.find(rest.front()) != std::string_view::npos) rest.remove_prefix(1);
    const auto [number, digits] = rest.empty() ? std::pair<int, std::size_t>{} : leading_number(rest);
    const std::size_t last = name.substr(0, at).find_last_not_of(separators);
    if (number < 1 || digits != rest.size() || last == std::string_view::npos) continue;
    const std::string_view who = name.substr(0, last + 1);
    return {std::string{who}, readable(who), readable(who), number, false, {}};
  }
  return {std::string{name}, readable(name), readable(name), 1, false, {}};
}

}  // namespace autograder
