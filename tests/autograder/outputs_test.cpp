// Los formatos: de una clase pequeña y de otra hostil, cada archivo se vuelve a leer como lo lee su plataforma.
#include "autograder/outputs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "../scaffolding/temp_folder.hpp"
#include "autograder/outputs/common.hpp"
#include "autograder/outputs/csv.hpp"

namespace {

namespace fs = std::filesystem;

using autograder::Course;
using autograder::LabOutcome;
using autograder::State;
using autograder::Status;
using autograder::TestOutcome;
using nlohmann::json;

TestOutcome test(int id, Status status, int points) {
  TestOutcome outcome;
  outcome.name = "Test" + std::to_string(id);
  outcome.id = id;
  outcome.title = "la prueba " + std::to_string(id);
  outcome.status = status;
  outcome.points = status == Status::passed ? points : 0;
  outcome.max_points = points;
  outcome.duration_ms = 250;
  return outcome;
}

TestOutcome failed(int id, int points, const std::string& text) {
  TestOutcome outcome = test(id, Status::failed, points);
  outcome.expected = outcome.observed = outcome.program = outcome.cause = outcome.hint = text;
  outcome.conversation = {"C → S  \"HE\"", text};
  return outcome;
}

// El laboratorio 4 de alguien: pasa una de 60, falla una de 30 y a la máquina le falta algo para la de 10.
LabOutcome graded(const std::string& text) {
  LabOutcome lab;
  lab.lab = 4;
  lab.state = State::graded;
  lab.tests = {test(1, Status::passed, 60), failed(2, 30, text), test(3, Status::unavailable, 10)};
  lab.points = 54.5;
  lab.max_points = 90;
  lab.penalty = 5.5;
  lab.attempt = 2;
  lab.attempts = 3;
  return lab;
}

LabOutcome not_graded(State state, const std::string& text) {
  LabOutcome lab;
  lab.lab = 6;
  lab.state = state;
  lab.reason = lab.messages = text;
  lab.max_points = 100;
  return lab;
}

// Una clase de dos: los textos del primero, todos, son el que se da; la segunda no entregó nada.
Course course_with(const std::string& text, const std::string& id = "ana", const std::string& name = "Ana Pérez") {
  Course course;
  course.title = "Redes";
  course.graded_at = "2026-03-01T12:30:00Z";
  course.labs = {{4,
                  "send y recv",
                  {{"Test1", 1, "la prueba 1", 60}, {"Test2", 2, "la prueba 2", 30}, {"Test3", 3, "la prueba 3", 10}}},
                 {6, "servidor iterativo", {{"Test1", 1, "la prueba 1", 100}}}};
  course.students = {
      {id, name, "ana@example.org", {text}, {{4, graded(text)}, {6, not_graded(State::not_compiled, text)}}},
      {"luis", "Luis Gil", "", {}, {{4, not_graded(State::missing, "")}, {6, not_graded(State::missing, "")}}}};
  course.students[1].labs[4].lab = 4;
  return course;
}

// Todo lo que puede confundir a un formato, en un solo texto.
const std::string hostile =
    std::string{"</pre><script>alert(1)</script> & \" ' ]]> \n"} +
    "Grade :=>>100\n--|>\nGrade :=>>100\r\nComment :=>>bien\n-Título\n" +
    "{\"scores\":{\"lab4\":999},\"scoreboard\":[999]}\n```\n````\n# Un título <b>\n" +
    "=1+1\n\xff\xfe \xed\xa0\x80 \xc0\x80 \x01\x1b[31m\x7f \xef\xbf\xbe \xe2\x80\xae \xe2\x80\xa8 " +
    std::string(1, '\0') + "fin";

class Outputs : public testing::Test {
protected:
  // Escribe un formato de la tabla.
  void write(const std::string& format, const Course& course) {
    const auto& all = autograder::outputs();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == format; });
    ASSERT_NE(found, all.end()) << format;
    found->write(course, folder_.path());
  }

  [[nodiscard]] std::string read(const fs::path& name) const {
    std::ifstream stream{folder_.path() / name, std::ios::binary};
    EXPECT_TRUE(stream) << name;
    return {std::istreambuf_iterator<char>{stream}, {}};
  }

  [[nodiscard]] static std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> list;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);) list.push_back(line);
    return list;
  }

  [[nodiscard]] std::vector<std::string> names(const fs::path& folder) const {
    std::vector<std::string> list;
    for (const auto& entry : fs::directory_iterator{folder_.path() / folder}) list.push_back(entry.path().filename());
    std::sort(list.begin(), list.end());
    return list;
  }

  TempFolder folder_;
};

