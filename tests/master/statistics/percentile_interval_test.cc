#include "master/statistics/percentile_interval.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/master/statistics/simulated_stage.h"

namespace muster {
namespace {

PercentileEstimate Estimate(const StageRows& stage, uint32_t percentile) {
  return EstimatePercentile(*CutIntoSections(stage.views(), stage.row_length()), percentile)
      .value();
}

// Ten sections of three rows; the levels of the sections are given, each all one value.
StageRows Levels(const std::vector<int64_t>& ns) {
  StageRows stage(30, Duration::Seconds(1));
  for (size_t i = 0; i < 30; ++i) stage.row(i).RecordMany(ns[i / 3], 100);
  return stage;
}

// By hand: five sections at 1 ms, five at 2 ms; the median is the upper edge of 1 ms' bucket, L.
// Deviations of logarithms: 0 five times, about ln 2 five times; sqrt(5 ln^2 2 / 90) = 0.1634.
TEST(PercentileIntervalTest, ByHand) {
  const PercentileEstimate p50 =
      Estimate(Levels({1'000'000, 2'000'000, 1'000'000, 2'000'000, 1'000'000, 2'000'000, 1'000'000,
                       2'000'000, 1'000'000, 2'000'000}),
               kP50);
  const double half = 2.262157 * std::sqrt(5 * std::log(2) * std::log(2) / 90);
  EXPECT_NEAR(p50.point_ns, 1e6, 1e3);
  EXPECT_NEAR(p50.interval->low, 1e6 * std::exp(-half), 2e3);
  EXPECT_NEAR(p50.interval->high, 1e6 * std::exp(half), 2e3);
}

TEST(PercentileIntervalTest, EndsAreTheEdgesOfBucketsAndHoldThePoint) {
  StageRows stage(60, Duration::Seconds(1));
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SimulateQueue(500, 0.7, seed, &stage);
    for (const uint32_t p : {1'000U, 50'000U, 90'000U, 99'000U}) {
      const PercentileEstimate estimate = Estimate(stage, p);
      const auto low = static_cast<int64_t>(estimate.interval->low);
      const auto high = static_cast<int64_t>(estimate.interval->high);
      EXPECT_EQ(Histogram::LowestInSlot(Histogram::SlotOf(low)), low);
      EXPECT_EQ(Histogram::HighestInSlot(Histogram::SlotOf(high)), high);
      EXPECT_TRUE(estimate.interval->Contains(estimate.point_ns));
    }
  }
}

TEST(PercentileIntervalTest, OneValueHasTheWidthOfItsBucket) {
  const PercentileEstimate p99 = Estimate(Levels(std::vector<int64_t>(10, 5'000'000)), kP99);
  const size_t slot = Histogram::SlotOf(5'000'000);
  EXPECT_EQ(p99.interval->low, static_cast<double>(Histogram::LowestInSlot(slot)));
  EXPECT_EQ(p99.interval->high, static_cast<double>(Histogram::HighestInSlot(slot)));
  EXPECT_FALSE(p99.optimistic);
  EXPECT_TRUE(p99.samples.enough);
}

TEST(PercentileIntervalTest, LatenciesOfNothingAndBeyondTheRange) {
  EXPECT_EQ(Estimate(Levels(std::vector<int64_t>(10, 0)), kP99).interval, (Interval{0, 1}));
  const PercentileEstimate day =
      Estimate(Levels(std::vector<int64_t>(10, 24 * Histogram::kHighest)), kP99);
  EXPECT_GE(day.point_ns, static_cast<double>(Histogram::kHighest)) << "saturated";
  EXPECT_TRUE(day.interval->Contains(day.point_ns));
}

TEST(PercentileIntervalTest, NoDataAndTooFew) {
  StageRows stage(30, Duration::Seconds(1));
  const auto empty = CutIntoSections(stage.views(), stage.row_length());
  EXPECT_FALSE(EstimatePercentile(*empty, kP99).has_value());
  for (size_t i = 0; i < 30; ++i) FillRow(i, 33, 0.01, &stage);  // 990
  EXPECT_FALSE(Estimate(stage, kP99).interval.has_value());
  EXPECT_FALSE(Estimate(stage, kP99).samples.enough);
  EXPECT_TRUE(Estimate(stage, kP50).interval.has_value());
  FillRow(0, 10, 0.01, &stage);  // 1,000
  EXPECT_TRUE(Estimate(stage, kP99).interval.has_value());
  EXPECT_FALSE(Estimate(stage, 100'000).interval.has_value());
  EXPECT_TRUE(Estimate(stage, 100'000).samples.enough);
}

// 0.8 % fail, in two of ten sections: the p99 is a number, but the share that ranks above could be
// large enough for it to be "failed".
TEST(PercentileIntervalTest, FailuresThatReachThePercentileOpenTheUpperEnd) {
  StageRows stage(60, Duration::Seconds(1));
  SimulateIndependent(1'000, 0.01, 1, &stage);
  for (const size_t row : {7U, 40U}) stage.Fail(row, 240);
  const PercentileEstimate p99 = Estimate(stage, kP99);
  EXPECT_LT(p99.point_ns, 1e9);
  EXPECT_EQ(p99.interval->high, kRankFailed);
  EXPECT_LT(p99.interval->low, p99.point_ns);
  EXPECT_TRUE(p99.optimistic) << "two clusters";
  EXPECT_LT(Estimate(stage, kP50).interval->high, 1e9);
}

TEST(PercentileIntervalTest, AmongTheFailedTheLowerEndMayBeANumberStill) {
  StageRows stage(60, Duration::Seconds(1));
  SimulateIndependent(1'000, 0.01, 1, &stage);
  for (size_t row = 0; row < 60; ++row) stage.Fail(row, row % 6 == 0 ? 62 : row % 2 == 0 ? 3 : 0);
  PercentileEstimate p99 = Estimate(stage, kP99);
  EXPECT_EQ(p99.point_ns, kRankFailed);
  EXPECT_EQ(p99.interval->high, kRankFailed);
  for (size_t row = 0; row < 60; ++row) stage.Fail(row, 100);
  p99 = Estimate(stage, kP99);
  EXPECT_EQ(p99.interval->low, kRankFailed) << "a tenth of all failed, throughout";
}

TEST(PercentileIntervalTest, ASilentSectionIsMarked) {
  StageRows stage(60, Duration::Seconds(1));
  SimulateIndependent(1'000, 0.01, 1, &stage);
  for (size_t row = 18; row < 24; ++row) stage.row(row).Clear();
  const PercentileEstimate p50 = Estimate(stage, kP50);
  EXPECT_TRUE(p50.optimistic);
  EXPECT_TRUE(p50.interval->Contains(0.01e9 * std::log(2)));
}

TEST(PercentileIntervalTest, AWanderingLevelIsMarked) {
  StageRows stage(60, Duration::Seconds(1));
  int marked = 0;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SimulateWandering(0.02, 0.3, 0.75, seed, &stage);
    marked += Estimate(stage, kP50).optimistic;
  }
  EXPECT_GE(marked, 45);
}

TEST(PercentileIntervalTest, BorderlineIsALimitInTheInterval) {
  const Interval interval{90, 110};
  EXPECT_TRUE(interval.Contains(90));
  EXPECT_TRUE(interval.Contains(110));
  EXPECT_FALSE(interval.Contains(111));
  EXPECT_TRUE((Interval{90, kRankFailed}).Contains(1e18));
}

}  // namespace
}  // namespace muster
