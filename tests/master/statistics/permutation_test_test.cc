#include "master/statistics/permutation_test.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/master/statistics/simulated_stage.h"

namespace muster {
namespace {

using Figures = std::vector<double>;

Figures Draw(size_t n, double factor, StageDraws* draws) {
  Figures figures;
  for (size_t i = 0; i < n; ++i) figures.push_back(factor * (1 + 0.1 * draws->Unit()));
  return figures;
}

TEST(PermutationTest, SplitsAreBinomials) {
  EXPECT_EQ(CountSplits(4, 4), 70U);
  EXPECT_EQ(CountSplits(5, 7), 792U);
  EXPECT_EQ(CountSplits(10, 10), kMaxExactSplits);
  EXPECT_EQ(CountSplits(500, 500), 1'000'000'000'000'000'000U);
}

TEST(PermutationTest, FewerThanFourAgainstFourIsNoComparison) {
  EXPECT_FALSE(CompareRuns(Figures{1, 2, 3}, Figures{4, 5, 6, 7}).has_value());
  EXPECT_FALSE(CompareRuns(Figures{1, 2, 3, 4}, Figures{4, 5, 6}).has_value());
  EXPECT_TRUE(CompareRuns(Figures{1, 2, 3, 4}, Figures{4, 5, 6, 7}).has_value());
}

// All of one side above all of the other: one split of 70.
TEST(PermutationTest, TheClearestCaseOfFourAgainstFour) {
  const auto c = CompareRuns(Figures{1, 2, 3, 4}, Figures{10, 20, 30, 40});
  EXPECT_EQ(c->splits, 70U);
  EXPECT_TRUE(c->exact);
  EXPECT_NEAR(c->ratio, 10, 1e-9);
  EXPECT_DOUBLE_EQ(c->p_higher, 1.0 / 70);
  EXPECT_DOUBLE_EQ(c->p_lower, 1);
  EXPECT_DOUBLE_EQ(c->p_differs, 2.0 / 70);
  EXPECT_NEAR(c->ratio_interval.low, 10.0 / 4, 1e-9) << "the smallest shift: 4 for 10";
  EXPECT_NEAR(c->ratio_interval.high, 40, 1e-9) << "the largest: 1 for 40";
  EXPECT_TRUE(c->IsHigherBy(0.05, 0.05));
  EXPECT_FALSE(c->IsHigherBy(9.5, 0.05)) << "beyond the size asked";
  EXPECT_FALSE(c->IsHigherBy(0.05, 0.01)) << "not that significant";
  EXPECT_FALSE(c->IsLowerBy(0.05, 0.05));
}

TEST(PermutationTest, FiguresThatAreAllAlike) {
  const auto c = CompareRuns(Figures(5, 0.1), Figures(5, 0.1));
  EXPECT_EQ(c->ratio, 1);
  EXPECT_EQ(c->p_higher, 1);
  EXPECT_EQ(c->p_lower, 1);
  EXPECT_EQ(c->p_differs, 1);
  EXPECT_TRUE(c->ratio_interval.Contains(1));
}

// By brute force over masks, with logarithms that are whole numbers.
TEST(PermutationTest, AgreesWithCountingAllSplits) {
  const std::vector<int> logs = {3, 1, 4, 1, 5, 9, 2, 6, 5};  // 4 and 5
  Figures base, changed;
  for (size_t i = 0; i < logs.size(); ++i) (i < 4 ? base : changed).push_back(std::exp(logs[i]));
  int total = 0, happened = 0, at_least = 0, at_most = 0;
  for (size_t i = 4; i < 9; ++i) happened += logs[i];
  for (unsigned mask = 0; mask < 512; ++mask) {
    if (__builtin_popcount(mask) != 5) continue;
    int in = 0;
    for (unsigned i = 0; i < 9; ++i) in += (mask >> i & 1) != 0 ? logs[i] : 0;
    ++total;
    at_least += in >= happened;
    at_most += in <= happened;
  }
  const auto c = CompareRuns(base, changed);
  EXPECT_EQ(c->splits, static_cast<uint64_t>(total));
  EXPECT_DOUBLE_EQ(c->p_higher, static_cast<double>(at_least) / total);
  EXPECT_DOUBLE_EQ(c->p_lower, static_cast<double>(at_most) / total);
}

TEST(PermutationTest, ExchangingTheSidesTurnsTheAnswerRound) {
  StageDraws draws(1);
  for (int i = 0; i < 20; ++i) {
    const Figures a = Draw(5, 1, &draws), b = Draw(6, 1.05, &draws);
    const auto ab = CompareRuns(a, b), ba = CompareRuns(b, a);
    EXPECT_NEAR(ab->ratio * ba->ratio, 1, 1e-12);
    EXPECT_DOUBLE_EQ(ab->p_higher, ba->p_lower);
    EXPECT_NEAR(ab->ratio_interval.low * ba->ratio_interval.high, 1, 1e-12);
  }
}

// The interval is of the ratios that the test would not reject.
TEST(PermutationTest, TheIntervalInvertsTheTest) {
  StageDraws draws(2);
  const Figures base = Draw(6, 1, &draws), changed = Draw(6, 1.1, &draws);
  const Interval interval = CompareRuns(base, changed)->ratio_interval;
  const auto p_at = [&](double ratio) {
    Figures undone = changed;
    for (double& x : undone) x /= ratio;
    const auto c = CompareRuns(base, undone);
    return std::min(c->p_higher, c->p_lower);
  };
  for (const double end : {interval.low, interval.high}) {
    const double inwards = end == interval.low ? 1 + 1e-9 : 1 - 1e-9;
    EXPECT_GT(p_at(end * inwards), 0.025);
    EXPECT_LE(p_at(end / inwards), 0.025);
  }
}

TEST(PermutationTest, ElevenAgainstElevenAreDrawnAndAgreeWithTheSeed) {
  StageDraws draws(3);
  const Figures base = Draw(11, 1, &draws), changed = Draw(11, 1.02, &draws);
  const auto a = CompareRuns(base, changed, 5), b = CompareRuns(base, changed, 5);
  EXPECT_FALSE(a->exact);
  EXPECT_LE(a->splits, kSampledSplits + 1);
  EXPECT_EQ(a->p_higher, b->p_higher);
  EXPECT_EQ(a->ratio_interval, b->ratio_interval);
  const auto other = CompareRuns(base, changed, 6);
  EXPECT_NEAR(other->p_higher, a->p_higher, 0.01);
  EXPECT_NEAR(other->ratio_interval.low, a->ratio_interval.low, 0.002);
  EXPECT_GT(CompareRuns(base, Draw(11, 5, &draws))->p_higher, 0) << "never 0";
}

// Where nothing differs, 5 % of comparisons say so at most, and 95 % of intervals hold 1 at least.
TEST(PermutationTest, KeepsItsSignificance) {
  StageDraws draws(4);
  int higher = 0, differs = 0, held = 0;
  for (int i = 0; i < 2'000; ++i) {
    const Figures base = Draw(4, 1, &draws), changed = Draw(4, 1, &draws);
    const auto c = CompareRuns(base, changed);
    higher += c->p_higher <= 0.05;
    differs += c->p_differs <= 0.05;
    held += c->ratio_interval.Contains(1);
  }
  EXPECT_LE(higher, 100 + 25);
  EXPECT_GE(higher, 60) << "3 of 70 splits are 4.3 %";
  EXPECT_LE(differs, 100);
  EXPECT_GE(held, 1'900);
}

TEST(PermutationDeathTest, FiguresAreAboveZeroAndFinite) {
  const Figures good(4, 1.0);
  EXPECT_DEATH(CompareRuns(good, Figures{1, 2, 0, 3}), "CHECK failed");
  EXPECT_DEATH(CompareRuns(good, Figures{1, 2, kRankFailed, 3}), "CHECK failed");
}

}  // namespace
}  // namespace muster