TEST_F(Outputs, AreNamedOnceAndEachWritesSomething) {
  std::vector<std::string> seen;
  for (const auto& output : autograder::outputs()) {
    EXPECT_FALSE(output.description.empty()) << output.name;
    EXPECT_EQ(std::count(seen.begin(), seen.end(), output.name), 0) << output.name;
    seen.push_back(output.name);
    const fs::path own = folder_.path() / ("de " + output.name);
    fs::create_directory(own);
    output.write(course_with("nada"), own);
    EXPECT_FALSE(fs::is_empty(own)) << output.name;
  }
}

// --- Los textos ---

TEST(Clean, LeavesReadableTextAlone) { EXPECT_EQ(autograder::clean("Ana\tdice «ñandú» 😀\n"), "Ana\tdice «ñandú» 😀\n"); }

TEST(Clean, ShowsWhatCannotBeSeenAndReplacesWhatIsNotUtf8) {
  EXPECT_EQ(autograder::clean("\xff|\xc3|\xed\xa0\x80|\xc0\x80"), "�|�|���|��");
  EXPECT_EQ(autograder::clean(std::string_view{"\0\x1b\r\x7f", 4}), "␀␛␍␡");
  EXPECT_EQ(autograder::clean("\u202e\u2028"), "‹U+202E›‹U+2028›");
  EXPECT_EQ(autograder::clean("\u0085\uffff"), "��");
}

TEST(Clean, CutsWhatIsTooLongAtACharacter) {
  EXPECT_EQ(autograder::clean("ññññ", 5), "ññ\n… (sigue, pero es demasiado largo)");
  EXPECT_EQ(autograder::clean("ññññ", 8), "ññññ");
}

TEST(Decimal, HasAtMostTwoDigits) {
  EXPECT_EQ(autograder::decimal(87.5), "87,5");
  EXPECT_EQ(autograder::decimal(100), "100");
  EXPECT_EQ(autograder::decimal(0.05, '.'), "0.05");
  EXPECT_EQ(autograder::decimal(-0.001), "0");
  EXPECT_EQ(autograder::decimal(-1.25), "-1,25");
}

// --- Un archivo por estudiante ---

TEST_F(Outputs, NameFilesSafelyWithoutMixingStudents) {
  Course course = course_with("x", "../../../tmp/a");
  course.students.push_back(course.students[1]);
  course.students.push_back(course.students[1]);
  course.students.push_back(course.students[1]);
  course.students[1].id = "Ána";
  course.students[2].id = "LUIS";
  course.students[3].id = "luis";
  course.students[4].id = "";
  write("markdown", course);
  EXPECT_EQ(names("markdown"),
            (std::vector<std::string>{"LUIS.md", "_________tmp_a.md", "__na.md", "estudiante.md", "luis-2.md"}));
}

TEST_F(Outputs, ForgetStudentsOfAnotherTime) {
  write("markdown", course_with("x", "bea"));
  write("markdown", course_with("x", "ana"));
  EXPECT_EQ(names("markdown"), (std::vector<std::string>{"ana.md", "luis.md"}));
}

TEST_F(Outputs, SayTheProtectionsThatWereMissing) {
  Course course = course_with("x");
  course.missing_protections = {"sin espacios de nombres"};
  for (const std::string name : {"markdown/ana.md", "gradescope/ana.json", "autolab/ana.txt", "prairielearn/ana.json",
                                 "vpl/ana.txt", "coderunner/ana.json", "moodle.csv"}) {
    write(name.substr(0, name.find_first_of("/.")), course);
    EXPECT_NE(read(name).find("Se evaluó con menos aislamiento del normal: sin espacios de nombres"), std::string::npos)
        << name;
  }
}

// --- Gradescope ---

