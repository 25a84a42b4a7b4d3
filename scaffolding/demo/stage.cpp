#include "demo/stage.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <ostream>
#include <set>
#include <thread>

#include "demo/recorder/log.hpp"
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
constexpr const char* yellow = "33";
constexpr const char* magenta = "35";

constexpr std::size_t bar_width = 50;    // columnas del eje de tiempo de un diagrama
constexpr std::size_t number_width = 8;  // columnas de cada número, a su derecha
constexpr std::int64_t most_ticks = 6;   // marcas del eje, sin contar el cero

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

using Time = std::chrono::microseconds;
constexpr Time millisecond = std::chrono::milliseconds{1};
constexpr Time second = std::chrono::seconds{1};

std::string right(const std::string& text, std::size_t wanted) { return blanks(columns(text), wanted) + text; }

std::string rounded(double number, int decimals) {
  std::array<char, 32> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.*f", decimals, number);
  std::string result(text.data(), static_cast<std::size_t>(size));
  std::replace(result.begin(), result.end(), '.', ',');
  return result;
}

// La columna de un diagrama en la que cae un tiempo: de 0 a bar_width.
std::size_t column_of(Time time, Time axis) {
  if (time.count() <= 0 || axis.count() <= 0) return 0;
  const auto column = std::llround(static_cast<double>(bar_width) * static_cast<double>(time.count()) /
                                   static_cast<double>(axis.count()));
  return std::min(static_cast<std::size_t>(column), bar_width);
}

// Cada cuánto hay una marca en el eje: 1, 2 o 5, con ceros detrás, en milisegundos.
Time tick_of(Time axis) {
  Time step = millisecond;
  for (int i = 0; axis / step > most_ticks; ++i) step = i % 3 == 1 ? step * 5 / 2 : step * 2;
  return step;
}

// Unas columnas del diagrama en las que no hay nadie: con las marcas del eje.
std::string nobody(std::size_t from, std::size_t to, Time axis) {
  std::set<std::size_t> ticks;
  for (Time at = tick_of(axis); at <= axis; at += tick_of(axis)) ticks.insert(column_of(at, axis));
  std::string text;
  for (std::size_t column = from + 1; column <= to; ++column) text += ticks.contains(column) ? "┊" : " ";
  return text;
}

}  // namespace

std::string text_of(std::chrono::microseconds time) {
  const auto microseconds = static_cast<double>(time.count());
  if (time.count() > 0 && time < millisecond / 2) return "<1 ms";
  if (time < 10 * second - millisecond / 2) return rounded(microseconds / 1e3, 0) + " ms";
  return rounded(microseconds / 1e6, time < 1000 * second - 50 * millisecond ? 1 : 0) + " s";
}

std::chrono::microseconds Chart::total() const {
  Time last{0};
  for (const Visit& visit : visits) last = std::max(last, visit.leaves);
  return last;
}

std::string Stage::paint(const char* style, const std::string& text) const {
  return colour_ && *style != '\0' && !text.empty() ? "\x1b[" + std::string{style} + 'm' + text + "\x1b[0m" : text;
}

void Stage::rest() const { std::this_thread::sleep_for(pace_.between_rows); }

void Stage::ask() {
  out_ << '\n' << paint(yellow, "¿Qué va a pasar?") << " Piénsalo y pulsa Intro: paso " << steps_ + 1 << std::flush;
  std::string line;
  pace_.asks = !std::getline(std::cin, line).fail();  // si se acaba la entrada, sigue sin preguntar
}

void Stage::title(const std::string& text, const std::string& detail) {
  tell("title", {{"text", text}, {"detail", detail}});
  out_ << paint(bold, text) << '\n' << detail << std::endl;
}

void Stage::sides(std::string client, std::string server) {
  tell("sides", {{"client", client}, {"server", server}});
  client_ = std::move(client);
  server_ = std::move(server);
}

void Stage::step(const std::string& heading, const std::string& why) {
  if (pace_.asks) ask();
  tell("step", {{"number", steps_ + 1}, {"heading", heading}, {"why", why}});
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
  rest();
}

void Stage::arrow(const std::string& who, const std::string& before, const std::string& what,
                  const std::string& after) {
  out_ << blanks(columns(who), label_width) << who << " │" << before << paint(bold, what) << after << "│" << std::endl;
  rest();
}

void Stage::to_server(const std::string& what, const std::string& who) {
  const std::string text = cut(what, longest_arrow_text);
  tell("arrow", {{"direction", "to_server"}, {"text", what}, {"who", who}});
  arrow(who, "── ", text, ' ' + repeated("─", inside_width - columns(text) - 5) + "►");
}

