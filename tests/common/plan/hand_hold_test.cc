// Holds in isolation, and the law that they must not break: a plan with one hold more is the same
// plan for all that is due before that hold, to the nanosecond.
#include "common/plan/hand_hold.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "common/base/random.h"
#include "common/plan/arrivals.h"
#include "common/plan/load_profile.h"
#include "common/plan/plan.h"
#include "common/plan/stage_spans.h"
#include "common/plan/user_profile.h"

namespace muster {
namespace {

RunTime HoldAt(int64_t ns) { return RunTime::FromNanos(ns); }

// The seed's draws, in the order asked for.
class Draws {
 public:
  explicit Draws(uint64_t seed) : seed_(seed) {}
  int64_t Below(int64_t bound) {
    return static_cast<int64_t>(RandomBelow(static_cast<uint64_t>(bound),
                                            RandomBits(seed_, RandomStream::kRequest, ++drawn_)));
  }

 private:
  uint64_t seed_;
  uint64_t drawn_ = 0;
};

// Ramps of any slope, rates of odd fractions, stretches of rate 0.
std::vector<RateSegment> DrawRates(Draws* draws) {
  std::vector<RateSegment> segments;
  const int64_t count = 1 + draws->Below(4);
  for (int64_t i = 0; i < count; ++i) {
    const auto rate = [&] {
      return draws->Below(4) == 0 ? Rate{0} : Rate{draws->Below(400 * Rate::kPerSecond)};
    };
    const Rate from = rate();
    const Rate to = draws->Below(2) == 0 ? from : rate();
    segments.push_back(
        {from, to, Duration::Nanos(1 + draws->Below(9'000'000'000)), static_cast<uint16_t>(i)});
  }
  return segments;
}

// The next hold: directly after the last one, or later; before `end`.
HandHold DrawHold(Draws* draws, const std::vector<HandHold>& holds, RunTime end) {
  const RunTime free = holds.empty() ? RunTime() : holds.back().at + holds.back().length;
  const int64_t room = (end - free).nanos();
  const RunTime at =
      room <= 0 || draws->Below(3) == 0 ? free : free + Duration::Nanos(draws->Below(room));
  return {at, Duration::Nanos(1 + draws->Below(4'000'000'000))};
}

TEST(HandHoldTest, PlanTimeStandsStillInAHold) {
  const HeldTime held =
      HeldTime::Create({{HoldAt(10), Duration::Nanos(5)}, {HoldAt(20), Duration::Nanos(2)}},
                       HoldAt(30))
          .value();
  EXPECT_EQ(held.total(), Duration::Nanos(7));
  const std::vector<std::pair<int64_t, int64_t>> run_to_plan = {
      {-1, -1}, {9, 9},   {10, 10}, {14, 10}, {15, 10},
      {16, 11}, {20, 15}, {21, 15}, {22, 15}, {23, 16}};
  for (const auto& [run, plan] : run_to_plan) EXPECT_EQ(held.ToPlan(HoldAt(run)), HoldAt(plan));
  const std::vector<std::pair<int64_t, int64_t>> plan_to_run = {
      {9, 9}, {10, 10}, {11, 16}, {15, 20}, {16, 23}};
  for (const auto& [plan, run] : plan_to_run) EXPECT_EQ(held.ToRun(HoldAt(plan)), HoldAt(run));
}

TEST(HandHoldTest, HoldsOnEndAreOneStop) {
  const HeldTime held = HeldTime::Create({{HoldAt(10), Duration::Nanos(5)},
                                          {HoldAt(15), Duration::Nanos(5)},
                                          {HoldAt(21), Duration::Nanos(1)}},
                                         HoldAt(30))
                            .value();
  ASSERT_EQ(held.stops().size(), 2U);
  EXPECT_EQ(held.stops()[0], (HeldTime::Stop{HoldAt(10), HoldAt(10), Duration::Nanos(10)}));
  EXPECT_EQ(held.stops()[1], (HeldTime::Stop{HoldAt(21), HoldAt(11), Duration::Nanos(1)}));
}

TEST(HandHoldTest, WhatIsOutsideTheLimitsIsRefused) {
  const auto refused = [](std::vector<HandHold> holds) {
    return !HeldTime::Create(holds, HoldAt(100)).ok();
  };
  const Duration one = Duration::Nanos(1);
  EXPECT_FALSE(refused({{HoldAt(0), one}, {HoldAt(1), one}, {HoldAt(101), one}}));
  EXPECT_TRUE(refused({{HoldAt(-1), one}}));
  EXPECT_TRUE(refused({{HoldAt(0), Duration()}}));
  EXPECT_TRUE(refused({{HoldAt(100), one}}));
  EXPECT_TRUE(refused({{HoldAt(5), one}, {HoldAt(5), one}}));
  EXPECT_TRUE(refused({{HoldAt(5), Duration::Max()}}));
  EXPECT_TRUE(refused({{HoldAt(5), one}, {HoldAt(6), Duration::Seconds(30 * 24 * 3600)}}));
  std::vector<HandHold> many;
  for (size_t i = 0; i < kMaxHandHolds; ++i) many.push_back({HoldAt(static_cast<int64_t>(i)), one});
  EXPECT_FALSE(refused(many));
  many.push_back({many.back().at + one, one});
  EXPECT_TRUE(refused(many));
}

// The law, for even and Poisson arrivals, on profiles of a few numbers, which are one short block,
// and of thousands.
TEST(HandHoldTest, WhatIsDueBeforeAHoldIsTheSameWithIt) {
  uint64_t before = 0, moved = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Draws draws(seed);
    const std::vector<RateSegment> segments = DrawRates(&draws);
    std::vector<HandHold> holds;
    LoadProfile profile = LoadProfile::Create(segments).value();
    for (int step = 0; step < 6; ++step) {
      holds.push_back(DrawHold(&draws, holds, profile.end()));
      if (holds.back().at >= profile.end()) break;
      const LoadProfile amended = LoadProfile::Create(segments, holds).value();
      EXPECT_EQ(amended.end(), profile.end() + holds.back().length);
      EXPECT_GE(amended.total(), profile.total());
      for (const ArrivalKind kind : {ArrivalKind::kEven, ArrivalKind::kPoisson}) {
        Arrivals old(profile, kind, seed, UINT64_MAX);
        Arrivals now(amended, kind, seed, UINT64_MAX);
        for (uint64_t k = 0; k < now.total(); ++k) {
          const RunTime due = now.DueTime(k);
          const bool was_due_before = k < old.total() && old.DueTime(k) < holds.back().at;
          ASSERT_EQ(due < holds.back().at, was_due_before) << seed << ' ' << k;
          if (was_due_before) {
            ASSERT_EQ(due, old.DueTime(k)) << seed << ' ' << k;
          }
          ++(was_due_before ? before : moved);
        }
      }
      profile = amended;
    }
  }
  EXPECT_GT(before, 100'000U);
  EXPECT_GT(moved, 100'000U);
}

TEST(HandHoldTest, ArrivalsStayInOrderBeforeTheEndAndCountAsDue) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Draws draws(seed);
    const std::vector<RateSegment> segments = DrawRates(&draws);
    std::vector<HandHold> holds;
    LoadProfile profile = LoadProfile::Create(segments).value();
    for (int step = 0; step < 4; ++step) {
      const HandHold hold = DrawHold(&draws, holds, profile.end());
      if (hold.at >= profile.end()) break;
      holds.push_back(hold);
      profile = LoadProfile::Create(segments, holds).value();
    }
    Arrivals poisson(profile, ArrivalKind::kPoisson, seed, UINT64_MAX);
    RunTime last, last_poisson;
    for (uint64_t k = 0; k < profile.total(); ++k) {
      const RunTime due = profile.DueTime(k);
      ASSERT_GE(due, last) << seed << ' ' << k;
      ASSERT_GE(profile.DueBy(due), k + 1) << seed << ' ' << k;
      if (due > RunTime()) {
        ASSERT_LE(profile.DueBy(due - Duration::Nanos(1)), k) << seed;
      }
      ASSERT_GE(poisson.DueTime(k), last_poisson) << seed << ' ' << k;
      last = due;
      last_poisson = poisson.DueTime(k);
    }
    EXPECT_LT(std::max(last, last_poisson), std::max(profile.end(), HoldAt(1)));
    EXPECT_EQ(profile.DueBy(profile.end()), profile.total());
  }
}

TEST(HandHoldTest, AHoldAddsItsLengthAtTheRateOfItsMoment) {
  const Rate top = Rate::PerSecond(100);
  const std::vector<RateSegment> ramp = {{Rate{0}, top, Duration::Seconds(10), 0},
                                         {top, top, Duration::Seconds(10), 1}};
  const LoadProfile held =
      LoadProfile::Create(ramp, {{RunTime() + Duration::Seconds(4), Duration::Seconds(5)},
                                 {RunTime() + Duration::Seconds(9), Duration::Seconds(5)}})
          .value();
  EXPECT_EQ(held.total(), 500U + 1'000U + 400U);
  EXPECT_EQ(held.end(), RunTime() + Duration::Seconds(30));
  const std::vector<RateSegment> expected = {
      {Rate{0}, Rate::PerSecond(40), Duration::Seconds(4), 0},
      {Rate::PerSecond(40), Rate::PerSecond(40), Duration::Seconds(10), 0},
      {Rate::PerSecond(40), top, Duration::Seconds(6), 0},
      {top, top, Duration::Seconds(10), 1}};
  EXPECT_EQ(held.segments(), expected);
  EXPECT_EQ(held.At(RunTime() + Duration::Seconds(13)), Rate::PerSecond(40));
  EXPECT_EQ(held.At(RunTime() + Duration::Seconds(17)), Rate::PerSecond(70));
  EXPECT_EQ(held.StageAt(RunTime() + Duration::Seconds(19)), 0);
  EXPECT_EQ(held.StageAt(RunTime() + Duration::Seconds(20)), 1);
}

TEST(HandHoldTest, AtRateZeroAHoldAddsNothing) {
  const LoadProfile held =
      LoadProfile::Create({{Rate::PerSecond(5), Rate::PerSecond(5), Duration::Seconds(2), 0},
                           {Rate{0}, Rate::PerSecond(10), Duration::Seconds(2), 0}},
                          {{RunTime() + Duration::Seconds(2), Duration::Seconds(3)}})
          .value();
  EXPECT_EQ(held.total(), 20U);
  EXPECT_EQ(held.DueTime(9), RunTime() + Duration::Millis(1800));
  EXPECT_EQ(held.DueTime(10), RunTime() + Duration::Seconds(5));
}

// Users, every ns: those of the plan's time.
TEST(HandHoldTest, InAHoldNobodyJoinsAndNobodyLeaves) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Draws draws(seed);
    std::vector<UserSegment> segments;
    for (int64_t i = 0; i <= draws.Below(4); ++i) {
      const auto from = static_cast<uint32_t>(draws.Below(9));
      const auto to = draws.Below(3) == 0 ? from : static_cast<uint32_t>(draws.Below(9));
      segments.push_back({from, to, Duration::Nanos(1 + draws.Below(25)), 0});
    }
    const UserProfile plain = UserProfile::Create(segments).value();
    const std::vector<HandHold> holds = {
        {HoldAt(draws.Below(plain.end().nanos())), Duration::Nanos(1 + draws.Below(9))}};
    const UserProfile held = UserProfile::Create(segments, holds).value();
    ASSERT_EQ(held.end(), plain.end() + holds[0].length);
    for (int64_t t = 0; t < held.end().nanos(); ++t) {
      ASSERT_EQ(held.UsersAt(HoldAt(t)), plain.UsersAt(held.held().ToPlan(HoldAt(t)))) << seed;
      for (uint32_t user = 0; user < held.peak(); ++user) {
        bool active = false;
        for (const ActiveSpan& span : held.ActiveSpans(user)) {
          active = active || (span.from <= HoldAt(t) && HoldAt(t) < span.to);
        }
        ASSERT_EQ(active, held.UsersAt(HoldAt(t)) > user) << seed << ' ' << t << ' ' << user;
      }
    }
    EXPECT_EQ(held.UsersAt(held.end()), 0U);
    Duration length;
    for (const UserSegment& segment : held.segments()) length += segment.length;
    EXPECT_EQ(RunTime() + length, held.end());
  }
}

PlanSpec HeldSpec() {
  PlanSpec spec;
  spec.name = "shop";
  spec.target = {Target::Kind::kTcp, "localhost", 8080, "", "localhost:8080"};
  spec.stages = {{"ramp", true}, {"steady", true}};
  const Rate top = Rate::PerSecond(100);
  spec.load = OpenLoad{
      .segments = {{Rate{0}, top, Duration::Seconds(20), 0}, {top, top, Duration::Seconds(35), 1}}};
  spec.requests = {{.name = "home"}};
  return spec;
}

TEST(HandHoldTest, APlansStagesGrowAndItsIntervalStays) {
  const Plan plan = Plan::Create(HeldSpec()).value();
  const Plan held =
      plan.WithHolds({{RunTime() + Duration::Seconds(30), Duration::Seconds(60)}}).value();
  EXPECT_EQ(held.load_end(), RunTime() + Duration::Seconds(115));
  EXPECT_EQ(held.interval(), Duration::Millis(100));
  EXPECT_EQ(held.StageLength(1), Duration::Seconds(95));
  EXPECT_EQ(held.total_iterations(), plan.total_iterations() + 6'000);
  EXPECT_EQ(HeldStretch(held, 1, held.load_end()),
            (Stretch{RunTime() + Duration::Seconds(20), RunTime() + Duration::Seconds(115)}));
  EXPECT_EQ(held.WithHolds({})->spec(), plan.spec());
}

TEST(HandHoldTest, ALimitOfIterationsStays) {
  PlanSpec spec = HeldSpec();
  spec.iterations = 1'500;
  const Plan plan = Plan::Create(spec).value();
  const Plan held =
      plan.WithHolds({{RunTime() + Duration::Seconds(10), Duration::Seconds(5)}}).value();
  EXPECT_EQ(held.total_iterations(), 1'500U);
  EXPECT_EQ(plan.load_end(), RunTime() + Duration::Seconds(25));
  EXPECT_EQ(held.load_end(), RunTime() + Duration::Millis(27'500));
  EXPECT_FALSE(plan.WithHolds({{RunTime() + Duration::Seconds(55), Duration::Seconds(5)}}).ok());
}

}  // namespace
}  // namespace muster
