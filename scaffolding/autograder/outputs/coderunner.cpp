// El resultado de un combinador de CodeRunner. Él protege las celdas de la tabla, que son texto; lo de antes y lo de
// después es HTML, y se protege aquí.
#include <algorithm>

#include "autograder/outputs/common.hpp"
#include "autograder/outputs/formats.hpp"
#include "grader/text.hpp"

namespace autograder {
namespace {

std::string result(const Course& course, const Student& student) {
  nlohmann::ordered_json table = nlohmann::ordered_json::array({{"iscorrect", "Prueba", "Puntos", "Explicación"}});
  for (const Row& row : rows(course, student)) {
    table.push_back({row.status == Status::passed, row.number + ' ' + row.title,
                     decimal(row.points) + '/' + decimal(row.max_points),
                     std::string{status_text(row.status)} + (row.explanation.empty() ? "" : "\n" + row.explanation)});
  }
  const double max_points = student.max_points();
  const std::string notes = remarks(course, student);
  return dumped({{"fraction", max_points > 0 ? std::clamp(student.points() / max_points, 0.0, 1.0) : 0.0},
                 {"prologuehtml", notes.empty() ? "" : "<pre>" + grader::html_escaped(notes) + "</pre>"},
                 {"testresults", std::move(table)},
                 {"epiloguehtml", "<p>Puntos: " + decimal(student.points()) + '/' + decimal(max_points) + "</p>"},
                 {"showdifferences", false}});
}

}  // namespace

void write_coderunner(const Course& course, const std::filesystem::path& folder) {
  write_each(course, folder, "coderunner", ".json", result);
}

}  // namespace autograder
