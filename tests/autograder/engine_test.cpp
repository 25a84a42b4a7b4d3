// El motor, con un evaluador de mentira que apunta cada trabajo que se le pide: qué se hace, qué no se repite y qué se
// cuenta cuando algo va mal.
#include "autograder/engine.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "../scaffolding/temp_folder.hpp"
#include "autograder/digest.hpp"
#include "grader/rubric.hpp"

using autograder::Course;
using autograder::grade;
using autograder::Isolation;
using autograder::JobResult;
using autograder::Options;
using autograder::State;
using autograder::Status;

namespace {

namespace fs = std::filesystem;

class Engine : public testing::Test {
protected:
  void SetUp() override {
    (void)folder.write("clase/ana/lab1.cpp", "bien\n");
    (void)folder.write("clase/bruno/lab1.cpp", "mal\n");
    (void)folder.write("clase/carla/lab1.cpp", "bien\n");
    keep_result("bien", [](std::size_t) { return Status::passed; });
    keep_result("mal", [](std::size_t index) { return index == 0 ? Status::failed : Status::skipped; });
    // $3 es el laboratorio, $5 el archivo, $11 el resultado y $15 la prueba.
    evaluator(R"(cp "$here/$(head -n 1 "$5").json" "${11}")");
    options.submissions = folder.path() / "clase";
    options.out = folder.path() / "out";
    options.program = folder.path() / "evaluador";
    options.labs = {1};
    options.jobs = 2;
    options.isolation = Isolation::weak;  // nada se ejecuta de verdad: también donde no se puede aislar del todo
  }

  // El evaluador de mentira: apunta lo que se le pide y hace lo que diga el guion.
  void evaluator(const std::string& script) {
    const auto file =
        folder.write("evaluador", "#!/bin/bash\nhere='" + folder.path().string() +
                                      "'\necho \"$(head -n 1 \"$5\") ${15}\" >>\"$here/hechos\"\n" + script + "\n");
    ::chmod(file.c_str(), 0700);
  }

  template <typename Rule>
  void keep_result(const std::string& name, Rule rule) {
    JobResult result;
    result.lab = 1;
    result.state = State::graded;
    for (std::size_t i = 0; i < rubric.tests.size(); ++i) {
      result.tests.push_back({});
      result.tests.back().name = rubric.tests[i].name;
      result.tests.back().id = rubric.tests[i].id;
      result.tests.back().status = rule(i);
    }
    autograder::write_result(result, folder.path() / (name + ".json"));
  }

  // Evalúa, y devuelve lo que se le pidió al evaluador, en orden.
  std::vector<std::string> done(int expected_status = 0) {
    fs::remove(folder.path() / "hechos");
    std::ostringstream stream;
    EXPECT_EQ(grade(options, stream, false), expected_status);
    said = stream.str();
    std::vector<std::string> jobs;
    std::ifstream list{folder.path() / "hechos"};
    for (std::string line; std::getline(list, line);) jobs.push_back(line);
    std::sort(jobs.begin(), jobs.end());
    return jobs;
  }

  std::string complaint() {
    try {
      done();
    } catch (const std::exception& error) {
      return error.what();
    }
    return "no se quejó";
  }

  [[nodiscard]] Course course() const { return autograder::read_course(options.out / "class.json"); }
  [[nodiscard]] double points(std::size_t student) const { return course().students.at(student).points(); }

