// Lo que ve el estudiante, línea a línea.
#include "grader/report.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "grader/toolchain.hpp"
#include "programs/kit.hpp"
#include "temp_folder.hpp"

namespace {

using grader::Failure;
using grader::LabResult;
using grader::Status;
using grader::TestResult;

std::string without_colours(const std::string& text) {
  static const std::regex colour{"\x1b\\[[0-9;]*m"};
  return std::regex_replace(text, colour, "");
}

class ReportTest : public testing::Test {
protected:
  ReportTest() {
    rubric_.lab = 4;
    rubric_.title = "send y recv incrementales";
    rubric_.tests = {
        {1, "First", "HELO, DATA y QUIT reciben su respuesta", 10, {}, 1, {"¿qué devuelve recv()?"}},
        {2, "Second", "«HE» y «LO» llegan en dos segmentos: ¿una línea?", 90, {1}, 2, {"una línea acaba en LF"}}};
  }

  [[nodiscard]] TestResult result(int id, Status status, std::string reason = {}) const {
    TestResult test;
    test.test = &rubric_.tests.at(static_cast<std::size_t>(id - 1));
    test.status = status;
    test.reason = std::move(reason);
    return test;
  }

  [[nodiscard]] TestResult failed(int id, Failure failure = {"\"100 OK\"", "nada", "espera en recv(4)", {}}) const {
    TestResult test = result(id, Status::failed);
    test.failure = std::move(failure);
    return test;
  }

  // Lo que se ve de una prueba.
  static std::string shown(const TestResult& test, bool colour = false, std::size_t width = grader::usual_width) {
    std::ostringstream out;
    grader::Report{out, colour, width}.test(test);
    return out.str();
  }

  // Lo que se ve al final.
  [[nodiscard]] std::string total(std::vector<TestResult> tests, const std::filesystem::path& source = {}) const {
    std::ostringstream out;
    grader::Report{out, false}.total(LabResult{&rubric_, std::move(tests)}, source);
    return out.str();
  }

  [[nodiscard]] std::string header(std::optional<double> seconds) const {
    std::ostringstream out;
    grader::Report{out, false}.header(rubric_, seconds);
    return out.str();
  }

