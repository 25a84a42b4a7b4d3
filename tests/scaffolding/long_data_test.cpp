// Los datos largos: ningún trozo se repite, y una diferencia se explica con el lugar y con lo que ha pasado.
#include "grader/long_data.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace {

using grader::Difference;
using grader::explain_difference;

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
  const Difference end = explain_difference(sent, 4096, "");
  EXPECT_EQ(end.observed, "llegaron 4096 bytes de 100000 y nada más");
  const Difference middle = explain_difference(sent, 4096, std::string_view{sent}.substr(5000));
  EXPECT_NE(middle.cause.find("904 bytes"), std::string::npos) << middle.cause;
}

TEST(LongData, SaysThatSomethingComesAgain) {
  const Difference again = explain_difference(sent, 4096, sent);
  EXPECT_NE(again.cause.find("otra vez"), std::string::npos) << again.cause;
}

TEST(LongData, DoesNotGuessWhereOtherBytesComeFrom) {
  EXPECT_EQ(explain_difference(sent, 4096, std::string(100, 'x')).cause, "");
  EXPECT_EQ(explain_difference(sent, 4096, "x").cause, "");
}

TEST(LongData, SaysThatThereIsSomethingMore) {
  EXPECT_EQ(explain_difference(sent, sent.size(), "de más").observed, "llegaron todos y, además, \"de más\"");
}

}  // namespace
