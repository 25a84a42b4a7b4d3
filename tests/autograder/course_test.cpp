// De los resultados de los archivos a las notas de la clase: rúbrica, plazos e intentos.
#include "autograder/course.hpp"

#include <gtest/gtest.h>

using autograder::JobResult;
using autograder::LabOutcome;
using autograder::make_students;
using autograder::marked;
using autograder::Policy;
using autograder::State;
using autograder::Status;
using autograder::Submission;
using autograder::TestOutcome;

namespace {

const std::vector<std::string> hints{"concepto", "dónde", "llamada", "código"};
const grader::Rubric rubric{
    1, "socket", {}, {{1, "Opens", "abre", 60, {}, 1, hints}, {2, "Closes", "cierra", 40, {1}, 2, hints}}};

TestOutcome test(const std::string& name, Status status) {
  TestOutcome outcome;
  outcome.name = name;
  outcome.status = status;
  outcome.points = 1000;  // lo que diga el resultado da igual
  return outcome;
}

JobResult graded(Status opens, Status closes) {
  JobResult result;
  result.state = State::graded;
  result.tests = {test("Closes", closes), test("Opens", opens), test("Inventada", Status::passed)};
  return result;
}

// El archivo se llama como su resultado: «60», «100»…
JobResult result_of(int, const std::filesystem::path& file) {
  return graded(file == "0" ? Status::failed : Status::passed, file == "100" ? Status::passed : Status::failed);
}

Submission attempt(int number, const std::string& file, const std::string& when = {}) {
  Submission attempt;
  attempt.student = "ana";
  attempt.name = "Ana";
  attempt.attempt = number;
  attempt.submitted_at = when;
  attempt.files[1] = file;
  return attempt;
}

LabOutcome lab1(const std::vector<Submission>& attempts, const Policy& policy) {
  const auto students = make_students(attempts, {rubric}, policy, result_of);
  EXPECT_EQ(students.size(), 1U);
  return students.at(0).labs.at(1);
}

TEST(Marked, ThePointsAndTheListAreTheRubrics) {
  const LabOutcome outcome = marked(graded(Status::passed, Status::failed), rubric);
  EXPECT_EQ(outcome.points, 60);
  EXPECT_EQ(outcome.max_points, 100);
  ASSERT_EQ(outcome.tests.size(), 2U);
  EXPECT_EQ(outcome.tests[0].name, "Opens");
  EXPECT_EQ(outcome.tests[0].points, 60);
  EXPECT_EQ(outcome.tests[0].title, "abre");
  EXPECT_EQ(outcome.tests[1].points, 0);
  EXPECT_EQ(outcome.tests[1].hint, "concepto");
}

TEST(Marked, ATestThatIsNotCountedScoresZero) {
  JobResult result = graded(Status::passed, Status::passed);
  result.tests.erase(result.tests.begin());
  const LabOutcome outcome = marked(result, rubric);
  EXPECT_EQ(outcome.points, 60);
  EXPECT_EQ(outcome.max_points, 100);
  EXPECT_EQ(outcome.tests[1].status, Status::error);
}

TEST(Marked, ATestThatThisMachineCannotDoCountsForNobody) {
  const LabOutcome outcome = marked(graded(Status::passed, Status::unavailable), rubric);
  EXPECT_EQ(outcome.points, 60);
  EXPECT_EQ(outcome.max_points, 60);
}

TEST(Marked, WhatDoesNotCompileHasNoTests) {
  JobResult result;
  result.state = State::not_compiled;
  const LabOutcome outcome = marked(result, rubric);
  EXPECT_EQ(outcome.points, 0);
  EXPECT_EQ(outcome.max_points, 100);
  EXPECT_TRUE(outcome.tests.empty());
}

TEST(Students, TheLastAttemptCountsOrTheBest) {
  const std::vector<Submission> attempts{attempt(1, "60"), attempt(2, "100"), attempt(3, "0")};
  Policy policy;
  EXPECT_EQ(lab1(attempts, policy).points, 0);
  EXPECT_EQ(lab1(attempts, policy).attempt, 3);
  EXPECT_EQ(lab1(attempts, policy).attempts, 3);
  policy.attempts = Policy::Attempts::best;
  EXPECT_EQ(lab1(attempts, policy).points, 100);
  EXPECT_EQ(lab1(attempts, policy).attempt, 2);
  policy.max_attempts = 1;
  EXPECT_EQ(lab1(attempts, policy).points, 60);
}

// El mejor es el que más vale después de descontar el retraso.
TEST(Students, TheBestIsTheOneThatIsWorthMoreWithItsPenalty) {
  Policy policy;
  policy.attempts = Policy::Attempts::best;
  policy.deadlines[1] = autograder::read_instant("2026-10-01T12:00Z").value();
  policy.percent = 25;
  policy.period = std::chrono::hours{24};
  const std::vector<Submission> attempts{attempt(1, "60", "2026-10-01T11:00Z"), attempt(2, "100", "2026-10-02T18:00Z")};
  EXPECT_EQ(lab1(attempts, policy).attempt, 1);
  EXPECT_EQ(lab1(attempts, policy).penalty, 0);
  policy.attempts = Policy::Attempts::last;
  EXPECT_EQ(lab1(attempts, policy).points, 50);
  EXPECT_EQ(lab1(attempts, policy).penalty, 50);
  policy.percent = 90;
  EXPECT_EQ(lab1(attempts, policy).points, 0);
  EXPECT_EQ(lab1(attempts, policy).penalty, 100);
}

TEST(Students, WhatWasNotAcceptedDoesNotReplaceWhatWas) {
  Submission refused = attempt(2, "");
  refused.files.clear();
  refused.refused[1] = "es un enlace simbólico";
  EXPECT_EQ(lab1({attempt(1, "60"), refused}, {}).points, 60);
  const LabOutcome alone = lab1({refused}, {});
  EXPECT_EQ(alone.state, State::refused);
  EXPECT_EQ(alone.reason, "es un enlace simbólico");
  EXPECT_EQ(alone.max_points, 100);
  EXPECT_EQ(lab1({refused, attempt(3, "100")}, {}).points, 100);
}

TEST(Students, WhoHandsInNothingIsThereWithZero) {
  Submission empty = attempt(1, "");
  empty.files.clear();
  empty.notes = {"no hay ningún labN.cpp"};
  const auto students = make_students({empty}, {rubric}, {}, result_of);
  ASSERT_EQ(students.size(), 1U);
  EXPECT_EQ(students[0].labs.at(1).state, State::missing);
  EXPECT_EQ(students[0].points(), 0);
  EXPECT_EQ(students[0].max_points(), 100);
  EXPECT_EQ(students[0].notes, empty.notes);
}

TEST(Students, ADeadlineWithoutADateIsToldNotPunished) {
  Policy policy;
  policy.deadlines[1] = autograder::Instant{};
  policy.percent = 10;
  policy.period = std::chrono::hours{1};
  const auto students = make_students({attempt(1, "100")}, {rubric}, policy, result_of);
  EXPECT_EQ(students.at(0).points(), 100);
  ASSERT_EQ(students.at(0).notes.size(), 1U);
  EXPECT_NE(students.at(0).notes[0].find("no se sabe cuándo"), std::string::npos);
}

}  // namespace
