// La barra de progreso: en una terminal se redibuja; en un archivo, pocas líneas y enteras.
#include "autograder/progress_bar.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

using autograder::duration_text;
using autograder::ProgressBar;
using std::chrono::seconds;

namespace {

TEST(ProgressBar, TellsDurationsAsAPersonWould) {
  EXPECT_EQ(duration_text(0.4), "0 s");
  EXPECT_EQ(duration_text(59.6), "1 min 0 s");
  EXPECT_EQ(duration_text(200), "3 min 20 s");
  EXPECT_EQ(duration_text(3900), "1 h 5 min");
}

TEST(ProgressBar, InAFileWritesTenLinesWithRateAndRemainingTime) {
  std::ostringstream stream;
  ProgressBar bar{stream, false, 200};
  for (int i = 1; i <= 200; ++i) {
    bar.advance(seconds{i});
    bar.refresh(seconds{i});
  }
  bar.clear();
  const std::string text = stream.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10);
  EXPECT_EQ(text.substr(0, text.find('\n')), "20/200 · 60,0 por minuto · quedan 3 min 0 s");
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_NE(text.find("200/200 · 60,0 por minuto\n"), std::string::npos);
}

TEST(ProgressBar, InATerminalItIsRedrawnInPlace) {
  std::ostringstream stream;
  ProgressBar bar{stream, true, 4};
  bar.refresh(seconds{1});
  bar.advance(seconds{30});
  bar.clear();
  EXPECT_EQ(stream.str().find('\n'), std::string::npos);
  EXPECT_NE(stream.str().find("\r\x1b[K██████░"), std::string::npos);
  EXPECT_NE(stream.str().find("1/4 · 2,0 por minuto · quedan 1 min 30 s"), std::string::npos);
}

}  // namespace
