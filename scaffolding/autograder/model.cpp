#include "autograder/model.hpp"

#include <fstream>
#include <numeric>
#include <stdexcept>

#include "grader/results.hpp"

namespace autograder {

NLOHMANN_JSON_SERIALIZE_ENUM(Status, {{Status::error, "error"},
                                      {Status::passed, "passed"},
                                      {Status::failed, "failed"},
                                      {Status::skipped, "skipped"},
                                      {Status::unavailable, "unavailable"}})
NLOHMANN_JSON_SERIALIZE_ENUM(State, {{State::missing, "missing"},
                                     {State::refused, "refused"},
                                     {State::not_compiled, "not_compiled"},
                                     {State::graded, "graded"},
                                     {State::interrupted, "interrupted"}})

// Un tipo y sus campos, en el orden en el que se escriben. `linkage` es static, o nada si lo usan otros archivos.
#define AUTOGRADER_FIELDS(linkage, Type, ...)                                                 \
  linkage void to_json(nlohmann::ordered_json& nlohmann_json_j, const Type& nlohmann_json_t){ \
      NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(NLOHMANN_JSON_TO, __VA_ARGS__))} linkage void  \
  from_json(const nlohmann::ordered_json& nlohmann_json_j, Type& nlohmann_json_t) {           \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(NLOHMANN_JSON_FROM, __VA_ARGS__))                \
  }

AUTOGRADER_FIELDS(static, TestOutcome, name, id, title, status, points, max_points, expected, observed, program, cause,
                  hint, conversation, duration_ms)
AUTOGRADER_FIELDS(, LabOutcome, lab, state, reason, messages, tests, points, max_points, penalty, attempt, attempts,
                  submitted_at, hash, seed)
AUTOGRADER_FIELDS(static, RubricEntry, name, id, title, points)
AUTOGRADER_FIELDS(static, LabInfo, lab, title, tests)
AUTOGRADER_FIELDS(static, Likeness, lab, first, second, percent)

// En JSON los laboratorios de un estudiante son una lista.
static void to_json(nlohmann::ordered_json& json, const Student& student) {
  json = {{"id", student.id}, {"name", student.name}, {"email", student.email}, {"notes", student.notes}};
  json["labs"] = nlohmann::ordered_json::array();
  for (const auto& [number, outcome] : student.labs) json["labs"].push_back(outcome);
}

static void from_json(const nlohmann::ordered_json& json, Student& student) {
  json.at("id").get_to(student.id);
  json.at("name").get_to(student.name);
  json.at("email").get_to(student.email);
  json.at("notes").get_to(student.notes);
  for (const auto& lab : json.at("labs")) {
    auto outcome = lab.get<LabOutcome>();
    const int number = outcome.lab;
    student.labs[number] = std::move(outcome);
  }
}

void to_json(nlohmann::ordered_json& json, const Course& course) {
  json = {{"title", course.title}, {"graded_at", course.graded_at}, {"missing_protections", course.missing_protections},
          {"labs", course.labs},   {"students", course.students},   {"alike", course.alike}};
}

void from_json(const nlohmann::ordered_json& json, Course& course) {
  json.at("title").get_to(course.title);
  json.at("graded_at").get_to(course.graded_at);
  json.at("missing_protections").get_to(course.missing_protections);
  json.at("labs").get_to(course.labs);
  json.at("students").get_to(course.students);
  json.at("alike").get_to(course.alike);
}

double Student::points() const {
  return std::accumulate(labs.begin(), labs.end(), 0.0,
                         [](double sum, const auto& lab) { return sum + lab.second.points; });
}

double Student::max_points() const {
  return std::accumulate(labs.begin(), labs.end(), 0.0,
                         [](double sum, const auto& lab) { return sum + lab.second.max_points; });
}

void write_course(const Course& course, const std::filesystem::path& file) {
  const nlohmann::ordered_json json = course;
  grader::write_whole(json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace), file);
}

Course read_course(const std::filesystem::path& file) {
  std::ifstream stream{file};
  if (!stream) throw std::runtime_error{"no se puede leer «" + file.string() + "»"};
  try {
    return nlohmann::ordered_json::parse(stream).get<Course>();
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error{"«" + file.string() + "» no es el resultado de una clase: " + error.what()};
  }
}

}  // namespace autograder
