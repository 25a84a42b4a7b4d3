#include "autograder/course.hpp"

#include <algorithm>
#include <map>

namespace autograder {

namespace {

// Un laboratorio del que no hay resultado: vale 0 de todos sus puntos.
LabOutcome without_result(const grader::Rubric& rubric, State state, const std::string& reason) {
  LabOutcome outcome;
  outcome.lab = rubric.lab;
  outcome.state = state;
  outcome.reason = reason;
  outcome.max_points = rubric.points();
  return outcome;
}

TestOutcome marked(const JobResult& result, const grader::RubricTest& test) {
  const auto found = std::find_if(result.tests.begin(), result.tests.end(),
                                  [&](const TestOutcome& outcome) { return outcome.name == test.name; });
  TestOutcome outcome;
  if (found != result.tests.end()) {
    outcome = *found;
  } else {
    outcome.observed = "el evaluador no la contó";
  }
  outcome.name = test.name;
  outcome.id = test.id;
  outcome.title = test.title;
  outcome.max_points = test.points;
  outcome.points = outcome.status == Status::passed ? test.points : 0;
  outcome.hint = outcome.status == Status::failed ? test.hints.front() : std::string{};
  return outcome;
}

// Un laboratorio de un estudiante: qué intento cuenta, y cuánto vale.
class Choice {
public:
  Choice(const grader::Rubric& rubric, const Policy& policy) : rubric_{rubric}, policy_{policy} {}

  // Añade un intento que entregó el laboratorio. Vienen por orden.
  void add(const Submission& attempt, const Lookup& result) {
    if (++attempts_ > policy_.max_attempts) return;
    const auto file = attempt.files.find(rubric_.lab);
    const bool accepted = file != attempt.files.end();
    LabOutcome outcome = accepted ? marked(result(rubric_.lab, file->second), rubric_)
                                  : without_result(rubric_, State::refused, attempt.refused.at(rubric_.lab));
    outcome.attempt = attempt.attempt;
    outcome.submitted_at = attempt.submitted_at;
    outcome.penalty =
        std::min(outcome.points, outcome.max_points * policy_.late_percent(rubric_.lab, attempt.submitted_at) / 100);
    outcome.points -= outcome.penalty;
    if (policy_.deadlines.contains(rubric_.lab) && !read_instant(attempt.submitted_at)) undated_ = true;
    // Uno que no se pudo aceptar no quita el sitio a otro que sí.
    const bool better = policy_.attempts == Policy::Attempts::last || outcome.points > chosen_.points;
    if (chosen_.state == State::missing || chosen_.state == State::refused || (accepted && better)) {
      chosen_ = std::move(outcome);
    }
  }

  LabOutcome finish(std::vector<std::string>& notes) {
    const std::string lab = "lab" + std::to_string(rubric_.lab) + ": ";
    if (undated_) notes.push_back(lab + "no se sabe cuándo se entregó, así que no se mira el plazo");
    if (attempts_ > policy_.max_attempts) {
      notes.push_back(lab + "hay " + std::to_string(attempts_) + " intentos y cuentan los " +
                      std::to_string(policy_.max_attempts) + " primeros");
    }
    chosen_.attempts = std::max(1, attempts_);
    return std::move(chosen_);
  }

private:
  const grader::Rubric& rubric_;
  const Policy& policy_;
  LabOutcome chosen_ = without_result(rubric_, State::missing, {});
  int attempts_ = 0;
  bool undated_ = false;
};

Student make_student(const std::vector<const Submission*>& attempts, const std::vector<grader::Rubric>& rubrics,
                     const Policy& policy, const Lookup& result) {
  Student student;
  student.id = attempts.back()->student;
  student.name = attempts.back()->name;
  student.email = attempts.back()->email;
  for (const Submission* attempt : attempts) {
    const std::string which = attempts.size() > 1 ? "intento " + std::to_string(attempt->attempt) + ": " : "";
    for (const std::string& note : attempt->notes) student.notes.push_back(which + note);
  }
  for (const grader::Rubric& rubric : rubrics) {
    Choice choice{rubric, policy};
    for (const Submission* attempt : attempts) {
      if (attempt->files.contains(rubric.lab) || attempt->refused.contains(rubric.lab)) {
        choice.add(*attempt, result);
      }
    }
    student.labs[rubric.lab] = choice.finish(student.notes);
  }
  return student;
}

}  // namespace

LabInfo lab_info(const grader::Rubric& rubric) {
  LabInfo info{rubric.lab, rubric.title, {}};
  for (const grader::RubricTest& test : rubric.tests)
    info.tests.push_back({test.name, test.id, test.title, test.points});
  return info;
}

LabOutcome marked(const JobResult& result, const grader::Rubric& rubric) {
  LabOutcome outcome = result;
  outcome.lab = rubric.lab;
  outcome.points = 0;
  outcome.max_points = 0;
  outcome.tests.clear();
  for (const grader::RubricTest& test : rubric.tests) {
    TestOutcome mark = marked(result, test);
    outcome.points += mark.points;
    if (mark.status != Status::unavailable) outcome.max_points += mark.max_points;
    outcome.tests.push_back(std::move(mark));
  }
  if (outcome.state != State::graded && outcome.state != State::interrupted) outcome.tests.clear();
  return outcome;
}

std::vector<Student> make_students(const std::vector<Submission>& attempts, const std::vector<grader::Rubric>& rubrics,
                                   const Policy& policy, const Lookup& result) {
  std::map<std::string, std::vector<const Submission*>> by_student;
  for (const Submission& attempt : attempts) by_student[attempt.student].push_back(&attempt);
  std::vector<Student> students;
  for (auto& [id, own] : by_student) {
    std::stable_sort(own.begin(), own.end(),
                     [](const Submission* one, const Submission* other) { return one->attempt < other->attempt; });
    students.push_back(make_student(own, rubrics, policy, result));
  }
  std::stable_sort(students.begin(), students.end(),
                   [](const Student& one, const Student& other) { return one.name < other.name; });
  return students;
}

}  // namespace autograder
