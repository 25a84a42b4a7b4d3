// El informe en HTML: lo que dice, que nada de una entrega se cuele en él, y que un navegador de verdad no tiene
// quejas.
#include "autograder/outputs/html.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "../scaffolding/temp_folder.hpp"
#include "grader/toolchain.hpp"

namespace {

namespace fs = std::filesystem;

using autograder::Course;
using autograder::LabOutcome;
using autograder::State;
using autograder::Status;
using autograder::Student;
using autograder::TestOutcome;

TestOutcome test_of(int id, Status status, const std::string& cause = {}) {
  TestOutcome test;
  test.name = "Test" + std::to_string(id);
  test.id = id;
  test.title = "la prueba número " + std::to_string(id);
  test.status = status;
  test.max_points = 50;
  test.points = status == Status::passed ? 50 : 0;
  test.cause = cause;
  return test;
}

Student student_of(const std::string& id, std::vector<TestOutcome> tests) {
  Student student;
  student.id = id;
  student.name = "Nombre de " + id;
  LabOutcome outcome;
  outcome.lab = 4;
  outcome.state = State::graded;
  for (const TestOutcome& test : tests) {
    outcome.points += test.points;
    outcome.max_points += test.status == Status::unavailable ? 0 : test.max_points;
  }
  outcome.tests = std::move(tests);
  student.labs[4] = outcome;
  return student;
}

Course course_of(std::vector<Student> students) {
  Course course;
  course.title = "Redes";
  course.graded_at = "2026-04-10T09:30:00Z";
  course.labs = {{4, "send y recv", {{"Test1", 1, "la prueba número 1", 50}, {"Test2", 2, "la prueba número 2", 50}}}};
  course.students = std::move(students);
  return course;
}

std::string read(const fs::path& file) {
  std::ifstream stream{file};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

std::size_t times(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

// Lo que lee una persona: sin etiquetas, y con un solo espacio entre palabras.
std::string words(const std::string& html) {
  std::string text;
  bool inside = false;
  for (const char letter : html) {
    if (letter == '<') inside = true;
    const bool space = inside || std::isspace(static_cast<unsigned char>(letter)) != 0;
    if (letter == '>') inside = false;
    if (!space) text += letter;
    if (space && !text.empty() && text.back() != ' ') text += ' ';
  }
  return text;
}

class Html : public testing::Test {
protected:
  void write(const Course& course) { autograder::write_html(course, folder_.path()); }
  [[nodiscard]] fs::path place() const { return folder_.path() / "html"; }
  [[nodiscard]] std::string page(const std::string& name) const { return read(place() / name); }
  [[nodiscard]] std::string index() const { return page("index.html"); }

  [[nodiscard]] std::vector<std::string> student_pages() const {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator{place()}) {
      if (entry.path().filename() != "index.html") names.push_back(entry.path().filename());
    }
    return names;
  }

  TempFolder folder_;
};

TEST_F(Html, TheClassLinksToThePageOfEachStudent) {
  write(course_of({student_of("ana", {test_of(1, Status::passed)}), student_of("luis", {})}));
  EXPECT_EQ(student_pages().size(), 2U);
  for (const std::string& name : student_pages())
    EXPECT_NE(index().find("href='" + name + '\''), std::string::npos) << name;
}

// Se descomprimen en cualquier sistema: no todos distinguen mayúsculas ni admiten cualquier carácter.
TEST_F(Html, FileNamesAreSafeAndNoTwoStudentsShareOne) {
  const std::vector<std::string> ids{"ana", "ANA",   "a/b",   "a\\b", "../x",
                                     "",    "ñandú", "ana_2", "con",  std::string(300, 'x')};
  std::vector<Student> students;
  students.reserve(ids.size());
  for (const std::string& id : ids) students.push_back(student_of(id, {}));
  write(course_of(students));
  const std::vector<std::string> names = student_pages();
  EXPECT_EQ(names.size(), ids.size());
  for (const std::string& name : names) {
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-."), std::string::npos) << name;
    EXPECT_LE(name.size(), 100U);
  }
}

TEST_F(Html, AFailureTellsTheConversationAndTheRestInOrder) {
  TestOutcome failed = test_of(1, Status::failed, "un recv() no es una línea");
  failed.conversation = {"C → S   \"HE\"", "núcleo  el programa espera", "llega otro cliente"};
  failed.expected = "silencio";
  failed.observed = "\"400 BCMD\"";
  failed.program = "espera en recv(4)";
  failed.hint = "TCP es un flujo";
  write(course_of({student_of("ana", {failed, test_of(2, Status::passed)})}));
  EXPECT_NE(
      words(page("estudiante-ana.html"))
          .find("1 la prueba número 1 0/50 Conversación C → S &quot;HE&quot; núcleo el programa espera llega otro "
                "cliente Se esperaba silencio Se observó &quot;400 BCMD&quot; El programa espera en recv(4) "
                "Causa probable un recv() no es una línea Pista 1 de 4 TCP es un flujo ✓ 2 la prueba número 2 50/50"),
      std::string::npos);
}

TEST_F(Html, ALongConversationShowsItsEnd) {
  TestOutcome failed = test_of(1, Status::failed);
  for (int i = 1; i <= 100; ++i) failed.conversation.push_back("C → S   paso " + std::to_string(i) + '.');
  write(course_of({student_of("ana", {failed})}));
  const std::string text = words(page("estudiante-ana.html"));
  EXPECT_NE(text.find("… (60 pasos antes) C → S paso 61."), std::string::npos);
  EXPECT_NE(text.find("paso 100."), std::string::npos);
  EXPECT_EQ(text.find("paso 60."), std::string::npos);
}

// Un paso sin escribir no es un error, y una prueba que no se hizo no falló.
TEST_F(Html, MistakesAreGroupedByCauseAndTheMostMadeComesFirst) {
  TestOutcome pending = test_of(1, Status::failed, "causa de lo pendiente");
  pending.observed = "pendiente: TODO(1) en lab4.cpp:27";
  write(
      course_of({student_of("a", {test_of(1, Status::failed, "causa rara"), test_of(2, Status::failed, "causa común")}),
                 student_of("b", {test_of(1, Status::passed), test_of(2, Status::failed, "causa común")}),
                 student_of("c", {pending, test_of(2, Status::skipped, "causa de lo no hecho")})}));
  const std::string text = words(index());
  EXPECT_NE(text.find("2 causa común lab4 · prueba 2: la prueba número 2 Ver quiénes Nombre de a Nombre de b "
                      "1 causa rara lab4 · prueba 1"),
            std::string::npos);
  EXPECT_EQ(text.find("causa de lo pendiente"), std::string::npos);
  EXPECT_EQ(text.find("causa de lo no hecho"), std::string::npos);
}

TEST_F(Html, FailureRatesCountOnlyTheTestsThatWereDone) {
  write(course_of({student_of("a", {test_of(1, Status::failed), test_of(2, Status::skipped)}),
                   student_of("b", {test_of(1, Status::passed), test_of(2, Status::unavailable)}),
                   student_of("c", {test_of(1, Status::passed), test_of(2, Status::passed)}),
                   student_of("d", {test_of(1, Status::passed), test_of(2, Status::unavailable)})}));
  const std::string text = words(index());
  EXPECT_NE(text.find("1 la prueba número 1 25 % 1 0 "), std::string::npos);
  EXPECT_NE(text.find("2 la prueba número 2 0 % 0 1 "), std::string::npos);
}

TEST_F(Html, TheDistributionPutsFullMarksInTheLastBin) {
  write(course_of({student_of("a", {test_of(1, Status::passed), test_of(2, Status::passed)}),
                   student_of("b", {test_of(1, Status::passed), test_of(2, Status::failed)}), student_of("c", {})}));
  EXPECT_NE(
      index().find("aria-label='de 0 a 10 %: 1; de 10 a 20 %: 0; de 20 a 30 %: 0; de 30 a 40 %: 0; de 40 a 50 %: 0; "
                   "de 50 a 60 %: 1; de 60 a 70 %: 0; de 70 a 80 %: 0; de 80 a 90 %: 0; de 90 a 100 %: 1'"),
      std::string::npos);
  EXPECT_NE(words(index()).find("Media 50 % Mediana 50 % Con nota máxima 1"), std::string::npos);
}

TEST_F(Html, WhatWasNotGradedSaysWhy) {
  Student student = student_of("ana", {});
  LabOutcome& outcome = student.labs[4];
  outcome.state = State::not_compiled;
  outcome.messages = "lab4.cpp:3: error: expected ';'";
  student.notes = {"sobraba leeme.txt"};
  Student other = student_of("luis", {});
  other.labs[4].state = State::refused;
  other.labs[4].reason = "pesa demasiado";
  Course course = course_of({student, other, student_of("eva", {test_of(1, Status::passed)})});
  course.students[2].labs[4].penalty = 12.5;
  course.students.push_back(student_of("sin", {}));
  course.students.back().labs.clear();
  write(course);
  const std::string ana = words(page("estudiante-ana.html"));
  EXPECT_NE(ana.find("No compila"), std::string::npos);
  EXPECT_NE(ana.find("lab4.cpp:3: error: expected &#39;;&#39;"), std::string::npos);
  EXPECT_NE(ana.find("sobraba leeme.txt"), std::string::npos);
  EXPECT_NE(words(page("estudiante-luis.html")).find("No se pudo aceptar lo que entregó. pesa demasiado"),
            std::string::npos);
  EXPECT_NE(words(page("estudiante-eva.html")).find("Se le descontaron 12,5 puntos"), std::string::npos);
  EXPECT_NE(words(page("estudiante-sin.html")).find("No lo entregó."), std::string::npos);
  for (const char* state : {"no compila", "no se aceptó", "no entregó"})
    EXPECT_NE(words(index()).find(state), std::string::npos) << state;
}

TEST_F(Html, EveryPageTellsTheMissingProtectionsAndWhoIsAlike) {
  Course course = course_of({student_of("ana", {}), student_of("luis", {})});
  course.missing_protections = {"La red no se pudo aislar."};
  course.alike = {{4, "ana", "luis", 93}};
  write(course);
  for (const char* name : {"index.html", "estudiante-ana.html", "estudiante-luis.html"})
    EXPECT_NE(words(page(name)).find("La red no se pudo aislar."), std::string::npos) << name;
  EXPECT_NE(words(index()).find("lab4 Nombre de ana Nombre de luis 93 %"), std::string::npos);
  EXPECT_NE(words(page("estudiante-luis.html")).find("lab4 se parece un 93 % al de Nombre de ana"), std::string::npos);
}

TEST_F(Html, NothingOfASubmissionBecomesMarkup) {
  const std::string evil = "<script>x</script><img src=x onerror=y>\"'&\x1b[0m" + std::string(1, '\0') + "\u202E";
  TestOutcome failed = test_of(1, Status::failed, evil);
  failed.conversation = {evil, "C → S   " + evil};
  failed.expected = failed.observed = failed.program = failed.hint = evil;
  Student student = student_of(evil, {failed});
  student.name = student.email = evil;
  student.notes = {evil};
  student.labs[4].reason = student.labs[4].messages = student.labs[4].submitted_at = student.labs[4].hash = evil;
  Course course = course_of({student});
  course.title = evil;
  course.graded_at = evil;
  course.alike = {{4, evil, evil + "no está", 93}};
  course.missing_protections = {evil};
  write(course);
  const std::string student_page = page(student_pages().at(0));
  for (const std::string& html : {index(), student_page}) {
    EXPECT_EQ(times(html, "<img"), 0U);
    EXPECT_EQ(html.find_first_of(std::string_view{"\0\x1b", 2}), std::string::npos);
    EXPECT_EQ(times(html, "\u202E"), 0U);
    EXPECT_GT(times(html, "&lt;script&gt;x&lt;/script&gt;&lt;img src=x onerror=y&gt;&quot;&#39;&amp;␛[0m␀‹U+202E›"),
              3U);
  }
  EXPECT_EQ(times(index(), "<script"), 1U);
  EXPECT_EQ(times(student_page, "<script"), 0U);
}

TEST_F(Html, AHugeTextIsCutBetweenCharacters) {
  Student student = student_of("ana", {});
  student.labs[4].state = State::not_compiled;
  for (int i = 0; i < 100'000; ++i) student.labs[4].messages += "ñ";
  student.labs[4].messages.insert(0, "x");
  write(course_of({student}));
  const std::string html = page("estudiante-ana.html");
  EXPECT_LT(html.size(), 64U << 10U);
  EXPECT_NE(html.find("ñ\n… (en total son 200.001 bytes)"), std::string::npos);
}

TEST_F(Html, ASecondTimeOnlyTheOldPagesDisappear) {
  write(course_of({student_of("ana", {}), student_of("luis", {})}));
  const fs::path mine = folder_.write("html/notas.txt", "mías");
  write(course_of({student_of("luis", {})}));
  EXPECT_FALSE(fs::exists(place() / "estudiante-ana.html"));
  EXPECT_TRUE(fs::exists(place() / "estudiante-luis.html"));
  EXPECT_TRUE(fs::exists(mine));
}

TEST_F(Html, AClassWithNobodyHasItsPageToo) {
  write(course_of({}));
  EXPECT_NE(words(index()).find("0 estudiantes"), std::string::npos);
}

TEST_F(Html, AFolderThatCannotBeWrittenIsAnError) {
  const fs::path file = folder_.write("html", "aquí ya hay un archivo");
  EXPECT_THROW(write(course_of({})), std::runtime_error);
}

// La página se ve, se ordena y se filtra en Chromium sin un error en la consola, sin pedir nada a la red y sin salirse.
TEST_F(Html, ARealBrowserHasNoComplaint) {
  const fs::path scripts = fs::path{grader::toolchain::labs}.parent_path() / "tests/autograder";
  const fs::path data = folder_.path() / "class.json";
  const auto run = [&](const std::string& script, const std::string& arguments) {
    return std::system(("python3 '" + (scripts / script).string() + "' " + arguments).c_str());
  };
  ASSERT_EQ(run("sample_course.py", '\'' + data.string() + "' --students 6 --hostile"), 0);
  write(autograder::read_course(data));
  EXPECT_EQ(run("html_test.py", '\'' + place().string() + '\''), 0);
}

}  // namespace