  grader::Rubric rubric_;
};

TEST_F(ReportTest, NamesTheLabAndTheTimeOfTheCompiler) {
  EXPECT_EQ(header(0.44), "lab4 · send y recv incrementales                              compila 0,4 s\n");
  EXPECT_NE(header(0.96).find("compila 1,0 s\n"), std::string::npos);
  EXPECT_NE(header(12.34).find("compila 12,3 s\n"), std::string::npos);
  EXPECT_EQ(header(std::nullopt).find("compila"), std::string::npos) << "no se compiló nada";
}

TEST_F(ReportTest, ShowsAPassedTestInALine) {
  EXPECT_EQ(shown(result(1, Status::passed)), "  ✓ 1 HELO, DATA y QUIT reciben su respuesta                  10/10\n");
}

TEST_F(ReportTest, AlignsThePointsWhateverTheAccents) {
  const auto column = [](const std::string& line) {
    const std::string before = line.substr(0, line.find('/'));
    return std::count_if(before.begin(), before.end(), [](char byte) { return (byte & 0xc0) != 0x80; });
  };
  EXPECT_EQ(column(shown(result(1, Status::passed))), column(shown(result(2, Status::passed))));
  EXPECT_EQ(column(shown(result(1, Status::passed))) - 1, column(shown(failed(1)))) << "10/10 y 0/10";
  rubric_.tests[1].title = std::string(80, 'x');
  EXPECT_NE(shown(result(2, Status::passed)).find("x 90/90\n"), std::string::npos)
      << "si no cabe, se separa con un espacio";
}

TEST_F(ReportTest, AlignsThePointsOfEveryLab) {
  for (const auto& entry : std::filesystem::directory_iterator{grader::toolchain::labs}) {
    if (entry.path().filename().string().rfind("lab", 0) != 0) continue;
    rubric_ = grader::read_rubric(entry.path() / "rubric.json");
    for (const grader::RubricTest& test : rubric_.tests) {
      const std::string points = std::to_string(test.points) + '/' + std::to_string(test.points);
      EXPECT_NE(shown(result(test.id, Status::passed)).find("  " + points), std::string::npos)
          << "el título no cabe: " << entry.path().filename() << ", " << test.title;
    }
  }
}

TEST_F(ReportTest, TellsAFailureFromWhatWasExpectedToTheHint) {
  EXPECT_EQ(shown(failed(2, {"\"100 OK\"",
                             "\"400 BCMD\\r\\n\"",
                             "espera en recv(4)",
                             "respondió antes del fin de línea\nun recv() no es una línea",
                             {"C → S  \"HE\"", "S → C  \"400 BCMD\\r\\n\""}})),
            R"(  ✗ 2 «HE» y «LO» llegan en dos segmentos: ¿una línea?        0/90
      conversación   C → S  "HE"
                     S → C  "400 BCMD\r\n"
      se esperaba    "100 OK"
      se observó     "400 BCMD\r\n"
      tu programa    espera en recv(4)
      causa          respondió antes del fin de línea
                     un recv() no es una línea
      pista 1 de 4   una línea acaba en LF
)");
}

// Lo esperado y lo que llegó, alineados, y debajo una señal: en el byte, no en la palabra.
TEST_F(ReportTest, PointsToTheFirstWrongByte) {
  Failure failure{"", "", "espera en recv(4)", "", {"C → S   \"HELO\\n\"", "S → C   \"100 0K\""}};
  failure.tells({"100 OK", "100 0K"});
  EXPECT_EQ(shown(failed(1, failure)), R"(  ✗ 1 HELO, DATA y QUIT reciben su respuesta                  0/10
      conversación   C → S   "HELO\n"
                     S → C   "100 0K"
      se esperaba    "100 OK"
      se observó     "100 0K"
                          ^ aquí
      tu programa    espera en recv(4)
      pista 1 de 4   ¿qué devuelve recv()?
)");
}

TEST_F(ReportTest, TellsWhereTheBytesWereExpectedAndWhatCameAfterwards) {
  grader::Mismatch mismatch{"300 DRCV\n", "300", "en la salida estándar"};
  mismatch.then("después, nada: el programa terminó");
  Failure failure{"", "", "", "", {}};
  failure.tells(mismatch);
  EXPECT_EQ(shown(failed(1, failure)), R"(  ✗ 1 HELO, DATA y QUIT reciben su respuesta                  0/10
      se esperaba    en la salida estándar:
                     "300 DRCV\n"
      se observó     "300"
                         ^ aquí faltan 6 bytes
                     después, nada: el programa terminó
      pista 1 de 4   ¿qué devuelve recv()?
)");
}

// Los datos largos se recortan según el ancho de la terminal: la señal se ve siempre.
TEST_F(ReportTest, PointsToAByteOfLongDataInAnyWidth) {
  const std::string expected(1 << 20, 'x');
  std::string observed = expected;
  observed[600'000] = 'y';
  Failure failure{"", "", "", "", {}};
  failure.tells({expected, observed});
  EXPECT_EQ(shown(failed(1, failure), false, 80), R"(  ✗ 1 HELO, DATA y QUIT reciben su respuesta                  0/10
      se esperaba    "…xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…" (1.048.576 bytes)
      se observó     "…xxxxxxxxxxxxxxxxxxyxxxxxxxxxxxxxxxxxx…" (1.048.576 bytes)
                                         ^ aquí, tras 600.000 bytes iguales
      pista 1 de 4   ¿qué devuelve recv()?
)");
}

TEST_F(ReportTest, LeavesOutWhatIsNotKnown) {
  EXPECT_EQ(shown(failed(1, {"", "nada", "", "", {}})),
            R"(  ✗ 1 HELO, DATA y QUIT reciben su respuesta                  0/10
      se observó     nada
      pista 1 de 4   ¿qué devuelve recv()?
)");
}

TEST_F(ReportTest, ShowsTheLastStepsOfALongConversation) {
  Failure failure{"", "", "", "", {}};
  for (int step = 1; step <= 8; ++step) failure.conversation.push_back("paso " + std::to_string(step));
  EXPECT_NE(shown(failed(1, failure)).find("      conversación   paso 1\n"), std::string::npos) << "ocho caben";
  failure.conversation.emplace_back("paso 9");
  failure.conversation.emplace_back("paso 10");
  EXPECT_EQ(shown(failed(1, failure)), R"(  ✗ 1 HELO, DATA y QUIT reciben su respuesta                  0/10
      conversación   … (2 pasos antes)
                     paso 3
                     paso 4
                     paso 5
                     paso 6
                     paso 7
                     paso 8
                     paso 9
                     paso 10
      pista 1 de 4   ¿qué devuelve recv()?
)");
}

TEST_F(ReportTest, TellsOneHiddenStepFromSeveral) {
  Failure failure{"", "", "", "", std::vector<std::string>(9, "paso")};
  EXPECT_NE(shown(failed(1, failure)).find("… (1 paso antes)\n"), std::string::npos);
}

// Las explicaciones se parten por los espacios, y lo que sigue va sangrado igual; lo que no tiene espacios se deja
// entero.
TEST_F(ReportTest, FitsItsExplanationsInTheTerminal) {
  const Failure failure{"cabe justo en sus treinta y nueve colum y esto va en la línea siguiente",
                        "áéíóú áéíóú áéíóú áéíóú áéíóú áéíóú áéíóú\n  sangrada sangrada sangrada sangrada sangrada",
                        "no cabe en treinta y nueve por una letra más",
                        "/una/ruta/que/no/cabe/en/el/ancho/que/queda/de/la/terminal.cpp",
                        {}};
  EXPECT_EQ(shown(failed(1, failure), false, 60), R"(  ✗ 1 HELO, DATA y QUIT reciben su respuesta                  0/10
      se esperaba    cabe justo en sus treinta y nueve colum
                     y esto va en la línea siguiente
      se observó     áéíóú áéíóú áéíóú áéíóú áéíóú áéíóú
                     áéíóú
                       sangrada sangrada sangrada sangrada
                       sangrada
      tu programa    no cabe en treinta y nueve por una
                     letra más
      causa          /una/ruta/que/no/cabe/en/el/ancho/que/queda/de/la/terminal.cpp
      pista 1 de 4   ¿qué devuelve recv()?
)");
  const Failure long_word{"", std::string(45, 'x') + " y sigue", "", "", {}};
  EXPECT_NE(shown(failed(1, long_word), false, 60).find("x\n                     y sigue\n"), std::string::npos);
  const Failure exact{"cabe justo en sus treinta y nueve colum", "", "", "", {}};
  EXPECT_NE(shown(failed(1, exact), false, 60).find(exact.expected + '\n'), std::string::npos);
}

// Un paso pendiente no es un error: sin conversación, ni causa, ni pista.
TEST_F(ReportTest, PointsToAPendingStepAndNothingElse) {
  TestResult pending = failed(1);
  pending.failure->pending = grader::PendingStep{2, "labs/lab4-send-recv/lab4.cpp:38"};
  EXPECT_EQ(shown(pending), R"(  ✗ 1 HELO, DATA y QUIT reciben su respuesta                  0/10
      pendiente      TODO(2) en labs/lab4-send-recv/lab4.cpp:38
)");
}

TEST_F(ReportTest, TellsWhyATestWasNotDone) {
  EXPECT_EQ(shown(result(2, Status::skipped, "depende de la prueba 1")),
            "  – 2 «HE» y «LO» llegan en dos segmentos: ¿una línea?        depende de la prueba 1\n");
  EXPECT_EQ(shown(result(1, Status::error, "fallo del propio evaluador: uno\ndos")),
            R"(  ✗ 1 HELO, DATA y QUIT reciben su respuesta                  0/10
      no se hizo     fallo del propio evaluador: uno
                     dos
)");
}

TEST_F(ReportTest, SaysWhenTheFileWasNotBuilt) {
  std::ostringstream out;
  grader::Report{out, false}.not_built("lab4.cpp no compila");
  EXPECT_EQ(out.str(), "  ✗ lab4.cpp no compila\n");
}

TEST_F(ReportTest, AddsThePoints) {
  EXPECT_EQ(total({result(1, Status::passed), result(2, Status::passed)}), "  Puntos: 100/100\n");
  EXPECT_EQ(total({result(1, Status::error), result(2, Status::error)}), "  Puntos: 0/100\n");
  TestResult unavailable = result(2, Status::skipped, "no se puede hacer aquí");
  unavailable.unavailable = true;
  EXPECT_EQ(total({result(1, Status::passed), unavailable}), "  Puntos: 10/10\n");
}

// El siguiente paso es el de la primera prueba que falla: el que anunció el programa o, si no, el de la rúbrica.
TEST_F(ReportTest, TellsTheNextStep) {
  TestResult pending = failed(1);
  pending.failure->pending = grader::PendingStep{7, "lab4.cpp:70"};
  EXPECT_EQ(total({pending, failed(2)}), "  Puntos: 0/100 · siguiente paso: TODO(7) en lab4.cpp:70\n");

  const TempFolder folder;
  const std::string source = folder.write("lab4.cpp", "// TODO(1): uno\n\n// TODO(2): dos\n").string();
  EXPECT_EQ(total({result(1, Status::passed), failed(2)}, source),
            "  Puntos: 10/100 · siguiente paso: TODO(2) en " + source + ":3\n");
  EXPECT_EQ(total({failed(1), failed(2)}, source), "  Puntos: 0/100 · siguiente paso: TODO(1) en " + source + ":1\n");
  EXPECT_EQ(total({result(1, Status::passed), failed(2)}, folder.write("lab5.cpp", "// TODO(22)\n")),
            "  Puntos: 10/100 · siguiente paso: repasa el paso 2 de la guía\n");
}

TEST_F(ReportTest, FindsAStepInAFile) {
  const TempFolder folder;
  const std::string source = folder.write("lab4.cpp", "// TODO(12)\n  // TODO(2): dos\nTODO(2)\n").string();
  EXPECT_EQ(grader::place_of_todo(source, 2), source + ":2");
  EXPECT_EQ(grader::place_of_todo(source, 12), source + ":1");
  EXPECT_EQ(grader::place_of_todo(source, 1), "");
  EXPECT_EQ(grader::place_of_todo(folder.path() / "no_existe.cpp", 1), "");
}

// El color solo acompaña: sin él se lee lo mismo, y en las mismas columnas.
TEST_F(ReportTest, SaysTheSameInColour) {
  TestResult pending = failed(2);
  pending.failure->pending = grader::PendingStep{2, "lab4.cpp:38"};
  const std::vector<std::pair<TestResult, std::string>> mark{
      {result(1, Status::passed), "\x1b[32m✓\x1b[0m"},
      {failed(1), "\x1b[31m✗\x1b[0m"},
      {pending, "\x1b[33mTODO(2) en lab4.cpp:38\x1b[0m"},
      {result(2, Status::skipped, "depende"), "\x1b[90m– 2"},
      {result(2, Status::error, "no compila"), "\x1b[31m0/90\x1b[0m"}};
  for (const auto& [test, painted] : mark) {
    const std::string coloured = shown(test, true);
    EXPECT_NE(coloured.find(painted), std::string::npos) << coloured;
    EXPECT_EQ(without_colours(coloured), shown(test));
    EXPECT_EQ(shown(test).find('\x1b'), std::string::npos);
  }
  std::ostringstream out;
  grader::Report report{out, true};
  report.header(rubric_, 0.4);
  report.total(LabResult{&rubric_, {result(1, Status::passed)}}, {});
  EXPECT_EQ(without_colours(out.str()), header(0.4) + total({result(1, Status::passed)}));
  EXPECT_EQ(out.str().rfind("\x1b[1mlab4 · send", 0), 0U);
  EXPECT_NE(out.str().find("\x1b[1mPuntos: 10/10\x1b[0m"), std::string::npos);
}

// Lo que dice `ask` con esto en la salida estándar.
template <class Ask>
auto with_output(const kit::Descriptor& output, const Ask& ask) {
  const kit::Descriptor saved{kit::check("dup", ::dup(STDOUT_FILENO))};
  kit::check("dup2", ::dup2(output.get(), STDOUT_FILENO));
  const auto answer = ask();
  kit::check("dup2", ::dup2(saved.get(), STDOUT_FILENO));
  return answer;
}

class Terminal : public testing::Test {
protected:
  void SetUp() override {
    if (!terminal_.is_open()) GTEST_SKIP() << "aquí no se puede abrir una terminal";
    if (const char* value = std::getenv("NO_COLOR")) no_color_ = value;
    ::unsetenv("NO_COLOR");
  }
  void TearDown() override {
    if (no_color_) ::setenv("NO_COLOR", no_color_->c_str(), 1);
  }

  [[nodiscard]] std::size_t width(unsigned short columns) const {
    const winsize size{24, columns, 0, 0};
    kit::check("ioctl", ::ioctl(terminal_.get(), TIOCSWINSZ, &size));
    return with_output(terminal_, grader::terminal_width);
  }

  kit::Descriptor terminal_{::posix_openpt(O_RDWR | O_NOCTTY)};
  kit::Descriptor nowhere_{kit::check("open", ::open("/dev/null", O_WRONLY | O_CLOEXEC))};

private:
  std::optional<std::string> no_color_;
};

TEST_F(Terminal, HasColourUnlessThePersonDoesNotWantIt) {
  EXPECT_TRUE(with_output(terminal_, grader::wants_colour));
  EXPECT_FALSE(with_output(nowhere_, grader::wants_colour));
  ::setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(with_output(terminal_, grader::wants_colour));
  ::unsetenv("NO_COLOR");
}

TEST_F(Terminal, SetsTheWidthOfTheReport) {
  EXPECT_EQ(width(80), 80U);
  EXPECT_EQ(width(60), 60U);
  EXPECT_EQ(width(20), 60U) << "más estrecho no se lee";
  EXPECT_EQ(width(120), 120U);
  EXPECT_EQ(width(300), 120U) << "más ancho tampoco";
  EXPECT_EQ(width(0), grader::usual_width) << "no se sabe";
  EXPECT_EQ(with_output(nowhere_, grader::terminal_width), grader::usual_width);
}

TEST(Printable, ShowsEveryByte) {
  EXPECT_EQ(grader::printable(""), "\"\"");
  EXPECT_EQ(grader::printable("hola, ¿qué tal?"), "\"hola, ¿qué tal?\"");
  EXPECT_EQ(grader::printable({"\n\r\t\0\"\\", 6}), R"("\n\r\t\0\"\\")");
  EXPECT_EQ(grader::printable("\x01\x1b[0m\x7f"), R"("\x01\x1b[0m\x7f")");
  EXPECT_EQ(grader::printable("\xff\xfe ñ€"), R"("\xff\xfe ñ€")");
  EXPECT_EQ(grader::printable("\xc3"), R"("\xc3")") << "le falta un byte";
  EXPECT_EQ(grader::printable("\xc2\x85 \xed\xa0\x80 \xe0\x80\x80"), R"("\xc2\x85 \xed\xa0\x80 \xe0\x80\x80")");
}

TEST(Printable, CutsWhatIsLong) {
  EXPECT_EQ(grader::printable(std::string(60, 'x')), '"' + std::string(60, 'x') + '"');
  EXPECT_EQ(grader::printable(std::string(61, 'x')), '"' + std::string(60, 'x') + "…\" (61 bytes)");
  EXPECT_EQ(grader::printable(std::string(1 << 20, 'x'), 1), "\"x…\" (1.048.576 bytes)");
  EXPECT_EQ(grader::printable("\n\n\n", 5), R"("\n\n…" (3 bytes))") << "cuenta lo que ocupa";
  EXPECT_EQ(grader::printable("12345", 2), "\"12…\" (5 bytes)");
  EXPECT_EQ(grader::printable("añb", 2), "\"añ…\" (4 bytes)") << "un carácter no se parte";
}

TEST(BytesText, IsReadAtAGlance) {
  EXPECT_EQ(grader::bytes_text(0), "0 bytes");
  EXPECT_EQ(grader::bytes_text(1), "1 byte");
  EXPECT_EQ(grader::bytes_text(4096), "4096 bytes");
  EXPECT_EQ(grader::bytes_text(65'536), "65.536 bytes");
  EXPECT_EQ(grader::bytes_text(262'144), "262.144 bytes");
  EXPECT_EQ(grader::bytes_text(67'108'864), "67.108.864 bytes");
}

}  // namespace
