// JUnit XML: un testsuite por laboratorio. pugixml protege los textos; clean() quita lo que XML no admite.
#include <pugixml.hpp>
#include <sstream>

#include "autograder/outputs/common.hpp"
#include "autograder/outputs/formats.hpp"

namespace autograder {
namespace {

void set(pugi::xml_node node, const char* name, const std::string& value) {
  node.append_attribute(name) = value.c_str();
}

std::string seconds_text(double seconds) {
  std::ostringstream text;
  text << seconds;
  return text.str();
}

void add_property(pugi::xml_node properties, const char* name, double value) {
  pugi::xml_node property = properties.append_child("property");
  set(property, "name", name);
  set(property, "value", decimal(value, '.'));
}

// De una prueba: qué elemento dice cómo acabó, si no pasó.
const char* element(Status status) {
  switch (status) {
    case Status::failed:
      return "failure";
    case Status::error:
      return "error";
    default:
      return "skipped";
  }
}

void add_suite(pugi::xml_node root, const LabInfo& info, const LabOutcome& outcome) {
  pugi::xml_node suite = root.append_child("testsuite");
  set(suite, "name", lab_name(info.lab) + " · " + clean(info.title));
  const std::vector<Row> list = rows(info, outcome);
  int failures = 0;
  int errors = 0;
  int skipped = 0;
  double seconds = 0;
  for (const Row& row : list) {
    seconds += row.seconds;
    failures += row.status == Status::failed ? 1 : 0;
    errors += row.status == Status::error ? 1 : 0;
    skipped += row.status == Status::skipped || row.status == Status::unavailable ? 1 : 0;
  }
  set(suite, "tests", std::to_string(list.size()));
  set(suite, "failures", std::to_string(failures));
  set(suite, "errors", std::to_string(errors));
  set(suite, "skipped", std::to_string(skipped));
  set(suite, "time", seconds_text(seconds));
  pugi::xml_node properties = suite.append_child("properties");
  add_property(properties, "points", outcome.points);
  add_property(properties, "max_points", outcome.max_points);
  for (const Row& row : list) {
    pugi::xml_node test = suite.append_child("testcase");
    set(test, "classname", lab_name(info.lab));
    set(test, "name", row.number + ' ' + clean(row.title));
    set(test, "time", seconds_text(row.seconds));
    if (row.status == Status::passed) continue;
    pugi::xml_node problem = test.append_child(element(row.status));
    set(problem, "message", std::string{status_text(row.status)});
    problem.text() = row.explanation.c_str();
  }
  if (const std::string notes = remarks(outcome); !notes.empty())
    suite.append_child("system-out").text() = notes.c_str();
}

std::string document(const Course& course, const Student& student) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("testsuites");
  set(root, "name", clean(student.name));
  for (const LabInfo& info : course.labs) {
    const auto found = student.labs.find(info.lab);
    if (found != student.labs.end()) add_suite(root, info, found->second);
  }
  std::ostringstream text;
  document.save(text, " ");
  std::string saved = text.str();
  saved.pop_back();  // el último fin de línea lo pone quien escribe el archivo
  return saved;
}

}  // namespace

void write_junit(const Course& course, const std::filesystem::path& folder) {
  write_each(course, folder, "junit", ".xml", document);
}

}  // namespace autograder