  TempFolder folder;
  Options options;
  grader::Rubric rubric = grader::rubric_of(1);
  std::string said;
};

using Jobs = std::vector<std::string>;

TEST_F(Engine, IdenticalFilesAreGradedOnceAndCountForEachStudent) {
  EXPECT_EQ(done(), (Jobs{"bien ", "mal "}));
  EXPECT_EQ(points(0), 100);
  EXPECT_EQ(points(1), 0);
  EXPECT_EQ(points(2), 100);
  EXPECT_NE(said.find("Nota media: 66,7 de 100"), std::string::npos) << said;
  EXPECT_FALSE(fs::exists(options.out / "work"));
}

TEST_F(Engine, WhatIsDoneIsNotDoneAgain) {
  done();
  EXPECT_EQ(done(), Jobs{});
  (void)folder.write("clase/bruno/lab1.cpp", "bien\nmejor\n");
  EXPECT_EQ(done(), (Jobs{"bien "}));
  EXPECT_EQ(points(1), 100);
}

TEST_F(Engine, RegradesAllOneLabOrOneStudent) {
  done();
  options.regrade = autograder::read_regrade("todo");
  EXPECT_EQ(done(), (Jobs{"bien ", "mal "}));
  options.regrade = autograder::read_regrade("lab1");
  EXPECT_EQ(done(), (Jobs{"bien ", "mal "}));
  options.regrade = autograder::read_regrade("bruno");
  EXPECT_EQ(done(), (Jobs{"mal "}));
  options.regrade = autograder::read_regrade("zoe");
  EXPECT_NE(complaint().find("zoe"), std::string::npos);
  options.regrade = autograder::read_regrade("lab2");
  EXPECT_NE(complaint().find("lab2"), std::string::npos);
}

// Se repite la prueba 1. A quien ahora le falla, las que dependen de ella dejan de contar, sin hacerse.
TEST_F(Engine, RegradesOneTestAndItsDependentsFollow) {
  done();
  keep_result("bien", [](std::size_t) { return Status::failed; });
  options.regrade = autograder::read_regrade("lab1.1");
  EXPECT_EQ(done(), (Jobs{"bien " + rubric.tests[0].name, "mal " + rubric.tests[0].name}));
  const auto tests = course().students.at(0).labs.at(1).tests;
  EXPECT_EQ(tests.at(0).status, Status::failed);
  for (std::size_t i = 1; i < tests.size(); ++i) {
    const auto& after = rubric.tests[i].after;
    const bool depends = std::find(after.begin(), after.end(), 1) != after.end();
    if (depends) {
      EXPECT_EQ(tests[i].status, Status::skipped) << tests[i].name;
      EXPECT_EQ(tests[i].observed, "depende de la prueba 1");
    }
  }
}

// Y a quien ahora le sale bien, se le hacen.
TEST_F(Engine, RegradingATestThatNowPassesRunsTheOnesThatDependOnIt) {
  done();
  keep_result("mal", [](std::size_t) { return Status::passed; });
  options.regrade = autograder::read_regrade("lab1.1");
  const Jobs jobs = done();
  EXPECT_GT(std::count_if(jobs.begin(), jobs.end(), [](const auto& job) { return job.rfind("mal ", 0) == 0; }), 1);
  EXPECT_EQ(points(1), 100);
}

TEST_F(Engine, TheSeedIsKeptAndAnotherSeedIsAnotherResult) {
  options.seed = 5;
  done();
  EXPECT_EQ(course().students.at(0).labs.at(1).seed, 5U);
  options.seed.reset();
  EXPECT_EQ(done(), Jobs{});
  options.seed = 6;
  EXPECT_EQ(done(), (Jobs{"bien ", "mal "}));
}

// Lo que falla sin culpa de la entrega no se guarda: al repetir la orden, se hace.
TEST_F(Engine, AFailureOfTheMachineIsToldAndDoneNextTime) {
  evaluator(R"(if grep -q mal "$5"; then echo 'no hay sitio' >&2; exit 2; fi; cp "$here/bien.json" "${11}")");
  EXPECT_EQ(done(1), (Jobs{"bien ", "mal "}));
  EXPECT_NE(said.find("no hay sitio"), std::string::npos) << said;
  EXPECT_EQ(course().students.at(1).labs.at(1).state, State::interrupted);
  EXPECT_NE(course().students.at(1).labs.at(1).reason.find("no hay sitio"), std::string::npos);
  evaluator(R"(cp "$here/mal.json" "${11}")");
  EXPECT_EQ(done(), (Jobs{"mal "}));
  EXPECT_EQ(course().students.at(1).labs.at(1).state, State::graded);
}

TEST_F(Engine, AResultThatIsNotOneIsAFailure) {
  for (const char* script : {"echo '{' >\"${11}\"", "true", "kill -SEGV $$"}) {
    evaluator(script);
    done(1);
    EXPECT_EQ(course().students.at(0).labs.at(1).state, State::interrupted) << script;
    EXPECT_EQ(points(0), 0) << script;
  }
}

TEST_F(Engine, WhenEverythingFailsItGivesUp) {
  for (int i = 0; i < 20; ++i)
    (void)folder.write("clase/e" + std::to_string(i) + "/lab1.cpp", "mal\n" + std::to_string(i));
  evaluator("echo 'no hay bwrap' >&2; exit 2");
  options.jobs = 1;
  const std::string said_last = complaint();
  EXPECT_NE(said_last.find("3 evaluaciones seguidas"), std::string::npos) << said_last;
  EXPECT_NE(said_last.find("no hay bwrap"), std::string::npos) << said_last;
}

TEST_F(Engine, ASecondRunAtTheSameFolderIsRefused) {
  done();
  const int lock = ::open((options.out / ".lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(lock, LOCK_EX | LOCK_NB), 0);
  EXPECT_NE(complaint().find("otro autocalificador"), std::string::npos);
  ::close(lock);
}

TEST_F(Engine, AFolderThatCannotBeIsOneSentence) {
  options.out = folder.write("archivo", "") / "out";
  EXPECT_NE(complaint().find("OUT="), std::string::npos);
}

// Cambiar los puntos no ejecuta nada; cambiar con qué se evalúa, sí. Aquí, el aislamiento.
TEST_F(Engine, AnotherIsolationIsAnotherResult) {
  try {
    autograder::require(Isolation::full);
  } catch (const std::runtime_error& error) {
    GTEST_SKIP() << error.what();
  }
  done();
  options.isolation = Isolation::full;
  EXPECT_EQ(done().size(), 2U);
}

TEST(Asked, ReadsLabs) {
  using autograder::read_labs;
  EXPECT_EQ(read_labs("1-3,5"), (std::set<int>{1, 2, 3, 5}));
  EXPECT_EQ(read_labs("lab1 lab2"), (std::set<int>{1, 2}));
  EXPECT_EQ(read_labs(""), autograder::all_labs());
  for (const char* wrong : {"uno", "1-", "99", "1;2", ",", "3-1"})
    EXPECT_THROW(read_labs(wrong), std::runtime_error) << wrong;
}

TEST(Asked, ReadsWhatIsRegraded) {
  using autograder::read_regrade;
  EXPECT_TRUE(read_regrade("").none());
  EXPECT_TRUE(read_regrade("todo").all);
  EXPECT_EQ(read_regrade("lab4").lab, 4);
  EXPECT_EQ(read_regrade("lab4.12").test, 12);
  EXPECT_EQ(read_regrade("Ana lab4").student, "Ana lab4");
}

}  // namespace
