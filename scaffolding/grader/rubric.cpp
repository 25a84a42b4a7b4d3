#include "grader/rubric.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>

namespace grader {

const RubricTest* Rubric::find(const std::string& name) const {
  const auto found =
      std::find_if(tests.begin(), tests.end(), [&](const RubricTest& test) { return test.name == name; });
  return found == tests.end() ? nullptr : &*found;
}

int Rubric::points() const {
  return std::accumulate(tests.begin(), tests.end(), 0,
                         [](int sum, const RubricTest& test) { return sum + test.points; });
}

Rubric read_rubric(const std::filesystem::path& file) {
  const auto wrong = [&](const std::string& what) { return std::runtime_error{file.string() + ": " + what}; };
  std::ifstream stream{file};
  if (!stream) throw wrong("no se puede leer");
  Rubric rubric;
  try {
    const auto json = nlohmann::json::parse(stream);
    json.at("lab").get_to(rubric.lab);
    json.at("title").get_to(rubric.title);
    json.at("arguments").get_to(rubric.arguments);
    if (json.contains("trace")) json.at("trace").get_to(rubric.trace);
    rubric.races = json.value("races", false);
    for (const auto& entry : json.at("tests")) {
      RubricTest test;
      entry.at("id").get_to(test.id);
      entry.at("name").get_to(test.name);
      entry.at("title").get_to(test.title);
      entry.at("points").get_to(test.points);
      entry.at("after").get_to(test.after);
      entry.at("todo").get_to(test.todo);
      entry.at("hints").get_to(test.hints);
      rubric.tests.push_back(std::move(test));
    }
  } catch (const nlohmann::json::exception& error) {
    throw wrong(error.what());
  }
  int next = 1;
  for (const RubricTest& test : rubric.tests) {
    const std::string which = "prueba " + std::to_string(test.id);
    if (test.id != next++) throw wrong(which + ": las pruebas se numeran seguidas desde 1");
    if (test.points <= 0) throw wrong(which + ": los puntos han de ser positivos");
    if (test.hints.size() != 4)
      throw wrong(which + ": se esperaban cuatro pistas (concepto, dónde, qué llamada, código)");
    for (const int before : test.after) {
      if (before < 1 || before >= test.id) throw wrong(which + ": solo puede depender de una prueba anterior");
    }
  }
  if (rubric.points() != 100)
    throw wrong("los puntos suman " + std::to_string(rubric.points()) + ", y han de sumar 100");
  return rubric;
}

}  // namespace grader
