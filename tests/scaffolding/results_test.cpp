// El resultado de una evaluación: los puntos que cuentan, y el JSON que leen otros programas.
#include "grader/results.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "temp_folder.hpp"

namespace {

namespace fs = std::filesystem;

using grader::LabResult;
using grader::Status;
using grader::TestResult;
using nlohmann::json;

grader::Rubric two_tests() {
  grader::Rubric rubric;
  rubric.lab = 4;
  rubric.title = "send y recv";
  rubric.tests = {{1, "First", "la primera", 60, {}, 1, {"concepto", "dónde", "llamada", "código"}},
                  {2, "Second", "la segunda", 40, {1}, 2, {"otra pista", "b", "c", "d"}}};
  return rubric;
}

class Results : public testing::Test {
protected:
  TestResult result(int id, Status status) {
    TestResult test;
    test.test = &rubric_.tests.at(static_cast<std::size_t>(id - 1));
    test.status = status;
    return test;
  }

  TestResult failed(int id) {
    TestResult test = result(id, Status::failed);
    test.failure = grader::Failure{
        "\"100 OK\"", "nada", "espera en recv(4)", "un recv no es una línea", {"C → S  \"HE\"", "C → S  \"LO\\n\""}};
    return test;
  }

  TestResult unavailable(int id) {
    TestResult test = result(id, Status::skipped);
    test.unavailable = true;
    return test;
  }

  LabResult lab(std::vector<TestResult> tests) { return {&rubric_, std::move(tests)}; }

  // El archivo que se escribe con ese resultado.
  json written(const LabResult& result) {
    grader::write_json(result, file_);
    return json::parse(text());
  }

  [[nodiscard]] std::string text() const {
    std::ifstream stream{file_};
    return {std::istreambuf_iterator<char>{stream}, {}};
  }

  [[nodiscard]] std::vector<std::string> names_in_folder() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator{folder_.path()}) names.push_back(entry.path().filename().string());
    return names;
  }

  grader::Rubric rubric_ = two_tests();
  TempFolder folder_;
  fs::path file_ = folder_.path() / "mi nota.json";
};

TEST_F(Results, CountOnlyThePointsOfWhatPassed) {
  EXPECT_EQ(result(1, Status::passed).points(), 60);
  for (const Status status : {Status::failed, Status::skipped, Status::error}) EXPECT_EQ(result(1, status).points(), 0);
  EXPECT_EQ(lab({result(1, Status::passed), result(2, Status::passed)}).points(), 100);
  EXPECT_EQ(lab({result(1, Status::passed), failed(2)}).points(), 60);
  EXPECT_EQ(lab({}).points(), 0);
}

// Lo que la máquina no puede comprobar no es culpa del estudiante: sus puntos no están ni en lo ganado ni en lo
// posible.
TEST_F(Results, LeaveOutWhatTheMachineCannotDo) {
  const LabResult some = lab({result(1, Status::passed), unavailable(2)});
  EXPECT_EQ(some.points(), 60);
  EXPECT_EQ(some.max_points(), 60);
  EXPECT_TRUE(some.all_passed());
  EXPECT_EQ(lab({failed(1), result(2, Status::skipped)}).max_points(), 100) << "no hecha porque otra falló: sí cuentan";
  EXPECT_EQ(lab({result(1, Status::error), result(2, Status::error)}).max_points(), 100);
}

TEST_F(Results, CountOnlyTheTestsThatWereAsked) {
  EXPECT_EQ(lab({result(2, Status::passed)}).max_points(), 40);
  EXPECT_TRUE(lab({result(2, Status::passed)}).all_passed());
}

TEST_F(Results, PassOnlyIfEveryTestDoes) {
  EXPECT_TRUE(lab({result(1, Status::passed), result(2, Status::passed)}).all_passed());
  EXPECT_FALSE(lab({result(1, Status::passed), failed(2)}).all_passed());
  EXPECT_FALSE(lab({result(1, Status::passed), result(2, Status::skipped)}).all_passed());
  EXPECT_FALSE(lab({result(1, Status::error), result(2, Status::passed)}).all_passed());
  EXPECT_FALSE(lab({failed(1), unavailable(2)}).all_passed());
  EXPECT_FALSE(lab({}).all_passed()) << "ninguna prueba no es haberlas pasado";
}

TEST_F(Results, AreWrittenWithAllTheirFields) {
  TestResult first = failed(1);
  first.duration_ms = 12;
  TestResult second = result(2, Status::skipped);
  second.reason = "depende de la prueba 1";
  const json expected = json::parse(R"json({
    "lab": 4,
    "title": "send y recv",
    "points": 0,
    "max_points": 100,
    "seed": 7,
    "tests": [
      {"id": 1, "title": "la primera", "status": "failed", "points": 0, "max_points": 60, "expected": "\"100 OK\"",
       "observed": "nada", "program": "espera en recv(4)", "cause": "un recv no es una línea",
       "conversation": ["C → S  \"HE\"", "C → S  \"LO\\n\""], "hint": "concepto", "duration_ms": 12},
      {"id": 2, "title": "la segunda", "status": "skipped", "points": 0, "max_points": 40, "expected": "",
       "observed": "depende de la prueba 1", "program": "", "cause": "", "conversation": [], "hint": "", "duration_ms": 0}
    ]
  })json");
  LabResult whole = lab({first, second});
  whole.seed = 7;
  EXPECT_EQ(written(whole), expected);
  EXPECT_EQ(text().rfind("{\n  \"lab\": 4,\n  \"title\": ", 0), 0U) << "se lee de arriba abajo:\n" << text();
  EXPECT_EQ(text().back(), '\n');
}

