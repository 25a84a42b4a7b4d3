#include "grader/rubric.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>

#include "grader/compile.hpp"
#include "grader/toolchain.hpp"

namespace grader {

const RubricTest* Rubric::find(const std::string& name) const {
  const auto found =
      std::find_if(tests.begin(), tests.end(), [&](const RubricTest& test) { return test.name == name; });
  return found == tests.end() ? nullptr : &*found;
}

bool Rubric::watches_races() const {
  return std::any_of(tests.begin(), tests.end(), [](const RubricTest& test) { return test.races; });
}

int Rubric::points() const {
  return std::accumulate(tests.begin(), tests.end(), 0,
                         [](int sum, const RubricTest& test) { return sum + test.points; });
}

namespace {

std::runtime_error wrong(const std::filesystem::path& file, const std::string& what) {
  return std::runtime_error{file.string() + ": " + what};
}

// Lee un archivo JSON y se lo da a quien sabe qué tiene que haber en él.
template <typename Reader>
void read_json(const std::filesystem::path& file, Reader reader) {
  std::ifstream stream{file};
  if (!stream) throw wrong(file, "no se puede leer");
  try {
    reader(nlohmann::json::parse(stream));
  } catch (const nlohmann::json::exception& error) {
    throw wrong(file, error.what());
  }
}

void append_tests(const nlohmann::json& entries, std::vector<RubricTest>& tests) {
  for (const auto& entry : entries) {
    RubricTest test;
    entry.at("id").get_to(test.id);
    entry.at("name").get_to(test.name);
    entry.at("title").get_to(test.title);
    entry.at("points").get_to(test.points);
    entry.at("after").get_to(test.after);
    entry.at("todo").get_to(test.todo);
    entry.at("hints").get_to(test.hints);
    test.races = entry.value("races", false);
    tests.push_back(std::move(test));
  }
}

// Comprueba las pruebas que puso un archivo: las que siguen a las `earlier` primeras.
void check_tests(const Rubric& rubric, std::size_t earlier, const std::filesystem::path& file) {
  const int first = static_cast<int>(earlier) + 1;
  int next = first;
  for (auto test = rubric.tests.begin() + first - 1; test != rubric.tests.end(); ++test) {
    const std::string which = "prueba " + std::to_string(test->id);
    if (test->id != next++)
      throw wrong(file, which + ": las pruebas se numeran seguidas desde " + std::to_string(first));
    if (test->points <= 0) throw wrong(file, which + ": los puntos han de ser positivos");
    if (test->hints.size() != 4)
      throw wrong(file, which + ": se esperaban cuatro pistas (concepto, dónde, qué llamada, código)");
    if (const RubricTest* same = rubric.find(test->name); same != &*test)
      throw wrong(file, which + ": su nombre, " + test->name + ", ya es el de la prueba " + std::to_string(same->id));
    for (const int before : test->after) {
      if (before < 1 || before >= test->id) throw wrong(file, which + ": solo puede depender de una prueba anterior");
    }
  }
}

}  // namespace

Rubric read_rubric(const std::filesystem::path& file) {
  Rubric rubric;
  read_json(file, [&](const nlohmann::json& json) {
    json.at("lab").get_to(rubric.lab);
    json.at("title").get_to(rubric.title);
    json.at("arguments").get_to(rubric.arguments);
    if (json.contains("trace")) json.at("trace").get_to(rubric.trace);
    append_tests(json.at("tests"), rubric.tests);
  });
  check_tests(rubric, 0, file);
  if (rubric.points() != 100)
    throw wrong(file, "los puntos suman " + std::to_string(rubric.points()) + ", y han de sumar 100");
  return rubric;
}

void add_hidden_tests(Rubric& rubric, const std::filesystem::path& file) {
  const std::size_t earlier = rubric.tests.size();
  read_json(file, [&](const nlohmann::json& json) { append_tests(json.at("tests"), rubric.tests); });
  check_tests(rubric, earlier, file);
}

Rubric rubric_of(int lab) {
  Rubric rubric = read_rubric(lab_folder(lab) / "rubric.json");
  const std::filesystem::path hidden =
      std::filesystem::path{toolchain::hidden} / ("lab" + std::to_string(lab) + ".json");
  if (std::filesystem::exists(hidden)) add_hidden_tests(rubric, hidden);
  return rubric;
}

}  // namespace grader