void Stage::to_client(const std::string& what, const std::string& who) {
  const std::string text = cut(what, longest_arrow_text);
  tell("arrow", {{"direction", "to_client"}, {"text", what}, {"who", who}});
  arrow(who, "◄" + repeated("─", inside_width - columns(text) - 5) + ' ', text, " ──");
}

void Stage::lost(const std::string& what, const std::string& who) {
  const std::string text = cut(what, longest_arrow_text);
  tell("arrow", {{"direction", "lost"}, {"text", what}, {"who", who}});
  const std::string shaft = repeated("─", (inside_width - columns(text)) / 2);
  arrow(who, "── ", text, ' ' + shaft + "✗" + blanks(columns(text) + columns(shaft) + 5, inside_width));
}

void Stage::local(const std::string& label, const std::string& text) {
  tell("local", {{"label", label}, {"text", harmless(text)}});
  row(plain, label, ' ' + cut(harmless(text), has_sides() ? inside_width - 2 : width - label_width - 2));
}

void Stage::kernel(const std::string& text) {
  tell("kernel", {{"text", text}});
  kernel_rows(text);
}

void Stage::kernel_rows(const std::string& text) {
  std::string label = "núcleo";
  for (const std::string& line : wrapped(text, has_sides() ? inside_width - 2 : width - label_width - 2)) {
    row(magenta, label, ' ' + line);
    label.clear();
  }
}

void Stage::kernel(const std::string& client, const std::string& server) {
  tell("kernel", {{"client", client}, {"server", server}});
  const std::size_t used = columns(client) + columns(server);
  if (used + 4 <= inside_width) {
    row(magenta, "núcleo", ' ' + client + blanks(used, inside_width - 2) + server);
    return;
  }
  kernel_rows(client);
  for (const std::string& line : wrapped(server, inside_width - 2)) {
    row(magenta, "", blanks(columns(line), inside_width - 1) + line);
  }
}

void Stage::bar(const Visit& visit, Time axis) {
  // Una conversación se ve siempre, por corta que sea.
  const std::size_t served = std::min(column_of(visit.answered, axis), bar_width - 1);
  const std::size_t start = std::min(column_of(visit.arrives, axis), served);
  const std::size_t end = std::max(column_of(visit.leaves, axis), served + 1);
  out_ << right(cut(visit.name, label_width), label_width) << " │" << nobody(0, start, axis)
       << paint(yellow, repeated("░", served - start)) << paint(green, repeated("█", end - served))
       << nobody(end, bar_width, axis) << "│" << right(text_of(visit.answered - visit.arrives), number_width)
       << right(text_of(visit.leaves), number_width) << std::endl;
}

void Stage::charts(const std::vector<Chart>& charts) {
  Event told = Event::array();
  for (const Chart& chart : charts) {
    Event visits = Event::array();
    for (const Visit& visit : chart.visits) {
      visits.push_back({{"name", visit.name},
                        {"arrives_us", visit.arrives.count()},
                        {"answered_us", visit.answered.count()},
                        {"leaves_us", visit.leaves.count()}});
    }
    told.push_back({{"heading", chart.heading}, {"visits", visits}});
  }
  tell("charts", {{"charts", told}});
  Time axis{0};
  for (const Chart& chart : charts) axis = std::max(axis, chart.total());
  const std::string margin(label_width + 2, ' ');
  const std::string waits = " espera su primera respuesta   ";
  const std::string talks = " conversa y piensa";
  out_ << '\n'
       << margin << paint(yellow, "░") << waits << paint(green, "█") << talks
       << right("espera", bar_width + 1 + number_width - columns(waits) - columns(talks) - 2)
       << right("se va", number_width) << '\n';
  for (const Chart& chart : charts) {
    if (&chart != &charts.front()) out_ << '\n';
    const std::string total = "total " + text_of(chart.total());
    const std::string heading = cut(chart.heading, width - 5 - columns(total));
    out_ << "   " << paint(bold, heading) << right(total, width - 4 - columns(heading)) << '\n';
    for (const Visit& visit : chart.visits) bar(visit, axis);
  }
  const Time step = tick_of(axis);
  const Time unit = step < second ? millisecond : second;
  std::string numbers = margin.substr(1) + '0';
  for (Time at = step; at <= axis; at += step) {
    const std::string number = std::to_string(at / unit);
    numbers += right(number, label_width + 2 + column_of(at, axis) + number.size() / 2 - numbers.size());
  }
  out_ << margin.substr(1) << "└" << repeated("─", bar_width) << "┘\n"
       << numbers << blanks(numbers.size(), width - number_width * 2 + 1) << (unit < second ? "ms" : "s") << std::endl;
}

void Stage::end(const std::string& text) {
  tell("end", {{"text", text}});
  out_ << '\n' << paint(green, "✓ ") << text << std::endl;
}

void Stage::stop(const std::string& what, const std::string& detail) {
  tell("stop", {{"what", what}, {"detail", detail}});
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
