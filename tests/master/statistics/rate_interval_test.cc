#include "master/statistics/rate_interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/master/statistics/simulated_stage.h"

namespace muster {
namespace {

// By hand: sections at 100/s and 110/s in turns: mean 105, deviation 5, sample deviation
// 5 sqrt(10/9), of the mean 5/3.
TEST(RateIntervalTest, ByHand) {
  std::vector<uint64_t> completed;
  for (size_t i = 0; i < 60; ++i) completed.push_back(i / 6 % 2 == 0 ? 100 : 110);
  const auto rate = EstimateRate(completed, kSecond);
  EXPECT_DOUBLE_EQ(rate->point, 105);
  EXPECT_NEAR(rate->interval.low, 105 - 2.262157 * 5 / 3, 1e-9);
  EXPECT_NEAR(rate->interval.high, 105 + 2.262157 * 5 / 3, 1e-9);
}

TEST(RateIntervalTest, IsPerSecondWhateverTheRow) {
  const auto rate = EstimateRate(std::vector<uint64_t>(300, 5), Duration::Millis(100));
  EXPECT_NEAR(rate->point, 50, 1e-9);
  EXPECT_NEAR(rate->interval.low, rate->interval.high, 1e-9);
  EXPECT_FALSE(rate->optimistic);
}

TEST(RateIntervalTest, NeverBelowZeroAndRefusedWithoutSections) {
  std::vector<uint64_t> completed(60, 0);
  EXPECT_EQ(EstimateRate(completed, kSecond)->point, 0);
  completed[30] = 60;
  EXPECT_EQ(EstimateRate(completed, kSecond)->interval.low, 0);
  completed.resize(29);
  EXPECT_FALSE(EstimateRate(completed, kSecond).has_value());
}

TEST(RateIntervalTest, ADriftingRateIsMarked) {
  std::vector<uint64_t> completed;
  for (size_t i = 0; i < 60; ++i) completed.push_back(100 + i);
  EXPECT_TRUE(EstimateRate(completed, kSecond)->optimistic);
}

// One user whose calls take an exponential time of 10 ms: 100/s.
TEST(RateIntervalTest, CoversTheRateOfAClosedRun) {
  int held = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    StageDraws draws(seed);
    std::vector<uint64_t> completed(60, 0);
    for (double now = 0; now < 60; now += 0.01 * draws.Exponential()) {
      ++completed[static_cast<size_t>(now)];
    }
    held += EstimateRate(completed, kSecond)->interval.Contains(100);
  }
  EXPECT_GE(held, 372);  // 93 %
  EXPECT_LE(held, 388);  // 97 %
}

}  // namespace
}  // namespace muster
