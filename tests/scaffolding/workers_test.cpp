// Las pruebas de una evaluación, varias a la vez: lo que cuentan llega entero y en orden.
#include "grader/workers.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "grader/session.hpp"

namespace {

using grader::RubricTest;
using grader::Status;
using grader::TestResult;

class Workers : public testing::Test {
protected:
  Workers() { grader::session().restless = false; }

  // Hace las pruebas; el resultado de cada una es lo que devuelva `perform`.
  std::vector<TestResult> run(const std::function<TestResult(const RubricTest&)>& perform) {
    std::vector<const RubricTest*> asked;
    for (const RubricTest& test : tests_) asked.push_back(&test);
    std::vector<TestResult> results;
    grader::run_tests(asked, perform, [&](TestResult result) { results.push_back(std::move(result)); });
    return results;
  }

  // La primera no depende de nada; la segunda y la tercera, de la primera; la cuarta, de las dos.
  std::vector<RubricTest> tests_{{1, "First", "uno", 40, {}, 1, {}},
                                 {2, "Second", "dos", 20, {1}, 1, {}},
                                 {3, "Third", "tres", 20, {1}, 1, {}},
                                 {4, "Fourth", "cuatro", 20, {2, 3}, 1, {}}};
};

TestResult passed() {
  TestResult result;
  result.status = Status::passed;
  return result;
}

TEST_F(Workers, TellsTheResultsInOrder) {
  // La segunda no acaba antes que la tercera: si de verdad van a la vez, espera a que la tercera le escriba.
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const bool two_at_once = ::sysconf(_SC_NPROCESSORS_ONLN) > 1;
  const auto results = run([&](const RubricTest& test) {
    char byte = 0;
    TestResult result = passed();
    if (test.id == 2 && two_at_once && ::read(ends[0], &byte, 1) != 1) result.status = Status::failed;
    if (test.id == 3 && ::write(ends[1], &byte, 1) != 1) result.status = Status::failed;
    return result;
  });
  ::close(ends[0]);
  ::close(ends[1]);
  ASSERT_EQ(results.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(results[i].test, &tests_[i]);
    EXPECT_EQ(results[i].status, Status::passed);
  }
}

TEST_F(Workers, StartsATestWhenItKnowsThoseItDependsOn) {
  const auto results = run([](const RubricTest& test) {
    TestResult result = passed();
    for (const TestResult& earlier : grader::session().result.tests) {
      result.reason += std::to_string(earlier.test->id);
      if (earlier.status == Status::failed) result.status = Status::skipped;
    }
    if (test.id == 3) result.status = Status::failed;
    return result;
  });
  EXPECT_EQ(results[0].reason, "");
  EXPECT_NE(results[1].reason.find('1'), std::string::npos);
  EXPECT_EQ(results[3].reason, "123");
  EXPECT_EQ(results[3].status, Status::skipped);
}

TEST_F(Workers, BringsEverythingThatIsTold) {
  const std::string bytes{"\xff\x00 á\n", 6};
  const auto results = run([&](const RubricTest&) {
    TestResult result;
    result.status = Status::failed;
    result.duration_ms = 7;
    grader::Failure failure{"lo esperado", "", bytes, "la causa", {"uno", bytes}};
    failure.pending = {3, "lab1.cpp:8"};
    failure.tells(grader::Mismatch{"100 OK\n", "100 KO\n", "en la respuesta"});
    result.failure = failure;
    return result;
  });
  const grader::Failure& failure = results[2].failure.value();
  EXPECT_EQ(results[2].duration_ms, 7);
  EXPECT_EQ(failure.program, bytes);
  EXPECT_EQ(failure.cause, "la causa");
  EXPECT_EQ(failure.conversation, (std::vector<std::string>{"uno", bytes}));
  EXPECT_EQ(failure.pending->number, 3);
  EXPECT_EQ(failure.pending->place, "lab1.cpp:8");
  const grader::Mismatch same{"100 OK\n", "100 KO\n", "en la respuesta"};
  EXPECT_EQ(failure.mismatch->first_wrong_byte(), 4U);
  EXPECT_EQ(failure.mismatch->expected_text(), same.expected_text());
  EXPECT_EQ(failure.mismatch->observed_text(), same.observed_text());
  EXPECT_EQ(failure.mismatch->aligned(80).mark, same.aligned(80).mark);
}

TEST_F(Workers, GoesOnWhenATestKillsItsProcess) {
  const auto results = run([](const RubricTest& test) {
    if (test.id == 2) ::raise(SIGKILL);
    return passed();
  });
  EXPECT_EQ(results[1].status, Status::error);
  EXPECT_EQ(results[1].reason, "fallo del propio evaluador: su proceso terminó con la señal 9");
  EXPECT_EQ(results[2].status, Status::passed);
}

TEST_F(Workers, RemembersThatAProgramIsRestless) {
  run([](const RubricTest& test) {
    if (test.id == 1) grader::session().restless = true;
    TestResult result = passed();
    result.status = grader::session().restless ? Status::passed : Status::failed;
    return result;
  });
  EXPECT_TRUE(grader::session().restless);
}

TEST_F(Workers, ChoosesTheSameAgainWithTheSameSeed) {
  const auto choices = [&](unsigned seed) {
    grader::session().seed = seed;
    std::vector<std::string> chosen;
    for (const TestResult& result : run([](const RubricTest&) {
           TestResult each = passed();
           each.reason = std::to_string(grader::session().chance());
           return each;
         })) {
      chosen.push_back(result.reason);
    }
    return chosen;
  };
  const auto first = choices(5);
  EXPECT_EQ(choices(5), first);
  EXPECT_NE(choices(6), first);
  EXPECT_NE(first[0], first[1]);
}

TEST_F(Workers, LeavesNoProcess) {
  run([](const RubricTest&) { return passed(); });
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
