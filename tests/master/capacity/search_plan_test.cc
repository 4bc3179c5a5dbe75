#include "master/capacity/search_plan.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

SearchOptions OfBudget(int seconds) {
  SearchOptions options;
  options.allowed = {0.01};
  options.budget = Duration::Seconds(seconds);
  return options;
}

TEST(SearchPlanTest, PartsFitIntoTheBudget) {
  for (const int seconds : {10, 30, 60, 300, 600, 7'200}) {
    const SearchOptions options = OfBudget(seconds);
    const SearchPlan plan = PlanSearch(options);
    const Duration coarse = options.budget / 4;
    const HoldPlan holds = PlanHolds(options, coarse);
    EXPECT_LE(plan.confirm, Duration::Seconds(60));
    EXPECT_LE(
        coarse + holds.length * static_cast<int64_t>(holds.holds) + plan.confirm + plan.beyond,
        options.budget)
        << seconds;
    EXPECT_LE(holds.holds, 8U);
  }
  EXPECT_EQ(PlanSearch(OfBudget(300)).confirm, Duration::Seconds(60));
}

TEST(SearchPlanTest, WithoutTimeThereAreNoHolds) {
  EXPECT_EQ(PlanHolds(OfBudget(60), Duration::Seconds(59)).holds, 0U);
  EXPECT_EQ(HoldLength(OfBudget(60), Duration::Seconds(59), 0), Duration());
}

TEST(SearchPlanTest, WhatALevelCostsBesideItsLengthIsCounted) {
  SearchOptions options = OfBudget(300);
  const Duration plain = HoldLength(options, Duration::Seconds(60), 5);
  options.level_cost = Duration::Seconds(3);
  EXPECT_LT(HoldLength(options, Duration::Seconds(60), 5), plain - Duration::Seconds(3));
}

TEST(SearchPlanTest, ShortLevelsShowThreeOfWhatIsAllowed) {
  const SearchOptions options = OfBudget(300);
  EXPECT_EQ(ShortLength(options, 10), Duration::Seconds(5));  // at most a sixtieth
  EXPECT_EQ(ShortLength(options, 100), Duration::Seconds(4));
  EXPECT_EQ(ShortLength(options, 1'000), options.shortest);
}

TEST(SearchPlanTest, LoadsAreRound) {
  SearchOptions options = OfBudget(300);
  EXPECT_EQ(RoundLoad(options, 1234.56), 1235);
  EXPECT_EQ(RoundLoad(options, 123'456), 123'500);
  EXPECT_EQ(RoundLoad(options, 1.23456), 1.235);
  EXPECT_EQ(RoundLoad(options, 1e-9), 1e-3);
  options.closed = true;
  EXPECT_EQ(RoundLoad(options, 3.5), 4);
  EXPECT_EQ(RoundLoad(options, 0.2), 1);
}

}  // namespace
}  // namespace muster
