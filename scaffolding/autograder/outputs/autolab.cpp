// Lo que se imprime para Autolab: dos líneas de JSON, la última con los puntos. Dentro de una cadena de JSON no hay
// saltos de línea, así que ningún texto de un estudiante puede ser la última línea.
#include "autograder/outputs/common.hpp"
#include "autograder/outputs/formats.hpp"

namespace autograder {
namespace {

std::string lines(const Course& course, const Student& student) {
  nlohmann::ordered_json shown{{"_presentation", "semantic"}, {"stages", nlohmann::ordered_json::array()}};
  nlohmann::ordered_json scores = nlohmann::ordered_json::object();
  for (const LabInfo& info : course.labs) {
    const auto found = student.labs.find(info.lab);
    if (found == student.labs.end()) continue;
    const std::string name = lab_name(info.lab);
    nlohmann::ordered_json stage = nlohmann::ordered_json::object();
    for (const Row& row : rows(info, found->second)) {
      nlohmann::ordered_json test{{"passed", row.status == Status::passed}};
      if (row.status != Status::passed) {
        test["hint"] = std::string{status_text(row.status)} + (row.explanation.empty() ? "" : "\n" + row.explanation);
      }
      stage[row.number + ' ' + row.title] = std::move(test);
    }
    shown["stages"].push_back(name);
    shown[name] = std::move(stage);
    scores[name] = found->second.points;
  }
  if (const std::string notes = remarks(course, student); !notes.empty()) {
    shown["stages"].push_back("Avisos");
    shown["Avisos"] = {{"Sobre tu entrega", {{"passed", true}, {"hint", notes}}}};
  }
  const nlohmann::ordered_json last{{"scores", std::move(scores)}, {"scoreboard", {student.points()}}};
  return dumped(shown, -1) + '\n' + dumped(last, -1);
}

}  // namespace

void write_autolab(const Course& course, const std::filesystem::path& folder) {
  write_each(course, folder, "autolab", ".txt", lines);
}

}  // namespace autograder
