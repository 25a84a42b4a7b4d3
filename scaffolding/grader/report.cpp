#include "grader/report.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <sstream>
#include <vector>

#include "grader/text.hpp"

namespace grader {
namespace {

constexpr const char* green = "32";
constexpr const char* red = "31";
constexpr const char* yellow = "33";
constexpr const char* grey = "90";
constexpr const char* bold = "1";

constexpr std::size_t title_width = 58;  // columnas de «número y título» antes de los puntos
constexpr std::size_t indent = 6;        // delante de cada explicación…
constexpr std::size_t label_width = 15;  // … y de su texto, para la etiqueta
constexpr std::size_t shown_steps = 8;   // últimos pasos de la conversación que se muestran

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t used = columns(text);
  return used < width ? text + std::string(width - used, ' ') : text + ' ';
}

// «0,4 s», con coma decimal.
std::string seconds(double value) {
  const auto tenths = static_cast<long>(std::lround(value * 10));
  return std::to_string(tenths / 10) + ',' + std::to_string(tenths % 10) + " s";
}

}  // namespace

bool wants_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  return (no_colour == nullptr || *no_colour == '\0') && ::isatty(STDOUT_FILENO) == 1;
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_col == 0) return usual_width;
  return std::clamp<std::size_t>(size.ws_col, 60, 120);
}

std::string place_of_todo(const std::filesystem::path& source, int todo) {
  std::ifstream stream{source};
  const std::string mark = "TODO(" + std::to_string(todo) + ')';
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    if (line.find(mark) != std::string::npos) return source.string() + ':' + std::to_string(number);
  }
  return {};
}

std::string Report::paint(const char* code, const std::string& text) const {
  return colour_ ? "\x1b[" + std::string{code} + 'm' + text + "\x1b[0m" : text;
}

void Report::header(const Rubric& rubric, std::optional<double> compile_seconds) {
  const std::string name = "lab" + std::to_string(rubric.lab) + " · " + rubric.title;
  out_ << paint(bold, padded(name, title_width + 4)) << (compile_seconds ? "compila " + seconds(*compile_seconds) : "")
       << std::endl;
}

void Report::detail(const std::string& label, const std::string& text) {
  if (text.empty()) return;
  std::istringstream lines{text};
  std::string line;
  std::string shown_label = label;
  while (std::getline(lines, line)) {
    for (const std::string& part : wrapped(line, width_ - indent - label_width)) {
      out_ << std::string(indent, ' ') << paint(grey, padded(shown_label, label_width)) << part << '\n';
      shown_label.clear();
    }
  }
}

void Report::test(const TestResult& result) {
  const std::string name = padded(std::to_string(result.test->id) + ' ' + result.test->title, title_width);
  const std::string points = std::to_string(result.points()) + '/' + std::to_string(result.test->points);
  switch (result.status) {
    case Status::passed:
      out_ << "  " << paint(green, "✓") << ' ' << name << paint(green, points) << std::endl;
      return;
    case Status::skipped:
      out_ << "  " << paint(grey, "– " + name + result.reason) << std::endl;
      return;
    case Status::error:
      out_ << "  " << paint(red, "✗") << ' ' << name << paint(red, points) << '\n';
      detail("no se hizo", result.reason);
      out_.flush();
      return;
    case Status::failed:
      break;
  }
  out_ << "  " << paint(red, "✗") << ' ' << name << paint(red, points) << '\n';
  const Failure failure = result.failure.value_or(Failure{});
  if (failure.pending) {
    detail("pendiente",
           paint(yellow, "TODO(" + std::to_string(failure.pending->number) + ") en " + failure.pending->place));
    out_.flush();
    return;
  }
  std::string conversation;
  const std::size_t first = failure.conversation.size() > shown_steps ? failure.conversation.size() - shown_steps : 0;
  if (first > 0) conversation = "… (" + std::to_string(first) + (first == 1 ? " paso antes)\n" : " pasos antes)\n");
  for (std::size_t i = first; i < failure.conversation.size(); ++i) conversation += failure.conversation[i] + '\n';
  detail("conversación", conversation);
  if (const auto& mismatch = failure.mismatch) {
    const Aligned shown = mismatch->aligned(width_ - indent - label_width);
    detail("se esperaba", (mismatch->where().empty() ? "" : mismatch->where() + ":\n") + shown.expected);
    detail("se observó", shown.observed + '\n' + shown.mark + '\n' + mismatch->after());
  } else {
    detail("se esperaba", failure.expected);
    detail("se observó", failure.observed);
  }
  detail("tu programa", failure.program);
  detail("causa", failure.cause);
  detail("pista 1 de 4", result.test->hints.front());
  out_.flush();
}

void Report::total(const LabResult& result, const std::filesystem::path& source) {
  out_ << "  " << paint(bold, "Puntos: " + std::to_string(result.points()) + '/' + std::to_string(result.max_points()));
  const auto failed = std::find_if(result.tests.begin(), result.tests.end(),
                                   [](const TestResult& test) { return test.status == Status::failed; });
  if (failed != result.tests.end()) {
    const auto& pending = failed->failure ? failed->failure->pending : std::nullopt;
    const int todo = pending ? pending->number : failed->test->todo;
    const std::string place = pending ? pending->place : place_of_todo(source, todo);
    out_ << " · siguiente paso: ";
    if (place.empty()) {
      out_ << "repasa el paso " << todo << " de la guía";
    } else {
      out_ << "TODO(" << todo << ") en " << place;
    }
  }
  out_ << std::endl;
}

void Report::more_hints(int lab) { out_ << "  ¿Atascado? make hint-lab" << lab << std::endl; }

void Report::not_built(const std::string& what) { out_ << "  " << paint(red, "✗ " + what) << std::endl; }

}  // namespace grader
