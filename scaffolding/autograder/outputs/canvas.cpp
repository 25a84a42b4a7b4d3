// El CSV del libro de calificaciones de Canvas. Canvas reconoce a cada estudiante por el «SIS User ID».
#include "autograder/outputs/common.hpp"
#include "autograder/outputs/csv.hpp"
#include "autograder/outputs/formats.hpp"
#include "grader/results.hpp"

namespace autograder {

void write_canvas(const Course& course, const std::filesystem::path& folder) {
  std::string text = "Student,ID,SIS User ID,SIS Login ID,Section";
  std::string possible = "    Points Possible,,,,";
  for (const LabInfo& info : course.labs) {
    double points = 0;
    for (const RubricEntry& test : info.tests) points += test.points;
    text += ",Lab " + std::to_string(info.lab);
    possible += ',' + decimal(points, '.');
  }
  text += '\n' + possible;
  for (const Student& student : course.students) {
    text += '\n' + csv_cell(student.name) + ",," + csv_cell(student.id) + ',' + csv_cell(student.email) + ',';
    for (const LabInfo& info : course.labs) {
      const auto found = student.labs.find(info.lab);
      text += ',' + (found == student.labs.end() ? "" : decimal(found->second.points, '.'));
    }
  }
  grader::write_whole(text, folder / "canvas.csv");
}

}  // namespace autograder
