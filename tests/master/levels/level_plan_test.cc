#include "master/levels/level_plan.h"

#include <gtest/gtest.h>

#include "master/plan/load_flags.h"

namespace muster {
namespace {

LoadedPlan SearchOf(const std::string& source, SearchFlags search, PlanFlags flags = {}) {
  flags.source = source;
  flags.search = std::move(search);
  auto loaded = LoadPlan(
      flags, [](const std::string&, size_t) { return StatusOr<std::string>(NotFound("no file")); },
      7);
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  return *std::move(loaded);
}

Plan Level(const LoadedPlan& search, double load, Duration length, uint64_t number = 0) {
  auto plan = LevelPlan(search, load, length, number);
  EXPECT_TRUE(plan.ok()) << plan.status();
  return *std::move(plan);
}

TEST(LevelPlanTest, ARateIsHeldForTheLevelWithTwoSecondsWorthInFlight) {
  const LoadedPlan search = SearchOf("http://h/", {});
  const Plan plan = Level(search, 1'500.5, Duration::Seconds(10));
  EXPECT_EQ(plan.load_end(), RunTime() + Duration::Seconds(10));
  EXPECT_EQ(plan.total_iterations(), 15'005u);
  EXPECT_EQ(plan.max_in_flight(), 3'001u);
  EXPECT_EQ(plan.connections(), 3'001u);
}

TEST(LevelPlanTest, LimitsThatTheUserSetStay) {
  PlanFlags flags;
  flags.max_in_flight = 64;
  flags.connections = 8;
  const Plan plan = Level(SearchOf("http://h/", {}, flags), 1'500, Duration::Seconds(10));
  EXPECT_EQ(plan.max_in_flight(), 64u);
  EXPECT_EQ(plan.connections(), 8u);
}

TEST(LevelPlanTest, UsersJoinOverTheFirstEighth) {
  const Plan plan =
      Level(SearchOf("http://h/", {.axis = LoadAxis::kUsers}), 80, Duration::Seconds(8));
  EXPECT_EQ(plan.load_end(), RunTime() + Duration::Seconds(8));
  EXPECT_EQ(plan.users().peak(), 80u);
  EXPECT_EQ(plan.users().UsersAt(RunTime() + Duration::Millis(500)), 40u);
  EXPECT_EQ(plan.users().UsersAt(RunTime() + Duration::Seconds(1)), 80u);
  EXPECT_EQ(plan.connections(), 80u);
}

TEST(LevelPlanTest, EachObjectiveHasARuleThatEndsAHopelessLevel) {
  const LoadedPlan search = SearchOf(
      "http://h/",
      {.objectives = {*ParseObjective("within(100ms) >= 99%"), *ParseObjective("error_rate < 90%"),
                      *ParseObjective("dropped_syns == 0")}});
  const std::vector<Threshold> thresholds =
      Level(search, 100, Duration::Seconds(12)).spec().thresholds;
  ASSERT_EQ(thresholds.size(), 4u) << "dropped SYNs are no threshold";
  EXPECT_FALSE(thresholds[0].abort || thresholds[1].abort);
  EXPECT_TRUE(thresholds[2].abort && thresholds[3].abort);
  EXPECT_EQ(thresholds[2].abort_after, Duration::Seconds(4));
  EXPECT_NEAR(thresholds[2].limit, 1 - kHopelessShare, 1e-12);
  EXPECT_DOUBLE_EQ(thresholds[3].limit, 0.9) << "never sooner than the objective itself";
}

TEST(LevelPlanTest, TheDrainIsTwiceTheLongestObjectiveOnTime) {
  const auto drain = [](const char* objective) {
    return Level(SearchOf("http://h/", {.objectives = {*ParseObjective(objective)}}), 100,
                 Duration::Seconds(5))
        .spec()
        .drain;
  };
  EXPECT_EQ(drain("within(100ms) >= 99%"), Duration::Seconds(2));
  EXPECT_EQ(drain("within(3s) >= 99%"), Duration::Seconds(6));
  EXPECT_EQ(drain("within(30s) >= 99%"), Duration::Seconds(10)) << "the plan's own";
  EXPECT_EQ(drain("error_rate < 1%"), Duration::Seconds(10)) << "nothing says what is long";
}

TEST(LevelPlanTest, EachLevelDrawsAnew) {
  const LoadedPlan search = SearchOf("http://h/", {});
  EXPECT_EQ(Level(search, 100, Duration::Seconds(5), 0).spec().seed, 7u);
  EXPECT_EQ(Level(search, 100, Duration::Seconds(5), 3).spec().seed, 10u);
}

TEST(LevelPlanTest, ARareArrivalMakesALevelLongerWithinAQuarterOfTheBudget) {
  const Duration asked = Duration::Seconds(2), budget = Duration::Seconds(60);
  EXPECT_EQ(LevelLength(true, 100, asked, budget), asked);
  EXPECT_EQ(LevelLength(true, 0.8, asked, budget), Duration::Seconds(10));
  EXPECT_EQ(LevelLength(true, 0.5, asked, budget), std::nullopt) << "16 of 60 s";
  EXPECT_EQ(LevelLength(false, 1, asked, budget), asked) << "a user is always there";
}

TEST(LevelPlanTest, ALoadThatNoPlanCanHaveIsAnError) {
  EXPECT_FALSE(LevelPlan(SearchOf("http://h/", {}), 1e9, Duration::Seconds(5), 0).ok());
  const LoadedPlan users = SearchOf("http://h/", {.axis = LoadAxis::kUsers});
  EXPECT_FALSE(LevelPlan(users, 2e6, Duration::Seconds(5), 0).ok());
}

}  // namespace
}  // namespace muster
