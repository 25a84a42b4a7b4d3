// Entregas que se parecen: una copia disfrazada se ve; quien responde por su cuenta, o no responde, no sale.
#include "autograder/likeness.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "../scaffolding/temp_folder.hpp"
#include "autograder/digest.hpp"
#include "grader/compile.hpp"

using autograder::find_alike;
using autograder::Likeness;
using autograder::read_file;

namespace {

namespace fs = std::filesystem;

const fs::path kit = grader::lab_folder(1).parent_path().parent_path();
const fs::path solutions = kit / "solutions";
const fs::path wheats = kit / "tests" / "wheats";

std::string renamed(std::string text) {
  for (const auto& [from, to] : {std::pair{"descriptor", "d"},
                                 {"buffer", "trozo"},
                                 {"count", "cuantos"},
                                 {"line", "l"},
                                 {"sent", "van"},
                                 {"data", "x"}}) {
    text = std::regex_replace(text, std::regex{std::string{"\\b"} + from + "\\b"}, to);
  }
  return "// Es mío.\n" + std::regex_replace(text, std::regex{"\n  "}, "\n\t\t");
}

class Alike : public testing::Test {
protected:
  void SetUp() override {
    if (std::system("command -v sim_c++ >/dev/null") != 0) GTEST_SKIP() << "falta similarity-tester";
  }

  TempFolder folder;
  fs::path solution = solutions / grader::lab_folder(4).filename() / "lab4.cpp";
};

TEST_F(Alike, ACopyWithOtherNamesAndLayoutIsSeen) {
  const fs::path copy = folder.write("copia.cpp", renamed(read_file(solution)));
  const auto pairs = find_alike(4, {{"ana", solution}, {"bruno", wheats / "lab4" / "c_style.cpp"}, {"carla", copy}});
  ASSERT_EQ(pairs.size(), 1U);
  EXPECT_EQ(pairs[0].lab, 4);
  EXPECT_EQ(pairs[0].first, "ana");
  EXPECT_EQ(pairs[0].second, "carla");
  EXPECT_GE(pairs[0].percent, 90);
}

// Las respuestas correctas de tests/wheats son de otra forma: ninguna es copia de otra.
TEST_F(Alike, IndependentAnswersAreNot) {
  for (int lab = 1; lab <= 7; ++lab) {
    std::vector<std::pair<std::string, fs::path>> files;
    for (const auto& entry : fs::directory_iterator{wheats / ("lab" + std::to_string(lab))}) {
      files.emplace_back(entry.path().stem().string(), entry.path());
    }
    for (const Likeness& pair : find_alike(lab, files)) {
      ADD_FAILURE() << "lab" << lab << ": " << pair.first << " y " << pair.second << ", " << pair.percent << " %";
    }
  }
}

// Quien no ha escrito nada comparte con los demás lo que reparte el kit, y eso no cuenta.
TEST_F(Alike, TheStarterIsLikeNobody) {
  const fs::path starter = grader::lab_folder(4) / "lab4.cpp";
  EXPECT_TRUE(find_alike(4, {{"ana", starter}, {"bruno", starter}, {"carla", solution}}).empty());
}

TEST_F(Alike, OneStudentOrNoneIsLikeNobody) {
  EXPECT_TRUE(find_alike(4, {{"ana", solution}}).empty());
  EXPECT_TRUE(find_alike(4, {}).empty());
}

// Un nombre de estudiante es solo un nombre: no llega a ninguna orden.
TEST_F(Alike, NamesAreOnlyNames) {
  const fs::path copy = folder.write("copia.cpp", renamed(read_file(solution)));
  const auto pairs = find_alike(4, {{"$(touch x) 1.cpp consists", solution}, {"/ -o /tmp/x", copy}});
  ASSERT_EQ(pairs.size(), 1U);
  EXPECT_EQ(pairs[0].second, "/ -o /tmp/x");
}

}  // namespace
