#include "master/report/sparkline.h"

#include <gtest/gtest.h>

#include <vector>

namespace muster {
namespace {

const TextStyle kUnicode({.color = false, .width = 80, .unicode = true});
const TextStyle kAscii({.color = false, .width = 80, .unicode = false});

TEST(SparklineTest, HeightsAreSharesOfTheHighest) {
  const std::vector<SparkBar> bars = {{1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}};
  EXPECT_EQ(Sparkline(kUnicode, bars, 8), "▁▂▃▄▅▆▇█");
  EXPECT_EQ(Sparkline(kAscii, bars, 8), ".:-=+*#@");
}

TEST(SparklineTest, TheNewestStandOnTheRightAndTheOldestFallOut) {
  const std::vector<SparkBar> bars = {{1000}, {4}, {8}};
  EXPECT_EQ(Sparkline(kUnicode, bars, 5), "  █▁▁");
  EXPECT_EQ(Sparkline(kUnicode, bars, 2), "▄█") << "the scale is that of what is shown";
  EXPECT_EQ(Sparkline(kUnicode, bars, 0), "");
}

TEST(SparklineTest, NothingIsEmptyAndALittleIsNotNothing) {
  const std::vector<SparkBar> bars = {{0}, {1e-9}, {1}};
  EXPECT_EQ(Sparkline(kUnicode, bars, 3), " ▁█");
  EXPECT_EQ(Sparkline(kUnicode, std::vector<SparkBar>{{0}, {0}}, 2), "  ");
}

TEST(SparklineTest, AFailedSecondIsACrossEvenWithoutColour) {
  const std::vector<SparkBar> bars = {{1}, {0, true}, {9, true}};
  EXPECT_EQ(Sparkline(kAscii, bars, 3), ".xx");
  const TextStyle color({.color = true, .width = 80, .unicode = true});
  EXPECT_EQ(TextWidth(Sparkline(color, bars, 3)), 3u);
  EXPECT_NE(Sparkline(color, bars, 3).find("\x1b[1;31m×"), std::string::npos);
}

}  // namespace
}  // namespace muster
