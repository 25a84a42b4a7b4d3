// result.json de Classroom 50. Todos sus textos tienen que tener algo, y sus puntos son enteros.
#include <cmath>

#include "autograder/outputs/common.hpp"
#include "autograder/outputs/formats.hpp"

namespace autograder {
namespace {

long whole(double points) { return std::lround(points); }

std::string result(const Course& course, const Student& student) {
  nlohmann::ordered_json tests = nlohmann::ordered_json::array();
  std::string labs;
  for (const LabInfo& info : course.labs) labs += (labs.empty() ? "" : "-") + lab_name(info.lab);
  for (const Row& row : rows(course, student)) {
    if (row.status == Status::unavailable) continue;
    tests.push_back({{"test-name", row.number + ' ' + row.title},
                     {"passed", row.status == Status::passed},
                     {"score", whole(row.points)},
                     {"max-score", whole(row.max_points)}});
  }
  const std::string id = clean(student.id);
  const std::string commit = environment("COMMIT_URL", id);
  return dumped({{"schema", "classroom50/result/v1"},
                 {"classroom", environment("CLASSROOM", clean(course.title))},
                 {"assignment", environment("ASSIGNMENT", labs)},
                 {"submission", environment("SUBMISSION_TAG", id)},
                 {"commit", commit},
                 {"release", environment("RELEASE_URL", id)},
                 {"review", environment("REVIEW_URL", commit)},
                 {"datetime", course.graded_at},
                 {"score", whole(student.points())},
                 {"max-score", whole(student.max_points())},
                 {"tests", std::move(tests)}});
}

}  // namespace

void write_classroom50(const Course& course, const std::filesystem::path& folder) {
  write_each(course, folder, "classroom50", ".json", result);
}

}  // namespace autograder