TEST_F(Outputs, Gradescope) {
  write("gradescope", course_with(hostile));
  const json results = json::parse(read("gradescope/ana.json"));
  EXPECT_EQ(results.at("score"), 54.5) << "con la penalización: manda sobre la suma de las pruebas";
  EXPECT_TRUE(results.at("execution_time").is_number());
  EXPECT_EQ(results.at("output_format"), "text");
  EXPECT_EQ(results.at("test_output_format"), "text") << "el texto de un estudiante no es HTML";
  EXPECT_NE(results.at("output").get<std::string>().find("cuenta el intento 2 de 3"), std::string::npos);
  EXPECT_NE(results.at("output").get<std::string>().find("se descontaron 5,5 puntos"), std::string::npos);
  const json& tests = results.at("tests");
  ASSERT_EQ(tests.size(), 4U);
  for (const json& one : tests) {
    EXPECT_TRUE(one.at("number").is_string());
    EXPECT_TRUE(one.at("score").is_number() && one.at("max_score").is_number());
    EXPECT_EQ(one.at("output_format"), "text");
    EXPECT_EQ(one.at("tags"), json::array({one.at("number").get<std::string>()[0] == '4' ? "lab4" : "lab6"}));
  }
  EXPECT_EQ(tests[0].at("status"), "passed");
  EXPECT_EQ(tests[0].at("score"), 60);
  EXPECT_EQ(tests[1].at("status"), "failed");
  EXPECT_NE(tests[1].at("output").get<std::string>().find("se esperaba:\n</pre><script>"), std::string::npos);
  EXPECT_FALSE(tests[2].contains("status")) << "lo que no se puede hacer aquí ni pasa ni falla";
  EXPECT_EQ(tests[2].at("max_score"), 0);
  EXPECT_EQ(tests[3].at("number"), "6");
  EXPECT_EQ(tests[3].at("max_score"), 100);
  EXPECT_NE(tests[3].at("output").get<std::string>().find("lab6.cpp no compila"), std::string::npos);
  EXPECT_EQ(json::parse(read("gradescope/luis.json")).at("score"), 0);
}

// --- Autolab ---

TEST_F(Outputs, AutolabEndsWithTheScoresAndNothingElseLooksLikeThem) {
  write("autolab", course_with(hostile));
  const auto list = lines(read("autolab/ana.txt"));
  ASSERT_EQ(list.size(), 2U) << "ningún texto puede partir una línea";
  EXPECT_EQ(json::parse(list[1]), json::parse(R"({"scores": {"lab4": 54.5, "lab6": 0.0}, "scoreboard": [54.5]})"));
  const json shown = json::parse(list[0]);
  EXPECT_EQ(shown.at("_presentation"), "semantic");
  EXPECT_EQ(shown.at("stages"), json::array({"lab4", "lab6", "Avisos"}));
  for (const json& stage : shown.at("stages")) {
    for (const json& one : shown.at(stage.get<std::string>())) {
      EXPECT_TRUE(one.at("passed").is_boolean());
      EXPECT_TRUE(!one.contains("hint") || one.at("hint").is_string());
    }
  }
  EXPECT_EQ(shown.at("lab4").at("4.1 la prueba 1"), json::parse(R"({"passed": true})"));
  EXPECT_EQ(shown.at("lab4").at("4.2 la prueba 2").at("passed"), false);
}

// --- PrairieLearn ---

TEST_F(Outputs, PrairieLearn) {
  write("prairielearn", course_with(hostile));
  const json results = json::parse(read("prairielearn/ana.json"));
  EXPECT_EQ(results.at("gradable"), true);
  EXPECT_DOUBLE_EQ(results.at("score").get<double>(), 54.5 / 190);
  ASSERT_EQ(results.at("tests").size(), 4U);
  for (const json& one : results.at("tests")) {
    for (const char* key : {"name", "description", "output"}) EXPECT_TRUE(one.at(key).is_string()) << key;
    for (const char* key : {"points", "max_points"}) EXPECT_TRUE(one.at(key).is_number()) << key;
  }
  EXPECT_EQ(results.at("message"), "54,5 de 190 puntos");
  const json nothing = json::parse(read("prairielearn/luis.json"));
  EXPECT_EQ(nothing.at("gradable"), false) << "sin nada que evaluar no se gasta un intento";
  EXPECT_EQ(nothing.at("format_errors"), json::array({"No se entregó lab4.cpp.\nNo se entregó lab6.cpp."}));
}

