#include "autograder/outputs/common.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <set>

#include "grader/results.hpp"

namespace autograder {
namespace {

// Lo que se enseña de cada cosa, en bytes: una prueba cabe en una pantalla, y una entrega en lo que admiten todos.
constexpr std::size_t part_limit = 600;
constexpr std::size_t conversation_limit = 1500;
constexpr std::size_t messages_limit = 8192;  // los del compilador se repiten: con los primeros basta
constexpr std::size_t shown_steps = 8;        // los últimos de la conversación, como en la terminal

// Código del carácter UTF-8 con el que empieza un texto, y los bytes que ocupa; 0 bytes si no es ninguno.
struct Character {
  char32_t code = 0;
  std::size_t bytes = 0;
};

Character first_character(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return {first, 1};
  if (first < 0xc2 || first > 0xf4) return {};
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (text.size() < bytes) return {};
  char32_t code = first & (0xffU >> (bytes + 1));
  for (const char byte : text.substr(1, bytes - 1)) {
    if ((static_cast<unsigned char>(byte) & 0xc0U) != 0x80) return {};
    code = (code << 6U) | (static_cast<unsigned char>(byte) & 0x3fU);
  }
  static constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < least.at(bytes) || code > 0x10ffff || surrogate) return {};
  return {code, bytes};
}

// Los que dan la vuelta al texto que sigue, y los que parten líneas sin que se note.
bool is_deceptive(char32_t code) {
  return (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0x200e || code == 0x200f;
}

std::string visible(std::string_view bytes, char32_t code) {
  if (code == '\n' || code == '\t') return std::string{bytes};
  if (code < 0x20) return {'\xe2', '\x90', static_cast<char>(0x80 + code)};  // ␀, ␁…
  if (code == 0x7f) return "␡";
  if (is_deceptive(code)) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text = "‹U+";
    for (int shift = 12; shift >= 0; shift -= 4) text += digits[(code >> static_cast<unsigned>(shift)) & 0xfU];
    return text + "›";
  }
  if (code < 0xa0 && code >= 0x80) return "�";
  if ((code & 0xfffeU) == 0xfffe || (code >= 0xfdd0 && code <= 0xfdef)) return "�";
  return std::string{bytes};
}

void add_line(std::string& text, const std::string& line) {
  if (line.empty()) return;
  if (!text.empty()) text += '\n';
  text += line;
}

std::string labelled(const std::string& label, const std::string& text) {
  if (text.empty()) return {};
  const std::string shown = clean(text, part_limit);
  return label + (shown.find('\n') == std::string::npos ? ": " : ":\n") + shown;
}

std::string explanation(const TestOutcome& test) {
  if (test.status == Status::passed) return {};
  if (test.status != Status::failed) return clean(test.observed, part_limit);
  std::string text;
  std::string conversation;
  const std::size_t steps = test.conversation.size();
  for (std::size_t i = steps > shown_steps ? steps - shown_steps : 0; i < steps; ++i) {
    conversation += '\n' + test.conversation[i];
  }
  if (!conversation.empty()) add_line(text, "conversación:" + clean(conversation, conversation_limit));
  add_line(text, labelled("se esperaba", test.expected));
  add_line(text, labelled("se observó", test.observed));
  add_line(text, labelled("tu programa", test.program));
  add_line(text, labelled("causa", test.cause));
  add_line(text, labelled("pista", test.hint));
  return text;
}

std::string state_text(const LabOutcome& outcome) {
  const std::string name = lab_name(outcome.lab);
  switch (outcome.state) {
    case State::missing:
      return "No se entregó " + name + ".cpp.";
    case State::refused:
      return name + ".cpp no se aceptó: " + clean(outcome.reason);
    case State::not_compiled:
      return name + ".cpp no compila. Esto dice el compilador:\n" + clean(outcome.messages, messages_limit);
    case State::interrupted:
      return "La evaluación de " + name + " no terminó, y lo que no se contó vale 0: " + clean(outcome.reason);
    case State::graded:
      break;
  }
  return {};
}

}  // namespace

std::vector<Row> rows(const LabInfo& info, const LabOutcome& outcome) {
  std::vector<Row> list;
  for (const TestOutcome& test : outcome.tests) {
    const double max_points = test.status == Status::unavailable ? 0 : test.max_points;
    list.push_back({outcome.lab, std::to_string(outcome.lab) + '.' + std::to_string(test.id), test.title, test.status,
                    static_cast<double>(test.points), max_points, static_cast<double>(test.duration_ms) / 1000,
                    explanation(test)});
  }
  if (list.empty()) {
    list.push_back({outcome.lab, std::to_string(outcome.lab), info.title, Status::error, 0, outcome.max_points, 0,
                    state_text(outcome)});
  }
  return list;
}

