#include "master/capacity_report/capacity_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/master/capacity_report/sample_capacity.h"

namespace muster {
namespace {

std::vector<std::string> ChartLines(const CapacityResult& result, TextOptions options) {
  std::vector<std::string> lines;
  std::istringstream text(CapacityChart(TextStyle(options), result));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

constexpr size_t kField = 11;  // where the field begins

TEST(CapacityChartTest, PointsStandWhereTheirLoadAndTimeAre) {
  const auto lines = ChartLines(SampleCapacity(), {.color = false, .width = 85, .unicode = false});
  ASSERT_EQ(lines.size(), kChartRows + 3);
  for (const std::string& line : lines) EXPECT_LE(line.size(), 85u) << line;
  // The highest time is 271 ms, the lowest 12.1 ms; the highest load has its mark at the right end,
  // at the top, where what failed stands.
  EXPECT_EQ(lines[0].substr(0, kField), "    271ms |");
  EXPECT_EQ(lines[0].size(), kField + 72);
  EXPECT_EQ(lines[0].back(), 'x');
  EXPECT_EQ(lines[kChartRows - 1].substr(0, kField), "   12.1ms |");
  EXPECT_EQ(lines[kChartRows - 1][kField], '.') << "the median of the lowest load";
  // The line of 100 ms, a third of the way down, goes through.
  const std::string& objective = lines[4];
  EXPECT_EQ(objective.substr(0, kField), "    100ms |");
  EXPECT_GT(std::count(objective.begin(), objective.end(), '-'), 65);
  // 1,000/s at 48 ms held.
  EXPECT_EQ(lines[6].find('o'), kField);
  // 1,890/s of 1,000 to 3,375 is at 0.523 of the logarithm: column 37 of 72.
  EXPECT_EQ(lines[kChartRows].find('^'), kField + 37);
  EXPECT_THAT(lines[kChartRows + 1], testing::HasSubstr("1,000/s"));
  EXPECT_TRUE(lines[kChartRows + 1].ends_with("3,375/s"));
}

TEST(CapacityChartTest, WithoutUnicodeItIsAscii) {
  for (const std::string& line : ChartLines(SampleCapacity(), {.width = 80, .unicode = false})) {
    for (const char c : line) EXPECT_LT(static_cast<unsigned char>(c), 0x80) << line;
  }
}

TEST(CapacityChartTest, WhatSaysNothingOfTheTargetIsMarkedSo) {
  const auto lines = ChartLines(SampleGeneratorLimited(), {.width = 80, .unicode = false});
  EXPECT_NE(lines[0].find('?'), std::string::npos);
  EXPECT_NE(lines.back().find("void ?"), std::string::npos);
  EXPECT_EQ(lines.back().find("estimate"), std::string::npos) << "there is none";
}

TEST(CapacityChartTest, OneLoadIsNoChart) {
  CapacityResult result = SampleCapacity();
  result.searches[0].levels.resize(1);
  EXPECT_EQ(CapacityChart(TextStyle({}), result), "");
  result.searches[0].levels.clear();
  EXPECT_EQ(CapacityChart(TextStyle({}), result), "");
  EXPECT_EQ(CapacityChart(TextStyle({.width = 20}), SampleCapacity()), "") << "no room";
}

}  // namespace
}  // namespace muster
