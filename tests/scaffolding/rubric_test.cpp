// Las rúbricas: las de verdad se leen, y una equivocada se rechaza diciendo qué está mal y dónde.
#include "grader/rubric.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "grader/lab.hpp"
#include "grader/toolchain.hpp"
#include "temp_folder.hpp"

namespace {

using nlohmann::json;

json right_rubric() {
  return json::parse(R"({
    "lab": 4,
    "title": "send y recv",
    "arguments": ["host", "port"],
    "tests": [
      {"id": 1, "name": "First", "title": "la primera", "points": 60, "after": [], "todo": 1, "hints": ["a", "b", "c", "d"]},
      {"id": 2, "name": "Second", "title": "la segunda", "points": 30, "after": [1], "todo": 2, "hints": ["e", "f", "g", "h"]},
      {"id": 3, "name": "Third", "title": "la tercera", "points": 10, "after": [1, 2], "todo": 2, "hints": ["i", "j", "k", "l"]}
    ]
  })");
}

grader::Rubric read(const std::string& text) {
  const TempFolder folder;
  return grader::read_rubric(folder.write("rubric.json", text));
}

// Lo que está mal en una rúbrica, sin la ruta del archivo, que siempre va delante.
std::string complaint_about(const std::string& text) {
  try {
    read(text);
  } catch (const std::runtime_error& error) {
    const std::string message = error.what();
    const std::size_t start = message.find("/rubric.json: ");
    EXPECT_NE(start, std::string::npos) << message;
    return message.substr(start + std::string{"/rubric.json: "}.size());
  }
  return "nada";
}

TEST(Rubric, IsReadWhole) {
  const grader::Rubric rubric = read(right_rubric().dump());
  EXPECT_EQ(rubric.lab, 4);
  EXPECT_EQ(rubric.title, "send y recv");
  EXPECT_EQ(rubric.arguments, (std::vector<std::string>{"host", "port"}));
  ASSERT_EQ(rubric.tests.size(), 3U);
  const grader::RubricTest& test = rubric.tests[1];
  EXPECT_EQ(test.id, 2);
  EXPECT_EQ(test.name, "Second");
  EXPECT_EQ(test.title, "la segunda");
  EXPECT_EQ(test.points, 30);
  EXPECT_EQ(test.after, std::vector<int>{1});
  EXPECT_EQ(test.todo, 2);
  EXPECT_EQ(test.hints, (std::vector<std::string>{"e", "f", "g", "h"}));
}

TEST(Rubric, AddsItsPointsAndFindsItsTests) {
  const grader::Rubric rubric = read(right_rubric().dump());
  EXPECT_EQ(rubric.points(), 100);
  EXPECT_EQ(rubric.find("Third"), &rubric.tests[2]);
  EXPECT_EQ(rubric.find("Fourth"), nullptr);
  EXPECT_EQ(grader::Rubric{}.points(), 0);
}

TEST(Rubric, OfEveryLabIsRight) {
  int labs = 0;
  for (const auto& entry : std::filesystem::directory_iterator{grader::toolchain::labs}) {
    const std::string folder = entry.path().filename().string();
    if (folder.rfind("lab", 0) != 0) continue;
    const grader::Rubric rubric = grader::read_rubric(entry.path() / "rubric.json");
    EXPECT_EQ(folder.rfind("lab" + std::to_string(rubric.lab) + '-', 0), 0U) << folder;
    EXPECT_FALSE(rubric.title.empty()) << folder;
    ++labs;
  }
  EXPECT_GT(labs, 0);
}

struct Mistake {
  std::function<void(json&)> change;
  std::string message;
};

TEST(Rubric, IsRejectedSayingWhatIsWrong) {
  const std::vector<Mistake> mistakes{
      {[](json& rubric) { rubric["tests"][1]["id"] = 3; }, "prueba 3: las pruebas se numeran seguidas desde 1"},
      {[](json& rubric) { rubric["tests"][0]["id"] = 0; }, "prueba 0: las pruebas se numeran seguidas desde 1"},
      {[](json& rubric) { rubric["tests"].erase(1); }, "prueba 3: las pruebas se numeran seguidas desde 1"},
      {[](json& rubric) { rubric["tests"][2]["name"] = "First"; },
       "prueba 3: su nombre, First, ya es el de la prueba 1"},
      {[](json& rubric) { rubric["tests"][1]["points"] = 0; }, "prueba 2: los puntos han de ser positivos"},
      {[](json& rubric) { rubric["tests"][2]["points"] = -10; }, "prueba 3: los puntos han de ser positivos"},
      {[](json& rubric) { rubric["tests"][0]["hints"].erase(3); },
       "prueba 1: se esperaban cuatro pistas (concepto, dónde, qué llamada, código)"},
      {[](json& rubric) { rubric["tests"][2]["hints"].push_back("m"); },
       "prueba 3: se esperaban cuatro pistas (concepto, dónde, qué llamada, código)"},
      {[](json& rubric) { rubric["tests"][1]["after"] = {2}; }, "prueba 2: solo puede depender de una prueba anterior"},
      {[](json& rubric) { rubric["tests"][0]["after"] = {3}; }, "prueba 1: solo puede depender de una prueba anterior"},
      {[](json& rubric) {
         rubric["tests"][2]["after"] = {1, 0};
       },
       "prueba 3: solo puede depender de una prueba anterior"},
      {[](json& rubric) { rubric["tests"][2]["points"] = 9; }, "los puntos suman 99, y han de sumar 100"},
      {[](json& rubric) { rubric["tests"][2]["points"] = 11; }, "los puntos suman 101, y han de sumar 100"},
      {[](json& rubric) { rubric["tests"].clear(); }, "los puntos suman 0, y han de sumar 100"},
  };
  for (const Mistake& mistake : mistakes) {
    json rubric = right_rubric();
    mistake.change(rubric);
    EXPECT_EQ(complaint_about(rubric.dump()), mistake.message);
  }
}

