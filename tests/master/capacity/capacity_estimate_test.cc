#include "master/capacity/capacity_estimate.h"

#include <gtest/gtest.h>

#include "tests/master/capacity/level_builder.h"

namespace muster {
namespace {

const std::vector<double> kOne{0.01};

std::vector<JudgedLevel> Levels() {
  return {MadeLevel(90, 30, true, 30), MadeLevel(100, 30, true, 90),
          MadeLevel(110, 30, false, 300)};
}

TEST(CapacityEstimateTest, NothingWithoutABracket) {
  EXPECT_FALSE(EstimateCapacity({}, kOne, 0.05, 1).has_value());
  std::vector<JudgedLevel> levels = Levels();
  levels.pop_back();
  EXPECT_FALSE(EstimateCapacity(levels, kOne, 0.05, 1).has_value());
}

TEST(CapacityEstimateTest, HoldsItsEstimateAndIsWiderTheLessMayBeWrong) {
  const auto at5 = EstimateCapacity(Levels(), kOne, 0.05, 1);
  const auto at1 = EstimateCapacity(Levels(), kOne, 0.01, 1);
  ASSERT_TRUE(at5.has_value());
  EXPECT_NEAR(at5->load, 101, 1.5);
  EXPECT_TRUE(at5->interval.Contains(at5->load));
  EXPECT_LT(at1->interval.low, at5->interval.low);
  EXPECT_EQ(at5->limited_by, (Limit{LimitKind::kObjective, 0}));
}

TEST(CapacityEstimateTest, TheLowestObjectiveLimits) {
  std::vector<JudgedLevel> levels = Levels();
  for (JudgedLevel& level : levels) {
    level.judgement.objectives.insert(level.judgement.objectives.begin(),
                                      MadeLevel(1, 1, true).judgement.objectives[0]);
  }
  const std::vector<double> two{0.01, 0.01};
  EXPECT_EQ(EstimateCapacity(levels, two, 0.05, 1)->limited_by, (Limit{LimitKind::kObjective, 1}));
}

TEST(CapacityEstimateTest, WhereNoneIsAllowedLevelsBracket) {
  const std::vector<double> none{0};
  const auto estimate = EstimateCapacity(
      std::vector<JudgedLevel>{MadeLevel(80, 30, true), MadeLevel(120, 30, false, 1)}, none, 0.05,
      1);
  ASSERT_TRUE(estimate.has_value());
  EXPECT_EQ(estimate->interval, (Interval{80, 120}));
  EXPECT_EQ(estimate->slope, 0);
}

}  // namespace
}  // namespace muster