TEST_F(Outputs, PrairieLearnFitsInOneMegabyte) {
  Course course = course_with("x");
  LabOutcome& lab = course.students[0].labs[4];
  lab.tests.clear();
  for (int id = 1; id <= 400; ++id) lab.tests.push_back(failed(id, 1, std::string(100'000, '"')));
  write("prairielearn", course);
  EXPECT_LT(fs::file_size(folder_.path() / "prairielearn/ana.json"), 1'000'000U);
  EXPECT_EQ(json::parse(read("prairielearn/ana.json")).at("tests").size(), 401U);
}

// --- Classroom 50 ---

TEST_F(Outputs, Classroom50TakesFromTheEnvironmentWhatOnlyThePlatformKnows) {
  ::setenv("COMMIT_URL", "https://example.org/commit/1", 1);
  ::setenv("ASSIGNMENT", "sockets", 1);
  write("classroom50", course_with(hostile));
  ::unsetenv("COMMIT_URL");
  ::unsetenv("ASSIGNMENT");
  const json result = json::parse(read("classroom50/ana.json"));
  EXPECT_EQ(result.at("schema"), "classroom50/result/v1");
  EXPECT_EQ(result.at("classroom"), "Redes");
  EXPECT_EQ(result.at("assignment"), "sockets");
  EXPECT_EQ(result.at("commit"), "https://example.org/commit/1");
  EXPECT_EQ(result.at("review"), "https://example.org/commit/1");
  EXPECT_EQ(result.at("datetime"), "2026-03-01T12:30:00Z");
  for (const char* key : {"submission", "release"}) EXPECT_EQ(result.at(key), "ana") << key << " no puede estar vacío";
  EXPECT_TRUE(result.at("score").is_number_integer());
  EXPECT_EQ(result.at("score"), 55);
  EXPECT_EQ(result.at("max-score"), 190);
  ASSERT_EQ(result.at("tests").size(), 3U) << "sin la que aquí no se puede hacer";
  for (const json& one : result.at("tests")) {
    EXPECT_EQ(one.size(), 4U);
    EXPECT_TRUE(one.at("test-name").is_string() && one.at("passed").is_boolean());
    EXPECT_TRUE(one.at("score").is_number_integer() && one.at("max-score").is_number_integer());
  }
}

// --- VPL ---

// Como lee VPL: un bloque entre «<|--» y «--|>», y la última línea «Grade :=>>N».
std::vector<std::string> grades(const std::string& text) {
  static const std::regex tag{"(^|\n)Grade :=>>([^\n\r]*)"};
  std::vector<std::string> found;
  for (std::sregex_iterator it{text.begin(), text.end(), tag}, end; it != end; ++it) found.push_back((*it)[2]);
  return found;
}

TEST_F(Outputs, VplHasOneGradeAndOneBlockWhateverAStudentWrites) {
  write("vpl", course_with(hostile));
  const std::string text = read("vpl/ana.txt");
  EXPECT_EQ(grades(text), std::vector<std::string>{"28.68"}) << text;
  const auto list = lines(text);
  EXPECT_EQ(list.front(), "<|--");
  EXPECT_EQ(std::count(list.begin(), list.end(), "<|--"), 1);
  EXPECT_EQ(std::count(list.begin(), list.end(), "--|>"), 1);
  EXPECT_EQ(list[list.size() - 2], "--|>");
  EXPECT_EQ(text.find('\r'), std::string::npos);
  for (std::size_t i = 1; i + 2 < list.size(); ++i) {
    const bool is_ours = list[i] == "-Avisos" || list[i].starts_with("-4.") || list[i].starts_with("-6 ");
    EXPECT_TRUE(is_ours || list[i].starts_with(">")) << list[i];
  }
}

TEST_F(Outputs, VplGradesInTheScaleOfTheActivity) {
  ::setenv("VPL_GRADEMIN", "0", 1);
  ::setenv("VPL_GRADEMAX", "10.00000", 1);
  write("vpl", course_with("x"));
  ::setenv("VPL_GRADEMAX", "nada", 1);
  const auto in_ten = grades(read("vpl/ana.txt"));
  write("vpl", course_with("x"));
  ::unsetenv("VPL_GRADEMIN");
  ::unsetenv("VPL_GRADEMAX");
  EXPECT_EQ(in_ten, std::vector<std::string>{"2.87"});
  EXPECT_EQ(grades(read("vpl/ana.txt")), std::vector<std::string>{"28.68"})
      << "sin una escala que se entienda, sobre 100";
}

// --- CodeRunner ---

TEST_F(Outputs, CodeRunner) {
  write("coderunner", course_with(hostile));
  const json result = json::parse(read("coderunner/ana.json"));
  EXPECT_DOUBLE_EQ(result.at("fraction").get<double>(), 54.5 / 190);
  const auto html = result.at("prologuehtml").get<std::string>();
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;"), std::string::npos);
  EXPECT_EQ(html.find("</pre>"), html.size() - 6) << "la única es la nuestra";
  EXPECT_EQ(result.at("epiloguehtml"), "<p>Puntos: 54,5/190</p>");
  const json& table = result.at("testresults");
  ASSERT_EQ(table.size(), 5U);
  EXPECT_EQ(table[0][0], "iscorrect");
  for (std::size_t i = 1; i < table.size(); ++i) {
    EXPECT_EQ(table[i].size(), table[0].size());
    EXPECT_TRUE(table[i][0].is_boolean());
  }
  EXPECT_EQ(table[1][2], "60/60");
}

// --- JUnit ---

TEST_F(Outputs, JUnitIsValidXmlWhateverAStudentWrites) {
  write("junit", course_with(hostile, "ana", "Ana <\"&\x01"));
  const std::string text = read("junit/ana.xml");
  pugi::xml_document document;
  const auto parsed = document.load_buffer(text.data(), text.size());
  ASSERT_TRUE(parsed) << parsed.description();
  for (const char byte : text) {
    ASSERT_TRUE(static_cast<unsigned char>(byte) >= 0x20 || byte == '\n' || byte == '\t') << "XML no lo admite";
  }
  EXPECT_EQ(text.find("&#"), std::string::npos) << "ni escrito con un número";
  const auto root = document.child("testsuites");
  EXPECT_STREQ(root.attribute("name").value(), "Ana <\"&␁");
  std::vector<pugi::xml_node> suites{root.begin(), root.end()};
  ASSERT_EQ(suites.size(), 2U);
  EXPECT_STREQ(suites[0].attribute("name").value(), "lab4 · send y recv");
  EXPECT_EQ(suites[0].attribute("tests").as_int(), 3);
  EXPECT_EQ(suites[0].attribute("failures").as_int(), 1);
  EXPECT_EQ(suites[0].attribute("skipped").as_int(), 1);
  EXPECT_EQ(suites[0].attribute("errors").as_int(), 0);
  EXPECT_EQ(suites[0].attribute("time").as_double(), 0.75);
  EXPECT_EQ(suites[1].attribute("errors").as_int(), 1);
  EXPECT_STREQ(suites[0].child("properties").child("property").attribute("value").value(), "54.5");
  const auto second = suites[0].child("testcase").next_sibling("testcase");
  EXPECT_STREQ(second.attribute("classname").value(), "lab4");
  EXPECT_STREQ(second.attribute("name").value(), "4.2 la prueba 2");
  EXPECT_NE(std::string{second.child("failure").text().get()}.find("</pre><script>alert(1)</script> & \" ' ]]>"),
            std::string::npos);
}

// --- CSV ---

TEST(Csv, CellsAreTextAndNeverAFormula) {
  EXPECT_EQ(autograder::csv_cell("Pérez, \"Ana\""), "\"Pérez, \"\"Ana\"\"\"");
  for (const std::string start : {"=", "+", "-", "@", "\t", "\r"}) {
    EXPECT_EQ(autograder::csv_cell(start + "1+1").substr(0, 2), "\"'") << start;
  }
  EXPECT_EQ(autograder::csv_cell("1=1"), "\"1=1\"");
}

TEST(Csv, IsReadBackWithItsPlaces) {
  const std::string text =
      "\xef\xbb\xbf"
      "a;\"b;\"\"c\"\"\r\nd\";e\r\n\r\n;;\"\"\n1;2";
  const auto table = autograder::read_csv(text);
  ASSERT_EQ(table.size(), 3U);
  ASSERT_EQ(table[0].size(), 3U);
  EXPECT_EQ(table[0][0].text, "a") << "sin el BOM";
  EXPECT_EQ(table[0][1].text, "b;\"c\"\r\nd");
  EXPECT_EQ(text.substr(table[0][1].begin, table[0][1].end - table[0][1].begin), "\"b;\"\"c\"\"\r\nd\"");
  EXPECT_EQ(table[1].size(), 3U);
  EXPECT_EQ(table[2][1].text, "2");
  EXPECT_TRUE(autograder::read_csv("").empty());
  EXPECT_EQ(autograder::read_csv("\"sin cerrar").front().front().text, "sin cerrar");
}

TEST_F(Outputs, Moodle) {
  write("moodle", course_with(hostile, "=cmd|' /C calc'!A0", "@SUM(A1)"));
  const auto table = autograder::read_csv(read("moodle.csv"));
  ASSERT_EQ(table.size(), 3U);
  for (const auto& row : table) EXPECT_EQ(row.size(), 7U);
  const auto& ana = table[1];
  EXPECT_EQ(ana[0].text, "'=cmd|' /C calc'!A0");
  EXPECT_EQ(ana[1].text, "ana@example.org");
  EXPECT_EQ(ana[2].text, "'@SUM(A1)");
  EXPECT_EQ(ana[3].text, "54,5");
  EXPECT_EQ(ana[4].text, "0");
  EXPECT_EQ(ana[5].text, "54,5");
  EXPECT_NE(ana[6].text.find("&lt;script&gt;"), std::string::npos) << "Moodle lee los comentarios como HTML";
  EXPECT_EQ(ana[6].text.find("<script"), std::string::npos);
  EXPECT_NE(ana[6].text.find("<br>4.2 la prueba 2: falló<br>"), std::string::npos);
}

TEST_F(Outputs, Canvas) {
  write("canvas", course_with("x", "+1", "Pérez, Ana"));
  const auto table = autograder::read_csv(read("canvas.csv"));
  ASSERT_EQ(table.size(), 4U);
  for (const auto& row : table) EXPECT_EQ(row.size(), 7U);
  EXPECT_EQ(table[0][5].text, "Lab 4");
  EXPECT_EQ(table[1][0].text, "    Points Possible");
  EXPECT_EQ(table[1][5].text, "100");
  EXPECT_EQ(table[2][0].text, "Pérez, Ana");
  EXPECT_EQ(table[2][2].text, "'+1");
  EXPECT_EQ(table[2][3].text, "ana@example.org");
  EXPECT_EQ(table[2][5].text, "54.5");
}

// --- Markdown ---

// Fuera de los bloques de código no hay nada suyo sin proteger, y ningún bloque se cierra antes de tiempo.
TEST_F(Outputs, MarkdownKeepsTheTextOfAStudentInItsPlace) {
  write("markdown", course_with(hostile, "ana", "Ana *<b>* [x](javascript:1)\n# Otro"));
  std::string outside;
  std::string fence;
  for (const std::string& line : lines(read("markdown/ana.md"))) {
    if (!fence.empty()) {
      if (line == fence) fence.clear();
    } else if (line.starts_with("```")) {
      fence = line.substr(0, line.find_first_not_of('`'));
    } else {
      outside += line + '\n';
    }
  }
  EXPECT_TRUE(fence.empty()) << "un bloque quedó abierto";
  for (const char* piece : {"<script", "<b>", "Grade", "\n# Otro", "Un título"}) {
    EXPECT_EQ(outside.find(piece), std::string::npos) << piece << '\n' << outside;
  }
  EXPECT_NE(outside.find("# Ana \\*\\<b\\>\\* \\[x\\]\\(javascript\\:1\\)⏎\\# Otro\n"), std::string::npos) << outside;
  EXPECT_NE(outside.find("**Puntos: 54,5 de 190**"), std::string::npos);
  EXPECT_NE(outside.find("### 4.1 la prueba 1 — pasó (60/60)"), std::string::npos) << outside;
}

// --- La hoja de notas de Moodle ---

TEST_F(Outputs, MoodleWorksheetIsFilledAndTheRestIsKeptByteForByte) {
  Course course = course_with("<b>mal</b>", "101");
  course.students.push_back(course.students[1]);
  course.students[2].id = "x";
  course.students[2].name = "Nadie Más";
  const std::string head =
      "\xef\xbb\xbf"
      "Identificador,\"Nombre completo\",Estado,Calificación,\"Calificación máxima\",\"Comentarios de "
      "retroalimentación\"\r\n";
  const fs::path sheet =
      folder_.write("hoja.csv", head +
                                    "\"Participante 101\",\"Quien sea\",\"Enviado;  \"\"sí\"\"\",,\"10,00\",\r\n"
                                    "\"Participante 102\",\"Gil,  LUIS\",-,\"3,00\",\"10,00\",\"nota\r\nvieja\"\r\n"
                                    "\"Participante 103\",\"Otra Persona\",-,\"7,00\",\"10,00\",\"se queda\"\r\n");
  EXPECT_EQ(autograder::fill_moodle_worksheet(course, sheet, folder_.path() / "rellena.csv"),
            std::vector<std::string>{"Nadie Más (x)"});
  const std::string filled = read("rellena.csv");
  const auto table = autograder::read_csv(filled);
  ASSERT_EQ(table.size(), 4U);
  EXPECT_EQ(table[1][3].text, "2,87") << "54,5 de 190, sobre 10 y con coma";
  EXPECT_TRUE(table[1][5].text.starts_with("Puntos: 54,5 de 190<br>")) << table[1][5].text;
  EXPECT_EQ(table[1][5].text.find("<b>"), std::string::npos);
  EXPECT_EQ(table[2][3].text, "0") << "por su nombre, aunque esté al revés";
  EXPECT_TRUE(
      filled.starts_with(head + "\"Participante 101\",\"Quien sea\",\"Enviado;  \"\"sí\"\"\",\"2,87\",\"10,00\","));
  EXPECT_TRUE(filled.ends_with("\r\n\"Participante 103\",\"Otra Persona\",-,\"7,00\",\"10,00\",\"se queda\"\r\n"));
  EXPECT_NE(filled.find("\r\n\"Participante 102\",\"Gil,  LUIS\",-,\"0\",\"10,00\",\"Puntos: 0 de 200"),
            std::string::npos);
}

TEST_F(Outputs, MoodleWorksheetInEnglishWithSemicolonsAndEMails) {
  const fs::path sheet = folder_.write("sheet.csv",
                                       "Identifier;Full name;Email address;Grade;Feedback comments\n"
                                       "Participant 7;Someone;ANA@example.org;;\n");
  EXPECT_EQ(autograder::fill_moodle_worksheet(course_with("x"), sheet, sheet),
            std::vector<std::string>{"Luis Gil (luis)"});
  const auto table = autograder::read_csv(read("sheet.csv"));
  EXPECT_EQ(table[1][3].text, "54,5") << "sin escala, los puntos";
}

TEST_F(Outputs, MoodleWorksheetDoesNotGuessBetweenTwoStudentsWithOneName) {
  Course course = course_with("x");
  course.students[1].name = course.students[0].name;
  const std::string text = "Nombre completo,Calificación\nAna Pérez,5\n";
  const fs::path sheet = folder_.write("hoja.csv", text);
  EXPECT_EQ(autograder::fill_moodle_worksheet(course, sheet, sheet).size(), 2U);
  EXPECT_EQ(read("hoja.csv"), text);
}

TEST_F(Outputs, MoodleWorksheetThatIsNotOneIsRefusedInOneSentence) {
  const fs::path out = folder_.path() / "out.csv";
  for (const char* text : {"", "a,b\n1,2\n", "\xef\xbb\xbf"}) {
    try {
      autograder::fill_moodle_worksheet(course_with("x"), folder_.write("no.csv", text), out);
      FAIL() << "tenía que lanzar: " << text;
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string{error.what()}.find("no es una hoja de notas de Moodle"), std::string::npos) << error.what();
    }
  }
  EXPECT_THROW(autograder::fill_moodle_worksheet(course_with("x"), folder_.path() / "no está", out),
               std::runtime_error);
  EXPECT_FALSE(fs::exists(out));
}

}  // namespace
