#include "demo/stage.hpp"

#include <algorithm>
#include <ostream>
#include <vector>

#include "grader/text.hpp"

namespace demo {
namespace {

using grader::columns;
using grader::wrapped;

constexpr std::size_t width = 80;         // columnas de la terminal
constexpr std::size_t label_width = 10;   // columnas a la izquierda del cliente
constexpr std::size_t inside_width = 66;  // columnas entre el cliente y el servidor
constexpr std::size_t longest_arrow_text = inside_width - 12;

constexpr const char* plain = "";
constexpr const char* bold = "1";
constexpr const char* red = "31";
constexpr const char* green = "32";
constexpr const char* magenta = "35";

std::string repeated(std::string_view piece, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += piece;
  return text;
}

std::string blanks(std::size_t used, std::size_t wanted) { return repeated(" ", used < wanted ? wanted - used : 0); }

// Un texto ajeno, sin nada que mueva el cursor o cambie los colores.
std::string harmless(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; }, '?');
  return text;
}

// Las primeras columnas de un texto que no cabe.
std::string cut(const std::string& text, std::size_t limit) {
  if (columns(text) <= limit) return text;
  std::size_t bytes = 0;
  for (std::size_t used = 0; used < limit - 1; ++used) {
    do ++bytes;
    while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80);
  }
  return text.substr(0, bytes) + "…";
}

}  // namespace

std::string Stage::paint(const char* style, const std::string& text) const {
  return colour_ && *style != '\0' && !text.empty() ? "\x1b[" + std::string{style} + 'm' + text + "\x1b[0m" : text;
}

void Stage::title(const std::string& text, const std::string& detail) {
  out_ << paint(bold, text) << '\n' << detail << std::endl;
}

void Stage::sides(std::string client, std::string server) {
  client_ = std::move(client);
  server_ = std::move(server);
}

void Stage::step(const std::string& heading, const std::string& why) {
  const std::string text = "── " + std::to_string(++steps_) + " · " + heading + ' ';
  const std::size_t used = columns(text);
  out_ << '\n' << paint(bold, text + repeated("─", used < width ? width - used : 0)) << '\n';
  for (const std::string& line : wrapped(why, width - 4)) out_ << "   " << line << '\n';
  if (has_sides()) {
    out_ << std::string(label_width + 1, ' ') << paint(bold, client_)
         << blanks(columns(client_) + columns(server_), inside_width + 2) << paint(bold, server_) << '\n';
  }
  out_.flush();
}

void Stage::row(const char* style, const std::string& label, const std::string& inside) {
  out_ << blanks(columns(label), label_width) << paint(style, label) << ' ';
  if (has_sides()) {
    out_ << "│" << paint(style, inside) << blanks(columns(inside), inside_width) << "│";
  } else {
    out_ << paint(style, inside);
  }
  out_ << std::endl;
}

void Stage::arrow(const std::string& who, const std::string& before, const std::string& what,
                  const std::string& after) {
  out_ << blanks(columns(who), label_width) << who << " │" << before << paint(bold, what) << after << "│" << std::endl;
}

void Stage::to_server(const std::string& what, const std::string& who) {
  const std::string text = cut(what, longest_arrow_text);
  arrow(who, "── ", text, ' ' + repeated("─", inside_width - columns(text) - 5) + "►");
}

void Stage::to_client(const std::string& what, const std::string& who) {
  const std::string text = cut(what, longest_arrow_text);
  arrow(who, "◄" + repeated("─", inside_width - columns(text) - 5) + ' ', text, " ──");
}

void Stage::lost(const std::string& what, const std::string& who) {
  const std::string text = cut(what, longest_arrow_text);
  const std::string shaft = repeated("─", (inside_width - columns(text)) / 2);
  arrow(who, "── ", text, ' ' + shaft + "✗" + blanks(columns(text) + columns(shaft) + 5, inside_width));
}

void Stage::local(const std::string& label, const std::string& text) {
  row(plain, label, ' ' + cut(harmless(text), has_sides() ? inside_width - 2 : width - label_width - 2));
}

void Stage::kernel(const std::string& text) {
  std::string label = "núcleo";
  for (const std::string& line : wrapped(text, has_sides() ? inside_width - 2 : width - label_width - 2)) {
    row(magenta, label, ' ' + line);
    label.clear();
  }
}

void Stage::kernel(const std::string& client, const std::string& server) {
  const std::size_t used = columns(client) + columns(server);
  if (used + 4 <= inside_width) {
    row(magenta, "núcleo", ' ' + client + blanks(used, inside_width - 2) + server);
    return;
  }
  kernel(client);
  for (const std::string& line : wrapped(server, inside_width - 2)) {
    row(magenta, "", blanks(columns(line), inside_width - 1) + line);
  }
}

void Stage::end(const std::string& text) { out_ << '\n' << paint(green, "✓ ") << text << std::endl; }

void Stage::stop(const std::string& what, const std::string& detail) {
  out_ << '\n';
  std::string mark = "✗ ";
  for (const std::string& line : wrapped(what, width - 3)) {
    out_ << paint(red, mark + line) << '\n';
    mark = "  ";
  }
  if (!detail.empty()) {
    for (const std::string& line : wrapped(detail, width - 3)) out_ << "  " << line << '\n';
  }
  out_.flush();
}

}  // namespace demo
