// La política: plazos, descuentos e intentos; y qué se dice cuando el archivo está mal.
#include "autograder/policy.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "../scaffolding/temp_folder.hpp"

using autograder::Policy;
using autograder::read_instant;
using autograder::read_policy;

namespace {

Policy policy_of(const std::string& text) {
  const TempFolder folder;
  return read_policy(folder.write("política.json", text));
}

std::string complaint(const std::string& text) {
  try {
    policy_of(text);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "la aceptó";
}

TEST(Policy, ReadsDatesWithEveryZone) {
  const auto noon = read_instant("2026-10-01T12:00:00Z");
  ASSERT_TRUE(noon);
  EXPECT_EQ(noon->time_since_epoch().count(), 1790856000);
  for (const char* same : {"2026-10-01T14:00:00+02:00", "2026-10-01 09:30:00 -0230", "2026-10-01 12:00 UTC",
                           "2026-10-01T12:00:00.123456Z", "2026-10-01T12:00Z"}) {
    EXPECT_EQ(read_instant(same), noon) << same;
  }
  for (const char* wrong : {"", "ayer", "2026-13-01T12:00Z", "2026-02-30T12:00Z", "2026-10-01T24:00Z", "2026-10-01"}) {
    EXPECT_FALSE(read_instant(wrong)) << wrong;
  }
}

TEST(Policy, TakesOffForEachDayBegunUpToTheMaximum) {
  const Policy policy = policy_of(
      R"({"deadlines": {"1": "2026-10-01T12:00Z"}, "penalty": {"percent": 10, "per": "day", "maximum": 25}})");
  EXPECT_EQ(policy.late_percent(1, "2026-10-01T12:00:00Z"), 0);
  EXPECT_EQ(policy.late_percent(1, "2026-10-01T12:00:01Z"), 10);
  EXPECT_EQ(policy.late_percent(1, "2026-10-02T12:00:00Z"), 10);
  EXPECT_EQ(policy.late_percent(1, "2026-10-02T12:00:01Z"), 20);
  EXPECT_EQ(policy.late_percent(1, "2026-12-01T12:00:00Z"), 25);
  EXPECT_EQ(policy.late_percent(2, "2026-12-01T12:00:00Z"), 0) << "el laboratorio 2 no tiene plazo";
  EXPECT_EQ(policy.late_percent(1, ""), 0) << "no se sabe cuándo se entregó";
}

TEST(Policy, ForgivesTheGraceAndThenCountsFromTheDeadline) {
  const Policy policy = policy_of(
      R"({"deadlines": {"1": "2026-10-01T12:00Z"}, "penalty": {"percent": 5, "per": "hour"}, "grace_minutes": 90})");
  EXPECT_EQ(policy.late_percent(1, "2026-10-01T13:30:00Z"), 0);
  EXPECT_EQ(policy.late_percent(1, "2026-10-01T13:30:01Z"), 10);
}

TEST(Policy, WithoutAFileTheLastAttemptCountsAndNothingIsTakenOff) {
  const Policy policy = policy_of("{}");
  EXPECT_EQ(policy.attempts, Policy::Attempts::last);
  EXPECT_EQ(policy.late_percent(1, "2026-10-01T12:00Z"), 0);
  EXPECT_EQ(policy_of(R"({"attempts": "best", "max_attempts": 3})").max_attempts, 3);
  EXPECT_EQ(policy_of(R"({"attempts": "best"})").attempts, Policy::Attempts::best);
}

// Una clave mal escrita cambiaría notas sin que nadie lo notara.
TEST(Policy, NamesTheKeyThatIsWrong) {
  const auto complains = [](const std::string& text, const std::string& about) {
    EXPECT_NE(complaint(text).find(about), std::string::npos) << text << '\n' << complaint(text);
  };
  complains(R"({"deadline": {}})", "«deadline»");
  complains(R"({"penalty": {"percent": 10, "each": "day"}})", "«each»");
  complains(R"({"penalty": {"per": "day"}})", "«percent»");
  complains(R"({"penalty": {"percent": 101}})", "«percent»");
  complains(R"({"penalty": {"percent": 10, "per": "week"}})", "«per»");
  complains(R"({"attempts": "first"})", "«attempts»");
  complains(R"({"max_attempts": 0})", "«max_attempts»");
  complains(R"({"max_attempts": 2.5})", "«max_attempts»");
  complains(R"({"grace_minutes": "15"})", "«grace_minutes»");
  complains(R"({"deadlines": {"lab1": "2026-10-01T12:00Z"}})", "«lab1»");
  complains(R"({"deadlines": {"1": "mañana"}})", "mañana");
  complains(R"({"deadlines": []})", "deadlines");
  complains("[]", "objeto");
  complains("{", "no es JSON");
  EXPECT_THROW(read_policy("/no/está"), std::runtime_error);
}

}  // namespace
