#include "master/levels/level_observation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "master/levels/level_plan.h"
#include "master/results/summary_builder.h"
#include "tests/master/results/fixture.h"

namespace muster {
namespace {

// A level of 100/s for 10 s, whose batches a test makes up.
class LevelObservationTest : public testing::Test {
 protected:
  void Begin(const std::vector<std::string>& objectives, LoadAxis axis = LoadAxis::kRate) {
    SearchFlags search{.axis = axis};
    for (const std::string& text : objectives) {
      auto objective = ParseObjective(text);
      ASSERT_TRUE(objective.ok()) << text;
      search.objectives.push_back(*std::move(objective));
    }
    PlanFlags flags;
    flags.source = "http://h/";
    flags.search = std::move(search);
    auto loaded = LoadPlan(
        flags, [](const std::string&, size_t) { return StatusOr<std::string>(NotFound("-")); }, 7);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    objectives_ = loaded->objectives;
    auto plan = LevelPlan(*loaded, 100, Duration::Seconds(10), 0);
    ASSERT_TRUE(plan.ok()) << plan.status();
    plan_ = std::make_shared<const Plan>(*std::move(plan));
    merger_.emplace(plan_, 1);
  }

  Cell& At(int tenth) { return cells_[CellKey{static_cast<uint32_t>(tenth), 0, 0}]; }
  void Complete(int tenth, int64_t ms, int times = 1, int64_t lag_ms = 0, uint16_t status = 200) {
    for (int i = 0; i < times; ++i) {
      AddCompleted(&At(tenth), ms * 1'000'000, plan_->within_limits(), lag_ms * 1'000'000, status);
    }
  }
  // Ten a tenth of a second, over the whole level.
  void CompleteAll(int64_t ms, int64_t lag_ms = 0) {
    for (int i = 0; i < 100; ++i) Complete(i, ms, 10, lag_ms);
  }

