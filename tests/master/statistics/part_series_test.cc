#include "master/statistics/part_series.h"

#include <gtest/gtest.h>

#include "tests/master/statistics/simulated_stage.h"

namespace muster {
namespace {

TEST(PartSeriesTest, APartIsTheLogarithmOfItsRowsMean) {
  StageRows stage(120, kSecond);  // two rows a part
  for (size_t i = 0; i < 120; ++i) stage.row(i).RecordMany(i % 2 == 0 ? 1'000 : 4'000, 1 + i % 2);
  const PartSeries series = LogMeanSeries(stage.views());
  ASSERT_EQ(series.values.size(), kMaxParts);
  for (const double value : series.values) EXPECT_DOUBLE_EQ(value, NaturalLog(3'000));
  EXPECT_EQ(series.first_row[7], 14U);
}

TEST(PartSeriesTest, FewRowsAreTheirOwnParts) {
  StageRows stage(20, kSecond);
  for (size_t i = 0; i < 20; ++i) stage.row(i).Record(100);
  EXPECT_EQ(LogMeanSeries(stage.views()).values.size(), 20U);
}

TEST(PartSeriesTest, PartsWithoutARecordAreLeftOutAndNothingIsBelowANanosecond) {
  StageRows stage(3, kSecond);
  stage.Fail(0, 9);
  stage.row(2).Record(0);
  const PartSeries series = LogMeanSeries(stage.views());
  EXPECT_EQ(series.values, std::vector<double>{0});
  EXPECT_EQ(series.first_row, std::vector<size_t>{2});
}

// By hand: deviations from 10.5 are -9.5 ... 9.5, sum of squares 665, of neighbours' products
// 565.25.
TEST(PartSeriesTest, NeighbourCorrelationOfALine) {
  std::vector<double> line;
  for (int i = 1; i <= 20; ++i) line.push_back(i);
  EXPECT_DOUBLE_EQ(NeighbourCorrelation(line), 565.25 / 665);
  line.pop_back();
  EXPECT_EQ(NeighbourCorrelation(line), 0) << "too few";
}

TEST(PartSeriesTest, ValuesThatAreAllTheSameDoNotCorrelate) {
  EXPECT_EQ(NeighbourCorrelation(std::vector<double>(60, NaturalLog(12'345))), 0);
}

// The share of series of `n` independent values that look correlated.
double FalseMarks(size_t n) {
  StageDraws draws(n);
  int marked = 0;
  for (int run = 0; run < 4'000; ++run) {
    std::vector<double> values;
    for (size_t i = 0; i < n; ++i) values.push_back(draws.Unit());
    marked += NeighbourCorrelation(values) > kCorrelated;
  }
  return marked / 4'000.0;
}

TEST(PartSeriesTest, IndependentValuesRarelyLookCorrelated) {
  EXPECT_LE(FalseMarks(60), 0.002);
  EXPECT_LE(FalseMarks(30), 0.015);
  EXPECT_LE(FalseMarks(20), 0.033);
}

TEST(PartSeriesTest, AWanderingLevelLooksCorrelated) {
  StageRows stage(60, kSecond);
  int marked = 0;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SimulateWandering(0.02, 0.3, 0.75, seed, &stage);
    marked += NeighbourCorrelation(LogMeanSeries(stage.views()).values) > kCorrelated;
  }
  EXPECT_GE(marked, 45);
}

}  // namespace
}  // namespace muster
