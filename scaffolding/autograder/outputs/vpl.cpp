// Lo que se imprime para VPL. Cada línea que puede venir de un estudiante empieza por «>»: VPL la muestra tal cual, y
// así nunca puede ser una etiqueta suya («Grade :=>>», «--|>»).
#include <algorithm>
#include <charconv>
#include <sstream>

#include "autograder/outputs/common.hpp"
#include "autograder/outputs/formats.hpp"

namespace autograder {
namespace {

std::string quoted(const std::string& text) {
  std::string quoted;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) quoted += '>' + line + '\n';
  return quoted;
}

double grade_limit(const char* name, double otherwise) {
  const std::string text = environment(name, "");
  double limit = otherwise;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), limit);
  return problem == std::errc{} ? limit : otherwise;
}

std::string output(const Course& course, const Student& student) {
  std::string text = "<|--\n";
  if (const std::string notes = remarks(course, student); !notes.empty()) text += "-Avisos\n" + quoted(notes);
  for (const Row& row : rows(course, student)) {
    text += "-" + row.number + ' ' + one_line(row.title) + " · " + std::string{status_text(row.status)} + " (" +
            decimal(row.points) + '/' + decimal(row.max_points) + ")\n" + quoted(row.explanation);
  }
  const double least = grade_limit("VPL_GRADEMIN", 0);
  const double most = grade_limit("VPL_GRADEMAX", 100);
  const double max_points = student.max_points();
  const double ratio = max_points > 0 ? std::clamp(student.points() / max_points, 0.0, 1.0) : 0.0;
  return text + "--|>\nGrade :=>>" + decimal(least + ratio * (most - least), '.');
}

}  // namespace

void write_vpl(const Course& course, const std::filesystem::path& folder) {
  write_each(course, folder, "vpl", ".txt", output);
}

}  // namespace autograder