std::vector<Row> rows(const Course& course, const Student& student) {
  std::vector<Row> list;
  for (const LabInfo& info : course.labs) {
    const auto found = student.labs.find(info.lab);
    if (found == student.labs.end()) continue;
    for (Row& row : rows(info, found->second)) list.push_back(std::move(row));
  }
  return list;
}

std::string remarks(const LabOutcome& outcome) {
  std::string text = state_text(outcome);
  if (outcome.attempts > 1) {
    add_line(text, "De " + lab_name(outcome.lab) + " cuenta el intento " + std::to_string(outcome.attempt) + " de " +
                       std::to_string(outcome.attempts) + '.');
  }
  if (outcome.penalty > 0) {
    add_line(text, "En " + lab_name(outcome.lab) + " se descontaron " + decimal(outcome.penalty) +
                       " puntos por entregar fuera de plazo.");
  }
  return text;
}

std::string remarks(const Course& course, const Student& student) {
  std::string text;
  for (const std::string& missing : course.missing_protections) {
    add_line(text, "Se evaluó con menos aislamiento del normal: " + clean(missing));
  }
  for (const std::string& note : student.notes) add_line(text, clean(note));
  for (const auto& [number, outcome] : student.labs) add_line(text, remarks(outcome));
  return text;
}

std::string clean(std::string_view text, std::size_t limit) {
  std::string shown;
  while (!text.empty()) {
    const auto [code, bytes] = first_character(text);
    const std::string next = bytes == 0 ? "�" : visible(text.substr(0, bytes), code);
    if (shown.size() + next.size() > limit) return shown + "\n… (sigue, pero es demasiado largo)";
    shown += next;
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return shown;
}

std::string one_line(std::string_view text) {
  std::string line;
  for (const char byte : clean(text)) {
    if (byte == '\n') {
      line += "⏎";
    } else {
      line += byte == '\t' ? ' ' : byte;
    }
  }
  return line;
}

std::string decimal(double value, char point) {
  const long hundredths = std::lround(std::abs(value) * 100);
  std::string text = (value < 0 && hundredths != 0 ? "-" : "") + std::to_string(hundredths / 100);
  const long rest = hundredths % 100;
  if (rest == 0) return text;
  text += point + std::to_string(rest / 10);
  return rest % 10 == 0 ? text : text + std::to_string(rest % 10);
}

std::string lab_name(int lab) { return "lab" + std::to_string(lab); }

std::string_view status_text(Status status) {
  switch (status) {
    case Status::passed:
      return "pasó";
    case Status::failed:
      return "falló";
    case Status::unavailable:
      return "aquí no se puede hacer";
    case Status::skipped:
    case Status::error:
      break;
  }
  return "no se hizo";
}

void write_each(const Course& course, const std::filesystem::path& folder, std::string_view format,
                std::string_view extension, std::string (*text)(const Course&, const Student&)) {
  const std::filesystem::path own = folder / format;
  std::filesystem::remove_all(own);
  std::filesystem::create_directories(own);
  std::set<std::string> used;  // sin distinguir mayúsculas: hay sistemas de archivos que no las distinguen
  for (const Student& student : course.students) {
    std::string stem;
    for (const char byte : student.id.substr(0, 80)) {
      const auto letter = static_cast<unsigned char>(byte);
      const bool safe = letter < 0x80 && (std::isalnum(letter) != 0 || byte == '-' || byte == '_');
      stem += safe ? byte : '_';
    }
    if (stem.empty()) stem = "estudiante";
    std::string unique = stem;
    const auto is_new = [&] {
      std::string key = unique;
      std::transform(key.begin(), key.end(), key.begin(), [](unsigned char letter) { return std::tolower(letter); });
      return used.insert(key).second;
    };
    for (int copy = 2; !is_new(); ++copy) unique = stem + '-' + std::to_string(copy);
    grader::write_whole(text(course, student), own / (unique + std::string{extension}));
  }
}

std::string environment(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : clean(value);
}

std::string dumped(const nlohmann::ordered_json& json, int indent) {
  return json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace autograder
