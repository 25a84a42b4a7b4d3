// Los datos largos: ningún trozo se repite, y de lo que está fuera de su lugar se sabe de dónde ha salido.
#include "grader/long_data.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace {

using grader::origin_of;

const std::string sent = grader::unrepeated_bytes(100'000);

TEST(LongData, NeverRepeatsAPiece) {
  std::set<std::string> pieces;
  for (std::size_t at = 0; at + 8 <= sent.size(); at += 8) pieces.insert(sent.substr(at, 8));
  EXPECT_EQ(pieces.size(), sent.size() / 8);
  EXPECT_EQ(grader::unrepeated_bytes(4095), sent.substr(0, 4095));
  EXPECT_EQ(grader::unrepeated_bytes(0), "");
  EXPECT_EQ(grader::unrepeated_text(sent.size()).find_first_not_of("abcdefghijklmnopqrstuvwxyz"), std::string::npos);
}

TEST(LongData, FindsWhereItDiffers) {
  std::string got = sent;
  got[70'123] = static_cast<char>(~got[70'123]);
  EXPECT_EQ(grader::equal_bytes(sent, got), 70'123U);
  EXPECT_EQ(grader::equal_bytes(sent, sent), sent.size());
  EXPECT_EQ(grader::equal_bytes(sent, sent.substr(0, 10)), 10U);
}

TEST(LongData, SaysThatSomethingIsMissing) {
  const std::string cause = origin_of(sent, 4096, std::string_view{sent}.substr(5000));
  EXPECT_EQ(cause, "se ha perdido algo: 904 bytes tras los primeros 4096");
}

TEST(LongData, SaysThatSomethingComesAgain) {
  EXPECT_EQ(origin_of(sent, 4096, sent), "los bytes desde el 0 llegan otra vez: ya se habían enviado");
}

TEST(LongData, DoesNotGuessWhereOtherBytesComeFrom) {
  EXPECT_EQ(origin_of(sent, 4096, std::string(100, 'x')), "");
  EXPECT_EQ(origin_of(sent, 4096, "x"), "");
  EXPECT_EQ(origin_of(sent, 4096, ""), "");
  EXPECT_EQ(origin_of(sent, sent.size(), sent), "") << "están todos: lo demás sobra";
}

}  // namespace
