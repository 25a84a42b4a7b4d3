// Los diagramas de una demostración, columna a columna.
#include "demo/stage.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <string>
#include <vector>

#include "grader/text.hpp"

namespace {

using demo::Chart;
using demo::Visit;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::string drawn(const std::vector<Chart>& charts, bool colour = false) {
  std::ostringstream out;
  demo::Stage{out, colour}.charts(charts);
  return out.str();
}

// La fila de un cliente.
std::string row_of(const std::string& name, const std::string& text) {
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    if (line.find(name + " │") != std::string::npos) return line;
  }
  return "no está";
}

Visit visit(const std::string& name, int arrives, int answered, int leaves) {
  return {name, milliseconds{arrives}, milliseconds{answered}, milliseconds{leaves}};
}

TEST(Charts, HaveOneAxisAndOneScale) {
  const std::string text = drawn({{"iterativo: en la cola", {visit("uno", 0, 0, 200), visit("dos", 100, 200, 500)}},
                                  {"hilos: nadie espera", {visit("uno", 0, 10, 200), visit("dos", 100, 110, 400)}}});
  EXPECT_EQ(text, R"(
            ░ espera su primera respuesta   █ conversa y piensa  espera   se va
   iterativo: en la cola                                           total 500 ms
       uno │████████████████████         ┊         ┊         ┊│    0 ms  200 ms
       dos │         ┊░░░░░░░░░░██████████████████████████████│  100 ms  500 ms

   hilos: nadie espera                                             total 400 ms
       uno │░███████████████████         ┊         ┊         ┊│   10 ms  200 ms
       dos │         ┊░█████████████████████████████         ┊│   10 ms  400 ms
           └──────────────────────────────────────────────────┘
           0        100       200       300       400       500  ms
)");
}

TEST(Charts, FitInEightyColumns) {
  const std::string text = drawn({{std::string(100, 'x'), {visit("un nombre larguísimo", 0, 90'000'000, 100'000'000)}},
                                  {"corto", {visit("uno", 0, 0, 1)}}});
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) EXPECT_LE(grader::columns(line), 80U) << line;
}

TEST(Charts, ShowOneClientAlone) {
  EXPECT_EQ(row_of("uno", drawn({{"", {visit("uno", 0, 0, 8)}}})),
            "       uno │██████████████████████████████████████████████████│    0 ms    8 ms");
}

TEST(Charts, AlwaysShowAConversation) {
  const std::string at_once = drawn({{"", {visit("uno", 0, 0, 0), visit("dos", 1000, 1000, 1000)}}});
  EXPECT_EQ(row_of("uno", at_once), "       uno │█        ┊         ┊         ┊         ┊         ┊│    0 ms    0 ms");
  EXPECT_EQ(row_of("dos", at_once), "       dos │         ┊         ┊         ┊         ┊         █│    0 ms 1000 ms");
  EXPECT_EQ(row_of("uno", drawn({{"", {visit("uno", 0, 0, 0)}}})),
            "       uno │█                                                 │    0 ms    0 ms");
}

TEST(Charts, HaveAtMostSixTicksInAUnitThatFits) {
  const auto axis = [](milliseconds end) {
    const std::string text = drawn({{"", {{"uno", {}, {}, end}}}});
    return text.substr(text.rfind('\n', text.size() - 2) + 1);
  };
  EXPECT_EQ(axis(milliseconds{0}), "           0                                                     ms\n");
  EXPECT_EQ(axis(milliseconds{6}), "           0       1        2       3       4        5       6   ms\n");
  EXPECT_EQ(axis(milliseconds{3000}), "           0      500      1000    1500    2000     2500    3000 ms\n");
  EXPECT_EQ(axis(seconds{50}), "           0         10        20        30        40        50  s\n");
}

TEST(Charts, AreReadableWithoutColour) {
  const std::vector<Chart> charts{{"hilos", {visit("uno", 0, 5, 10)}}};
  EXPECT_EQ(drawn(charts).find('\x1b'), std::string::npos);
  std::string coloured = drawn(charts, true);
  EXPECT_NE(coloured.find("\x1b[33m░"), std::string::npos);
  EXPECT_NE(coloured.find("\x1b[32m█"), std::string::npos);
  for (std::size_t at = 0; (at = coloured.find('\x1b')) != std::string::npos;) {
    coloured.erase(at, coloured.find('m', at) + 1 - at);
  }
  EXPECT_EQ(coloured, drawn(charts)) << "el color no mueve nada de sitio";
}

TEST(Times, ChangeUnitWhenTheyAreLong) {
  EXPECT_EQ(demo::text_of(microseconds{0}), "0 ms");
  EXPECT_EQ(demo::text_of(microseconds{1}), "<1 ms");
  EXPECT_EQ(demo::text_of(microseconds{499}), "<1 ms");
  EXPECT_EQ(demo::text_of(microseconds{600}), "1 ms");
  EXPECT_EQ(demo::text_of(milliseconds{9999}), "9999 ms");
  EXPECT_EQ(demo::text_of(microseconds{9'999'499}), "9999 ms");
  EXPECT_EQ(demo::text_of(microseconds{9'999'500}), "10,0 s");
  EXPECT_EQ(demo::text_of(milliseconds{12'345}), "12,3 s");
  EXPECT_EQ(demo::text_of(milliseconds{999'949}), "999,9 s");
  EXPECT_EQ(demo::text_of(milliseconds{999'950}), "1000 s");
  EXPECT_EQ(demo::text_of(hours{24}), "86400 s");
}

TEST(Chart, EndsWithTheLastToLeave) {
  EXPECT_EQ((Chart{"", {visit("uno", 0, 0, 30), visit("dos", 0, 10, 20)}}.total()), milliseconds{30});
  EXPECT_EQ(Chart{}.total(), milliseconds{0});
}

}  // namespace
