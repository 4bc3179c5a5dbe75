#include "master/statistics/effective_samples.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/master/statistics/simulated_stage.h"

namespace muster {
namespace {

SectionCounts Even(uint64_t hits, uint64_t all) {
  SectionCounts counts;
  counts.fill({hits, all});
  return counts;
}

// By hand: P = 0.1; off by 5 in two sections; 10/9 * 50 / 1000^2.
TEST(EffectiveSamplesTest, VarianceOfARatioByHand) {
  SectionCounts counts = Even(10, 100);
  counts[2].hits = 15;
  counts[7].hits = 5;
  EXPECT_NEAR(RatioVariance(counts), 500.0 / 9 / 1e6, 1e-15);
  EXPECT_NEAR(EffectiveSamples(counts), 0.09 / (500.0 / 9 / 1e6), 1e-6);
}

TEST(EffectiveSamplesTest, NothingThatScattersIsWorthAnyNumber) {
  EXPECT_TRUE(std::isinf(EffectiveSamples(Even(10, 100))));
  EXPECT_TRUE(std::isinf(EffectiveSamples(Even(0, 100))));
  EXPECT_TRUE(std::isinf(EffectiveSamples(Even(100, 100))));
  EXPECT_TRUE(std::isinf(EffectiveSamples(Even(0, 0))));
  EXPECT_EQ(RatioVariance(Even(0, 0)), 0);
}

// All hits in one of ten sections are one cluster: worth one hit, whatever their number.
TEST(EffectiveSamplesTest, OneClusterIsWorthOneHit) {
  SectionCounts counts = Even(0, 10'000);
  counts[4].hits = 1'000;
  EXPECT_NEAR(EffectiveSamples(counts) * 0.01, 1, 0.02);
}

TEST(EffectiveSamplesTest, IndependentSamplesAreWorthTheirNumber) {
  StageDraws draws(3);
  double inverse = 0;  // 1 / effective is unbiased
  for (int run = 0; run < 300; ++run) {
    SectionCounts counts = Even(0, 500);
    for (ShareCount& section : counts) {
      for (int i = 0; i < 500; ++i) section.hits += draws.Unit() < 0.2;
    }
    inverse += 1 / EffectiveSamples(counts) / 300;
  }
  EXPECT_NEAR(inverse * 5'000, 1, 0.1);
}

TEST(EffectiveSamplesTest, TenBeyondAreEnoughAndNineAreNot) {
  const Duration minute = Duration::Seconds(60);
  EXPECT_TRUE(JudgeSamples(1'000, INFINITY, 99'000, minute).enough);
  EXPECT_TRUE(JudgeSamples(10'000, INFINITY, 99'900, minute).enough);
  const Sufficiency nine = JudgeSamples(900, INFINITY, 99'000, minute);
  EXPECT_FALSE(nine.enough);
  EXPECT_NEAR(nine.beyond, 9, 1e-9);
  EXPECT_EQ(nine.length_that_would_do, Duration::Seconds(67));
}

TEST(EffectiveSamplesTest, ClustersCountOnceAndTheRarerSideDecides) {
  const Duration minute = Duration::Seconds(60);
  EXPECT_TRUE(JudgeSamples(60'000, 301, 99'000, minute).enough);
  const Sufficiency two = JudgeSamples(60'000, 200, 99'000, minute);
  EXPECT_FALSE(two.enough);
  EXPECT_EQ(two.length_that_would_do, Duration::Seconds(300));
  EXPECT_NEAR(JudgeSamples(60'000, 200, 1'000, minute).beyond, 2, 1e-9);
  EXPECT_NEAR(JudgeSamples(60'000, 200, 50'000, minute).beyond, 100, 1e-9);
}

TEST(EffectiveSamplesTest, ALengthThatWouldDoCanBeCut) {
  EXPECT_EQ(JudgeSamples(950, INFINITY, 99'000, Duration::Seconds(5)).length_that_would_do,
            kMinSectioned);
  EXPECT_EQ(JudgeSamples(1, INFINITY, 99'999, Duration::Seconds(86'400)).length_that_would_do,
            Duration::Seconds(1'000'000'000));
}

}  // namespace
}  // namespace muster
