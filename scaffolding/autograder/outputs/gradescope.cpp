// results.json de Gradescope.
#include "autograder/outputs/common.hpp"
#include "autograder/outputs/formats.hpp"

namespace autograder {
namespace {

std::string results(const Course& course, const Student& student) {
  nlohmann::ordered_json tests = nlohmann::ordered_json::array();
  double seconds = 0;
  for (const Row& row : rows(course, student)) {
    seconds += row.seconds;
    nlohmann::ordered_json test{{"name", lab_name(row.lab) + " · " + row.title},
                                {"name_format", "text"},
                                {"number", row.number},
                                {"score", row.points},
                                {"max_score", row.max_points},
                                {"output", row.explanation},
                                {"output_format", "text"},
                                {"tags", {lab_name(row.lab)}}};
    if (row.status != Status::unavailable) test["status"] = row.status == Status::passed ? "passed" : "failed";
    tests.push_back(std::move(test));
  }
  return dumped({{"score", student.points()},
                 {"execution_time", seconds},
                 {"output", remarks(course, student)},
                 {"output_format", "text"},
                 {"test_output_format", "text"},
                 {"test_name_format", "text"},
                 {"stdout_visibility", "hidden"},
                 {"tests", std::move(tests)}});
}

}  // namespace

void write_gradescope(const Course& course, const std::filesystem::path& folder) {
  write_each(course, folder, "gradescope", ".json", results);
}

}  // namespace autograder
