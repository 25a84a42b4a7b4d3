// results.json de PrairieLearn.
#include <algorithm>

#include "autograder/outputs/common.hpp"
#include "autograder/outputs/formats.hpp"

namespace autograder {
namespace {

constexpr std::size_t size_limit = 1'000'000;  // PrairieLearn rechaza los resultados de más de 1 MB

std::string results(const Course& course, const Student& student) {
  nlohmann::ordered_json tests = nlohmann::ordered_json::array();
  for (const Row& row : rows(course, student)) {
    tests.push_back({{"name", row.number + ' ' + row.title},
                     {"description", std::string{status_text(row.status)}},
                     {"points", row.points},
                     {"max_points", row.max_points},
                     {"output", row.explanation}});
  }
  // Sin un solo archivo que evaluar no hay nota: el intento no se gasta, y se dice por qué.
  const bool gradable = std::any_of(student.labs.begin(), student.labs.end(), [](const auto& lab) {
    return lab.second.state != State::missing && lab.second.state != State::refused;
  });
  const double max_points = student.max_points();
  const std::string notes = remarks(course, student);
  nlohmann::ordered_json json{{"gradable", gradable},
                              {"score", max_points > 0 ? std::clamp(student.points() / max_points, 0.0, 1.0) : 0.0},
                              {"message", decimal(student.points()) + " de " + decimal(max_points) + " puntos"},
                              {"output", notes},
                              {"tests", std::move(tests)}};
  if (!gradable) json["format_errors"] = {notes};
  std::string text = dumped(json, -1);
  if (text.size() <= size_limit) return text;
  for (auto& test : json["tests"]) test["output"] = "La explicación no cabe en lo que admite PrairieLearn.";
  return dumped(json, -1);
}

}  // namespace

void write_prairielearn(const Course& course, const std::filesystem::path& folder) {
  write_each(course, folder, "prairielearn", ".json", results);
}

}  // namespace autograder