TEST(Rubric, NeedsAllItsKeys) {
  const json whole = right_rubric();
  for (const auto& item : whole.items()) {
    json rubric = whole;
    rubric.erase(item.key());
    EXPECT_NE(complaint_about(rubric.dump()).find('\'' + item.key() + '\''), std::string::npos) << item.key();
  }
  for (const auto& item : whole["tests"][1].items()) {
    json rubric = whole;
    rubric["tests"][1].erase(item.key());
    EXPECT_NE(complaint_about(rubric.dump()).find('\'' + item.key() + '\''), std::string::npos) << item.key();
  }
}

TEST(Rubric, NeedsValuesOfTheRightKind) {
  const std::vector<Mistake> mistakes{
      {[](json& rubric) { rubric["lab"] = "cuatro"; }, "type must be number"},
      {[](json& rubric) { rubric["arguments"] = true; }, "type must be array"},
      {[](json& rubric) { rubric["tests"] = 5; }, "number"},
      {[](json& rubric) { rubric["tests"][0]["points"] = "60"; }, "type must be number"},
      {[](json& rubric) {
         rubric["tests"][0]["hints"] = {1, 2, 3, 4};
       },
       "type must be string"},
  };
  for (const Mistake& mistake : mistakes) {
    json rubric = right_rubric();
    mistake.change(rubric);
    EXPECT_NE(complaint_about(rubric.dump()).find(mistake.message), std::string::npos)
        << complaint_about(rubric.dump());
  }
}

TEST(Rubric, TellsWhereItStopsBeingJson) {
  EXPECT_NE(complaint_about("{\n  \"lab\": 4,\n}").find("line 3"), std::string::npos);
  EXPECT_NE(complaint_about("").find("parse error"), std::string::npos);
}

TEST(Rubric, MustExist) {
  const TempFolder folder;
  try {
    grader::read_rubric(folder.path() / "rubric.json");
    FAIL() << "tenía que lanzar";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(error.what(), (folder.path() / "rubric.json").string() + ": no se puede leer");
  }
}

json hidden_tests() {
  return json::parse(R"({
    "tests": [
      {"id": 4, "name": "Fourth", "title": "la cuarta", "points": 7, "after": [1], "todo": 2, "hints": ["m", "n", "o", "p"]},
      {"id": 5, "name": "Fifth", "title": "la quinta", "points": 5, "after": [4], "todo": 2, "hints": ["q", "r", "s", "t"]}
    ]
  })");
}

TEST(HiddenTests, FollowThoseOfTheLabAndAddTheirPoints) {
  grader::Rubric rubric = read(right_rubric().dump());
  const TempFolder folder;
  grader::add_hidden_tests(rubric, folder.write("lab4.json", hidden_tests().dump()));
  EXPECT_EQ(rubric.points(), 112);
  ASSERT_EQ(rubric.tests.size(), 5U);
  EXPECT_EQ(rubric.find("Fourth"), &rubric.tests[3]);
  EXPECT_EQ(rubric.tests[4].after, std::vector<int>{4});
  EXPECT_EQ(rubric.title, "send y recv");
}

TEST(HiddenTests, AreRejectedSayingWhatIsWrongAndInWhichFile) {
  const std::vector<Mistake> mistakes{
      {[](json& hidden) { hidden["tests"][0]["id"] = 1; }, "prueba 1: las pruebas se numeran seguidas desde 4"},
      {[](json& hidden) { hidden["tests"][1]["id"] = 6; }, "prueba 6: las pruebas se numeran seguidas desde 4"},
      {[](json& hidden) { hidden["tests"][0]["name"] = "First"; },
       "prueba 4: su nombre, First, ya es el de la prueba 1"},
      {[](json& hidden) { hidden["tests"][1]["points"] = 0; }, "prueba 5: los puntos han de ser positivos"},
      {[](json& hidden) { hidden["tests"][0]["after"] = {5}; }, "prueba 4: solo puede depender de una prueba anterior"},
      {[](json& hidden) { hidden["tests"][0].erase("hints"); }, "'hints'"},
      {[](json& hidden) { hidden = hidden["tests"]; }, "type"},
  };
  for (const Mistake& mistake : mistakes) {
    json hidden = hidden_tests();
    mistake.change(hidden);
    grader::Rubric rubric = read(right_rubric().dump());
    const TempFolder folder;
    const std::filesystem::path file = folder.write("lab4.json", hidden.dump());
    try {
      grader::add_hidden_tests(rubric, file);
      FAIL() << mistake.message;
    } catch (const std::runtime_error& error) {
      const std::string message = error.what();
      EXPECT_EQ(message.rfind(file.string() + ": ", 0), 0U) << message;
      EXPECT_NE(message.find(mistake.message), std::string::npos) << message;
    }
  }
}

TEST(Arguments, TakeTheirPlacesInAWholeProgram) {
  const std::vector<std::string> names{"host", "port"};
  EXPECT_EQ(grader::with_arguments("python3 c.py {host} {port}", names, {"::1", "7"}), "python3 c.py ::1 7");
  EXPECT_EQ(grader::with_arguments("nc {port}{port} {otro}", names, {"a", "b"}), "nc bb {otro}");
  EXPECT_EQ(grader::with_arguments("{host}", names, {"{host}"}), "{host}") << "un valor no se sustituye a su vez";
  EXPECT_EQ(grader::with_arguments("{host} {port}", names, {"a"}), "a {port}");
}

}  // namespace