TEST_F(Results, TellTheFirstWrongByte) {
  EXPECT_FALSE(written(lab({failed(1)}))["tests"][0].contains("first_wrong_byte")) << "no siempre son bytes";
  TestResult test = failed(1);
  test.failure->tells({"100 OK", "100 0K"});
  const json read = written(lab({test}))["tests"][0];
  EXPECT_EQ(read["first_wrong_byte"], 4);
  EXPECT_EQ(read["expected"], "\"100 OK\"");
  EXPECT_EQ(read["observed"], "\"100 0K\"");
}

TEST_F(Results, NameEachStatus) {
  for (const auto& [status, name] : std::vector<std::pair<Status, std::string>>{{Status::passed, "passed"},
                                                                                {Status::failed, "failed"},
                                                                                {Status::skipped, "skipped"},
                                                                                {Status::error, "error"}}) {
    const json test = written(lab({result(1, status)}))["tests"][0];
    EXPECT_EQ(test["status"], name);
    EXPECT_EQ(test["points"], name == "passed" ? 60 : 0);
    EXPECT_EQ(test["hint"], name == "failed" ? "concepto" : "") << "la pista es para quien falla";
  }
}

TEST_F(Results, TellThePendingStepAsWhatWasObserved) {
  TestResult pending = failed(1);
  pending.failure->pending = grader::PendingStep{2, "labs/lab4-send-recv/lab4.cpp:38"};
  EXPECT_EQ(written(lab({pending}))["tests"][0]["observed"], "pendiente: TODO(2) en labs/lab4-send-recv/lab4.cpp:38");
}

TEST_F(Results, TellWhyATestCouldNotBeDone) {
  TestResult error = result(1, Status::error);
  error.reason = "el archivo no compila";
  EXPECT_EQ(written(lab({error}))["tests"][0]["observed"], "el archivo no compila");
}

// El programa puede enviar cualquier byte: el archivo tiene que seguir siendo JSON, y JSON es UTF-8.
TEST_F(Results, StayValidWhateverTheProgramSends) {
  TestResult test = failed(1);
  test.failure->observed = "\"\xff\xc3\" y \xed\xa0\x80";
  test.failure->conversation = {std::string{"nulo \0 y comillas \" \\ \x1b", 21}};
  const json read = written(lab({test}))["tests"][0];
  EXPECT_EQ(read["observed"], "\"��\" y ���");
  EXPECT_EQ(read["conversation"][0], test.failure->conversation[0]);
}

TEST_F(Results, ReplaceAnOlderFileWhole) {
  std::ofstream{file_} << std::string(100'000, 'x');
  EXPECT_EQ(written(lab({result(1, Status::passed)}))["points"], 60);
  EXPECT_EQ(names_in_folder(), std::vector<std::string>{"mi nota.json"}) << "no queda nada más";
}

TEST_F(Results, SayWhenTheFolderDoesNotExist) {
  file_ = folder_.path() / "no" / "existe.json";
  try {
    grader::write_json(lab({result(1, Status::passed)}), file_);
    FAIL() << "tenía que lanzar";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory);
    EXPECT_NE(std::string{error.what()}.find(file_.string()), std::string::npos) << error.what();
  }
  EXPECT_TRUE(names_in_folder().empty());
}

TEST_F(Results, LeaveNothingWhereTheyCannotBeWritten) {
  fs::create_directory(file_);
  EXPECT_THROW(grader::write_json(lab({result(1, Status::passed)}), file_), std::system_error);
  EXPECT_EQ(names_in_folder(), std::vector<std::string>{"mi nota.json"});
}

// Un disco lleno, en pequeño: un límite de tamaño de archivo. El resultado anterior sigue entero.
using ResultsDeathTest = Results;
TEST_F(ResultsDeathTest, KeepTheOlderFileIfTheNewOneDoesNotFit) {
  std::ofstream{file_} << "anterior";
  const auto write_into_a_full_disk = [&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit tiny{16, 16};
    ::setrlimit(RLIMIT_FSIZE, &tiny);
    try {
      grader::write_json(lab({failed(1)}), file_);
    } catch (const std::system_error& error) {
      ::_exit(error.code() == std::errc::file_too_large ? 0 : 2);
    }
    ::_exit(1);
  };
  EXPECT_EXIT(write_into_a_full_disk(), testing::ExitedWithCode(0), "");
  EXPECT_EQ(text(), "anterior");
  EXPECT_EQ(names_in_folder(), std::vector<std::string>{"mi nota.json"}) << "no queda nada más";
}

}  // namespace
