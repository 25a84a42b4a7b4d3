// Dos textos que no son iguales: uno debajo del otro, con una señal en el primer byte distinto.
#include "grader/mismatch.hpp"

#include <gtest/gtest.h>

#include <string>

#include "grader/long_data.hpp"
#include "grader/text.hpp"

namespace {

using grader::Mismatch;

constexpr std::size_t narrow = 59;  // lo que queda en una terminal de 80 columnas

std::string shown(const Mismatch& mismatch, std::size_t width = narrow) {
  const grader::Aligned lines = mismatch.aligned(width);
  return '\n' + lines.expected + '\n' + lines.observed + '\n' + lines.mark + '\n';
}

std::string shown(const std::string& expected, const std::string& observed) {
  return shown(Mismatch{expected, observed});
}

TEST(TheMark, IsUnderTheFirstWrongByte) {
  EXPECT_EQ(shown("100 OK", "100 0K"), R"(
"100 OK"
"100 0K"
     ^ aquí
)");
  EXPECT_EQ(shown("100 OK", "200 OK"), R"(
"100 OK"
"200 OK"
 ^ aquí
)");
}

TEST(TheMark, IsAfterTheLastByteIfSomethingIsMissing) {
  EXPECT_EQ(shown("100 OK", "100"), R"(
"100 OK"
"100"
    ^ aquí faltan 3 bytes
)");
  EXPECT_EQ(shown("100 OK", "100 O"), R"(
"100 OK"
"100 O"
      ^ aquí falta 1 byte
)");
  EXPECT_EQ(shown("100 OK", ""), R"(
"100 OK"
""
 ^ aquí faltan 6 bytes
)");
}

TEST(TheMark, TellsAMissingEndOfLine) {
  EXPECT_EQ(shown("100 OK\n", "100 OK"), R"(
"100 OK\n"
"100 OK"
       ^ aquí falta el fin de línea
)");
  EXPECT_EQ(shown("100 OK\r\n", "100 OK\r"), R"(
"100 OK\r\n"
"100 OK\r"
         ^ aquí falta el fin de línea
)");
}

TEST(TheMark, TellsWhatIsTooMuch) {
  EXPECT_EQ(shown("100 OK", "100 OK\r"), R"(
"100 OK"
"100 OK\r"
       ^ desde aquí sobra
)");
}

// Una columna no es un byte: «\r» ocupa dos, «\x01» cuatro, y «ñ», que son dos bytes, una.
TEST(TheMark, CountsColumnsAfterEscaping) {
  EXPECT_EQ(shown({"\0\x01\r\"\\x", 6}, {"\0\x01\r\"\\y", 6}), R"(
"\0\x01\r\"\\x"
"\0\x01\r\"\\y"
             ^ aquí
)");
  EXPECT_EQ(shown("año €: sí", "año €: si"), R"(
"año €: sí"
"año €: si"
         ^ aquí
)");
}

// «ñ» y «ó» solo se distinguen en el segundo byte: la señal no cae en medio del carácter.
TEST(TheMark, IsNeverInsideACharacter) {
  const Mismatch mismatch{"año", "aóo"};
  EXPECT_EQ(mismatch.first_wrong_byte(), 2U);
  EXPECT_EQ(shown(mismatch), R"(
"año"
"aóo"
  ^ aquí
)");
  EXPECT_EQ(shown("aña", "a\xc3"), R"(
"aña"
"a\xc3"
      ^ aquí faltan 2 bytes
)");
}

// De lo largo se ve lo que rodea a la diferencia, y cuánto es todo.
TEST(LongMismatch, IsCutAroundTheDifference) {
  const std::string expected = grader::unrepeated_text(1 << 20);
  std::string observed = expected;
  observed[700'000] = '!';
  EXPECT_EQ(shown(expected, observed), '\n' + std::string{"\"…"} + expected.substr(700'000 - 18, 37) +
                                           "…\" (1.048.576 bytes)\n\"…" + observed.substr(700'000 - 18, 37) +
                                           "…\" (1.048.576 bytes)\n" + std::string(20, ' ') +
                                           "^ aquí, tras 700.000 bytes iguales\n");
}

TEST(LongMismatch, FitsInItsWidthWhereverTheDifferenceIs) {
  const std::string expected = grader::unrepeated_bytes(5000);
  for (const std::size_t width : std::initializer_list<std::size_t>{39, 59, 79, 99}) {
    for (std::size_t place = 0; place <= expected.size(); place += place < 200 || place >= 4800 ? 1 : 97) {
      std::string observed = expected;
      if (place < expected.size()) observed[place] = static_cast<char>(~observed[place]);
      if (place == expected.size()) observed += "de más";
      for (const std::string& came : {observed, expected.substr(0, place)}) {
        if (came == expected) continue;
        const grader::Aligned lines = Mismatch{expected, came}.aligned(width);
        ASSERT_LE(grader::columns(lines.expected), width) << lines.expected;
        ASSERT_LE(grader::columns(lines.observed), width) << lines.observed;
        const std::string before = lines.mark.substr(0, lines.mark.find('^'));
        ASSERT_LT(grader::columns(before), grader::columns(lines.observed)) << lines.observed << '\n' << lines.mark;
      }
    }
  }
}

// Si a la derecha de la señal no cabe la palabra, va a la izquierda.
TEST(LongMismatch, PutsTheWordWhereItFits) {
  EXPECT_EQ(shown(std::string(50, 'x') + '1', std::string(50, 'x') + '2'),
            '\n' + ('"' + std::string(50, 'x')) + "1\"\n\"" + std::string(50, 'x') + "2\"\n" + std::string(51, ' ') +
                "^ aquí\n");
  EXPECT_EQ(shown(std::string(55, 'x') + '1', std::string(55, 'x') + '2'),
            '\n' + ('"' + std::string(55, 'x')) + "1\"\n\"" + std::string(55, 'x') + "2\"\n" + std::string(51, ' ') +
                "aquí ^\n");
}

TEST(LongMismatch, KeepsTheWholeOfTheShortSide) {
  EXPECT_EQ(shown("100 OK", "100 OK" + std::string(100, 'x')), R"(
"100 OK"
"100 OKxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…" (106 bytes)
       ^ desde aquí sobra
)");
}

// De lo que todavía está llegando no se dice cuánto es.
TEST(LongMismatch, DoesNotTellTheLengthOfWhatIsStillComing) {
  const std::string expected = grader::unrepeated_text(100'000);
  Mismatch mismatch{expected, 50'000, std::string(100, '!')};
  EXPECT_NE(mismatch.aligned(narrow).observed.find("(50.100 bytes)"), std::string::npos);
  mismatch.has_more();
  EXPECT_EQ(mismatch.aligned(narrow).observed.find("bytes"), std::string::npos);
  EXPECT_NE(mismatch.aligned(narrow).expected.find("(100.000 bytes)"), std::string::npos);
}

TEST(MismatchText, TellsWhereAndWhatHappenedAfterwards) {
  Mismatch mismatch{"300 DRCV\n", "300", "en la salida estándar"};
  mismatch.then("después, nada");
  EXPECT_EQ(mismatch.expected_text(), R"(en la salida estándar: "300 DRCV\n")");
  EXPECT_EQ(mismatch.observed_text(), R"("300"; después, nada)");
  EXPECT_EQ(mismatch.first_wrong_byte(), 3U);
}

}  // namespace
