#include "master/statistics/share_interval.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/master/statistics/simulated_stage.h"

namespace muster {
namespace {

const std::vector<ShareCount> kNoHits(60, {0, 100});

// Wilson's interval of 81 of 263 at 95 % is [0.2553, 0.3662] (Newcombe, Statistics in Medicine 17,
// 1998, table I, method 3).
TEST(ShareIntervalTest, OfIndependentSamplesItIsWilsons) {
  const Interval interval = WilsonInterval(81.0 / 263, INFINITY, 263);
  EXPECT_NEAR(interval.low, 0.2553, 5e-5);
  EXPECT_NEAR(interval.high, 0.3662, 5e-5);
}

// The same table: 0 of 20 is [0, 0.1611], 1 of 29 is [0.0061, 0.1718]. 29 of 29: n / (n + z^2).
TEST(ShareIntervalTest, NearTheEndsItStaysWithin) {
  EXPECT_EQ(WilsonInterval(0, INFINITY, 20).low, 0);
  EXPECT_NEAR(WilsonInterval(0, INFINITY, 20).high, 0.1611, 5e-5);
  EXPECT_NEAR(WilsonInterval(1.0 / 29, INFINITY, 29).low, 0.0061, 5e-5);
  EXPECT_NEAR(WilsonInterval(1.0 / 29, INFINITY, 29).high, 0.1718, 5e-5);
  EXPECT_EQ(WilsonInterval(1, INFINITY, 29).high, 1);
  EXPECT_NEAR(WilsonInterval(1, INFINITY, 29).low, 0.8830, 5e-5);
}

TEST(ShareIntervalTest, NoHitsAndOnlyHits) {
  const auto none = EstimateShare(kNoHits, kSecond);
  EXPECT_EQ(none->point, 0);
  EXPECT_EQ(none->interval.low, 0);
  EXPECT_NEAR(none->interval.high, 3.8415 / 6'003.8415, 1e-6);
  EXPECT_FALSE(none->optimistic);
  const auto all = EstimateShare(std::vector<ShareCount>(60, {100, 100}), kSecond);
  EXPECT_EQ(all->interval.high, 1);
  EXPECT_NEAR(all->interval.low, 6'000 / 6'003.8415, 1e-6);
}

TEST(ShareIntervalTest, SingleHitsAreNotMarkedAndABurstIs) {
  std::vector<ShareCount> rows = kNoHits;
  for (const size_t row : {3U, 17U, 25U, 48U}) rows[row].hits = 1;
  EXPECT_FALSE(EstimateShare(rows, kSecond)->optimistic);
  rows = kNoHits;
  rows[30].hits = 60;
  const auto burst = EstimateShare(rows, kSecond);
  EXPECT_TRUE(burst->optimistic);
  EXPECT_NEAR(burst->effective * burst->point, 1, 0.05);
  EXPECT_GT(burst->interval.high, 0.04);
}

TEST(ShareIntervalTest, RefusedWithoutSectionsOrData) {
  EXPECT_FALSE(EstimateShare(std::vector<ShareCount>(29, {1, 2}), kSecond).has_value());
  EXPECT_FALSE(EstimateShare(std::vector<ShareCount>(60, {0, 0}), kSecond).has_value());
}

// The share of 400 stages of 60 rows of 20 whose interval holds the true share.
double Coverage(double share) {
  int held = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    StageDraws draws(seed);
    std::vector<ShareCount> rows(60, {0, 20});
    for (ShareCount& row : rows) {
      for (int i = 0; i < 20; ++i) row.hits += draws.Unit() < share;
    }
    held += EstimateShare(rows, kSecond)->interval.Contains(share);
  }
  return held / 400.0;
}

TEST(ShareIntervalTest, IndependentSamplesAreCovered) {
  for (const double share : {0.003, 0.02, 0.3, 0.99}) EXPECT_GE(Coverage(share), 0.93) << share;
  EXPECT_LE(Coverage(0.3), 0.985);
}

}  // namespace
}  // namespace muster
