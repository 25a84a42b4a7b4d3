// Lo que se guarda de un laboratorio entre una evaluación y la siguiente.
#include "grader/progress.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "temp_folder.hpp"

namespace {

namespace fs = std::filesystem;

using grader::Status;
using grader::TestResult;

constexpr int lab = 4;

class ProgressTest : public testing::Test {
protected:
  ProgressTest() {
    ::setenv("PROGRESS_FOLDER", (folder_.path() / "progreso").c_str(), 1);
    rubric_.lab = lab;
    rubric_.tests = {{1, "First", "la primera", 60, {}, 1, {"a", "b", "c", "d"}},
                     {2, "Second", "la segunda", 40, {}, 2, {"a", "b", "c", "d"}}};
  }
  ~ProgressTest() override { ::unsetenv("PROGRESS_FOLDER"); }

  [[nodiscard]] TestResult result(int id, Status status, std::optional<grader::PendingStep> pending = {}) const {
    TestResult test;
    test.test = &rubric_.tests.at(static_cast<std::size_t>(id - 1));
    test.status = status;
    if (status == Status::failed) {
      test.failure = grader::Failure{"", "", "", "", {}};
      test.failure->pending = std::move(pending);
    }
    return test;
  }

  void keep(std::vector<TestResult> tests, const std::string& print = "1") const {
    grader::keep({&rubric_, std::move(tests)}, print);
  }

  TempFolder folder_;
  grader::Rubric rubric_;
};

TEST_F(ProgressTest, IsNothingUntilTheFirstGrading) {
  EXPECT_FALSE(grader::read_progress(lab));
  EXPECT_FALSE(fs::exists(folder_.path() / "progreso")) << "leer no crea nada";
}

TEST_F(ProgressTest, KeepsTheLastPointsAndTheBest) {
  keep({result(1, Status::passed), result(2, Status::failed)});
  keep({result(1, Status::failed), result(2, Status::passed)});
  const auto kept = grader::read_progress(lab);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->points, 40);
  EXPECT_EQ(kept->max_points, 100);
  EXPECT_EQ(kept->best, 60);
  ASSERT_EQ(kept->tests.size(), 2U);
  EXPECT_EQ(kept->tests[0].status, Status::failed);
  EXPECT_EQ(kept->tests[1].status, Status::passed);
  EXPECT_EQ(grader::first_failed(*kept)->id, 1);
}

// Una sola prueba dice qué falló la última vez, pero no cuántos puntos hay.
TEST_F(ProgressTest, DoesNotCountThePointsOfAPartialGrading) {
  keep({result(2, Status::passed)});
  EXPECT_EQ(grader::read_progress(lab)->max_points, 0);
  keep({result(1, Status::passed), result(2, Status::passed)}, "7");
  keep({result(2, Status::failed)});
  const auto kept = grader::read_progress(lab);
  EXPECT_EQ(kept->points, 100);
  EXPECT_EQ(kept->passed, "7");
  EXPECT_EQ(grader::first_failed(*kept)->id, 2);
}

TEST_F(ProgressTest, KnowsWhichFilePassedEverything) {
  keep({result(1, Status::passed), result(2, Status::passed)}, "7");
  EXPECT_EQ(grader::read_progress(lab)->passed, "7");
  EXPECT_EQ(grader::first_failed(*grader::read_progress(lab)), nullptr);
  keep({result(1, Status::passed), result(2, Status::failed)}, "7");
  EXPECT_EQ(grader::read_progress(lab)->passed, "") << "la última vez ya no";
}

// El informe de un fallo enseña la primera pista; el de un paso pendiente, ninguna.
TEST_F(ProgressTest, CountsTheHintThatTheReportShows) {
  keep({result(1, Status::failed), result(2, Status::failed, grader::PendingStep{2, "lab4.cpp:7"})});
  auto kept = grader::read_progress(lab);
  EXPECT_EQ(kept->hints[1], 1);
  EXPECT_EQ(kept->hints[2], 0);
  EXPECT_EQ(kept->tests[1].pending, 2);
  EXPECT_EQ(kept->tests[1].place, "lab4.cpp:7");
  kept->hints[1] = 3;
  grader::write_progress(lab, *kept);
  keep({result(1, Status::failed), result(2, Status::passed)});
  EXPECT_EQ(grader::read_progress(lab)->hints[1], 3) << "las ya vistas no se olvidan";
}

TEST_F(ProgressTest, SaysWhichFileIsBrokenAndStartsAgain) {
  for (const char* broken : {"", "{", "[]", R"({"points": 1})", R"({"points": "muchos"})"}) {
    [[maybe_unused]] const fs::path file = folder_.write("progreso/lab4.json", broken);
    try {
      grader::read_progress(lab);
      FAIL() << broken;
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string{error.what()}.find("lab4.json"), std::string::npos);
    }
    keep({result(1, Status::passed), result(2, Status::failed)});
    EXPECT_EQ(grader::read_progress(lab)->points, 60);
  }
}

TEST_F(ProgressTest, TellsTwoFilesApartByWhatTheyHold) {
  const fs::path one = folder_.write("uno.cpp", "int a;\n");
  EXPECT_EQ(grader::fingerprint(one), grader::fingerprint(folder_.write("igual.cpp", "int a;\n")));
  EXPECT_NE(grader::fingerprint(one), grader::fingerprint(folder_.write("otro.cpp", "int b;\n")));
  EXPECT_EQ(grader::fingerprint(folder_.write("a.cpp", "a")), "12638187200555641996") << "FNV-1a de 64 bits";
}

}  // namespace