  LevelObservation Observe(Duration length = Duration::Seconds(10)) {
    EXPECT_TRUE(merger_->Accept(0, MakeBatch(1, std::move(cells_), 20'000, true)).ok());
    SessionFacts facts;
    facts.load_end = RunTime() + length;
    facts.ended = RunTime() + length + Duration::Seconds(1);
    facts.workers.push_back({.name = "w1", .clock_offset = {}, .clock_error = {}});
    const RunSummary summary = BuildSummary(*merger_, facts);
    return ObserveLevel(*merger_, summary, objectives_, 100, Duration::Seconds(12));
  }

  static ShareCount Sum(const LevelObservation& level, size_t objective) {
    ShareCount sum;
    for (const LevelRow& row : level.rows) sum.Add(row.bad[objective]);
    return sum;
  }

  std::vector<Objective> objectives_;
  std::shared_ptr<const Plan> plan_;
  std::optional<RunMerger> merger_;
  CellMap cells_;
};

TEST_F(LevelObservationTest, EveryDueIsJudgedOnceInItsRow) {
  Begin({"within(100ms) >= 99%", "error_rate < 1%"});
  CompleteAll(20);
  Complete(50, 200, 3);
  AddFailed(&At(51), ErrorClass::kTimeout);
  AddNotStarted(&At(52), NotStarted::kMaxInFlight, 2);
  Complete(53, 20, 4, 0, 503);
  const LevelObservation level = Observe();
  ASSERT_EQ(level.rows.size(), 100u);
  EXPECT_EQ(level.row_length, Duration::Millis(100));
  EXPECT_EQ(level.rows[50].bad[0].hits, 3u);
  EXPECT_EQ(level.rows[51].bad[0].hits, 1u);
  EXPECT_EQ(level.rows[52].bad[0].hits, 2u);
  EXPECT_EQ(level.rows[53].bad[0].hits, 0u) << "within is about time alone";
  EXPECT_EQ(Sum(level, 0).all, 1'010u);
  EXPECT_EQ(Sum(level, 1).hits, 5u);
  EXPECT_EQ(Sum(level, 1).all, 1'008u) << "what was not started is no error";
  EXPECT_EQ(level.errors, 5u);
  EXPECT_EQ(level.spent, Duration::Seconds(12));
  EXPECT_FALSE(level.generator_limited) << level.generator_reason;
}

TEST_F(LevelObservationTest, WhatEndsInTheDrainCountsInTheLastRow) {
  Begin({"within(100ms) >= 99%"});
  CompleteAll(20);
  Complete(103, 900, 7);
  const LevelObservation level = Observe();
  ASSERT_EQ(level.rows.size(), 100u);
  EXPECT_EQ(level.rows[99].bad[0].hits, 7u);
  EXPECT_EQ(level.rows[99].completed, 17u);
}

TEST_F(LevelObservationTest, WhatTheDrainCutIsLateAndNoError) {
  Begin({"within(100ms) >= 99%", "error_rate < 1%"});
  CompleteAll(20);
  for (int i = 0; i < 5; ++i) AddFailed(&At(119), ErrorClass::kDrainCut);
  const LevelObservation level = Observe();
  EXPECT_EQ(Sum(level, 0).hits, 5u);
  EXPECT_EQ(Sum(level, 1).hits, 0u);
  EXPECT_EQ(level.errors, 0u);
}

TEST_F(LevelObservationTest, WithoutAnObjectiveOnTimeWhatTheDrainCutIsAnError) {
  Begin({"error_rate < 1%"});
  CompleteAll(20);
  for (int i = 0; i < 5; ++i) AddFailed(&At(119), ErrorClass::kDrainCut);
  EXPECT_EQ(Sum(Observe(), 0).hits, 5u);
}

TEST_F(LevelObservationTest, DroppedSynsAreSlowConnectsAndThoseWithoutAnAnswer) {
  Begin({"dropped_syns == 0"});
  CompleteAll(20);
  At(3).counts.slow_connect = 2;
  At(3).counts.connects = 9;
  AddFailed(&At(70), ErrorClass::kConnectTimeout);
  const LevelObservation level = Observe();
  EXPECT_EQ(level.dropped_syns, 3u);
  EXPECT_EQ(Sum(level, 0).hits, 3u);
  EXPECT_EQ(Sum(level, 0).all, 9u);
  EXPECT_EQ(level.rows.back().bad[0].hits, 3u);
}

TEST_F(LevelObservationTest, DeliveredLeavesOutTheWarmUpAndWhatWasNotExpected) {
  Begin({"error_rate < 1%"});
  for (int i = 0; i < 25; ++i) Complete(i, 20, 50);
  for (int i = 25; i < 100; ++i) {
    Complete(i, 20, 8);
    Complete(i, 20, 2, 0, 503);
  }
  EXPECT_NEAR(Observe().delivered_per_s, 80, 1e-9);
}

TEST_F(LevelObservationTest, APartOfARowAtTheEndJoinsTheLastWholeOne) {
  Begin({"within(100ms) >= 99%"});
  CompleteAll(20);
  const LevelObservation level = Observe(Duration::Millis(9'950));
  EXPECT_EQ(level.rows.size(), 99u) << "a part of a row joins the last whole one";
  EXPECT_EQ(level.rows[98].completed, 20u);
  EXPECT_EQ(level.length, Duration::Millis(9'950));
}

TEST_F(LevelObservationTest, APercentileAmongTheFailedIsInfinite) {
  Begin({"within(100ms) >= 99%"});
  for (int i = 0; i < 100; ++i) {
    Complete(i, 20, 9);
    AddFailed(&At(i), ErrorClass::kTimeout);
  }
  const LevelObservation level = Observe();
  EXPECT_NEAR(level.p50_ns, 20e6, 0.1e6);
  EXPECT_TRUE(std::isinf(level.p99_ns));
}

TEST_F(LevelObservationTest, ALoadThatTheGeneratorDidNotMakeSaysNothing) {
  Begin({"within(100ms) >= 99%"});
  CompleteAll(20);
  AddNotStarted(&At(40), NotStarted::kLate, 5);
  const LevelObservation level = Observe();
  EXPECT_TRUE(level.generator_limited) << "5 of 1,005, though the objective holds";
  EXPECT_NE(level.generator_reason.find("did not deliver"), std::string::npos);
}

TEST_F(LevelObservationTest, ItsOwnLagIsNoFailureOfTheTarget) {
  Begin({"within(100ms) >= 99%"});
  CompleteAll(150, 140);
  const LevelObservation level = Observe();
  EXPECT_TRUE(level.generator_limited);
  EXPECT_FALSE(level.generator_reason.empty());
}

TEST_F(LevelObservationTest, WhoIsLateToStartMayBeAsLateToRead) {
  Begin({"within(100ms) >= 99%"});
  CompleteAll(150, 12);
  const LevelObservation level = Observe();
  EXPECT_TRUE(level.generator_limited) << "though 138 ms would have been too late, too";
  EXPECT_NE(level.generator_reason.find("12.0ms late at p99"), std::string::npos)
      << level.generator_reason;
}

TEST_F(LevelObservationTest, ALagThatIsSmallBesideTheObjectiveIsNoMatter) {
  Begin({"within(100ms) >= 99%"});
  CompleteAll(150, 9);
  EXPECT_FALSE(Observe().generator_limited);
}

TEST_F(LevelObservationTest, LagInALevelThatHoldsIsNoMatter) {
  Begin({"within(100ms) >= 99%"});
  for (int i = 0; i < 10; ++i) Complete(i, 150, 10, 140);  // in the warm-up
  for (int i = 10; i < 100; ++i) Complete(i, 90, 10, 60);
  EXPECT_FALSE(Observe().generator_limited);
}

TEST_F(LevelObservationTest, ASlowTargetIsItsOwnFault) {
  Begin({"within(100ms) >= 99%"});
  CompleteAll(150);
  const LevelObservation level = Observe();
  EXPECT_FALSE(level.generator_limited) << level.generator_reason;
  EXPECT_EQ(Sum(level, 0).hits, 1'000u);
}

}  // namespace
}  // namespace muster
