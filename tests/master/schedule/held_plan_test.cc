#include "master/schedule/held_plan.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/support/small_plan.h"

namespace muster {
namespace {

RunTime HeldMs(int64_t ms) { return RunTime() + Duration::Millis(ms); }

// 10/s for 60 s.
HeldPlan MakeHeld() {
  const PlanSpec spec = SmallSpec(10, Duration::Seconds(60));
  return HeldPlan(std::make_shared<const Plan>(Plan::Create(spec).value()));
}

TEST(HeldPlanTest, AHoldBeginsAtTheNextWholeSecond) {
  for (const auto& [earliest, at] : {std::pair{5'000, 5'000}, {5'001, 6'000}, {5'999, 6'000}}) {
    HeldPlan plan = MakeHeld();
    const std::shared_ptr<const Plan> before = plan.plan();
    ASSERT_TRUE(plan.Hold(HeldMs(earliest), Status()).ok());
    EXPECT_EQ(plan.held(), (HandHeldLoad{HeldMs(at), HeldMs(at) + HeldPlan::kStep}));
    EXPECT_EQ(plan->spec().holds, (std::vector<HandHold>{{HeldMs(at), HeldPlan::kStep}}));
    EXPECT_EQ(plan->load_end(), HeldMs(63'000));
    EXPECT_NE(plan.plan(), before);
    EXPECT_TRUE(before->spec().holds.empty());
  }
}

TEST(HeldPlanTest, ItIsLengthenedOneStepBeforeItEndsWhileItIsWanted) {
  HeldPlan plan = MakeHeld();
  ASSERT_TRUE(plan.Hold(HeldMs(5'000), Status()).ok());
  int64_t ms = 3'000;
  for (; ms < 30'000; ms += 100) {
    plan.Lengthen(HeldMs(ms), HeldMs(ms + 2'000), HeldMs(ms + 2'200), Status());
    ASSERT_GT(plan.held()->until, HeldMs(ms + 3'000)) << ms;
    ASSERT_LE(plan.held()->until, HeldMs(std::max<int64_t>(ms, 2'000) + 6'000)) << ms;
  }
  EXPECT_EQ(plan.held()->from, HeldMs(5'000));
  ASSERT_TRUE(plan.Release().ok());
  const RunTime until = plan.held()->until;
  for (; ms < 40'000; ms += 100) {
    plan.Lengthen(HeldMs(ms), HeldMs(ms + 2'000), HeldMs(ms + 2'200), Status());
  }
  EXPECT_EQ(plan.held()->until, until);
  EXPECT_EQ(plan->load_end() - HeldMs(60'000), until - HeldMs(5'000));
  EXPECT_FALSE(plan.Release().ok());
}

TEST(HeldPlanTest, WhatCannotBeLengthenedIsTriedAgainAndThenGivenUp) {
  HeldPlan plan = MakeHeld();
  ASSERT_TRUE(plan.Hold(HeldMs(5'000), Status()).ok());  // to 8 s
  const Status no = FailedPrecondition("worker b has no link now");
  plan.Lengthen(HeldMs(5'000), HeldMs(7'000), HeldMs(7'200), no);
  EXPECT_TRUE(plan.held()->wanted);
  plan.Lengthen(HeldMs(5'800), HeldMs(7'800), HeldMs(8'000), no);
  EXPECT_TRUE(plan.held()->wanted);
  plan.Lengthen(HeldMs(5'900), HeldMs(7'900), HeldMs(8'100), no);
  EXPECT_FALSE(plan.held()->wanted);
  EXPECT_EQ(plan.held()->why, "worker b has no link now");
  EXPECT_EQ(plan.held()->until, HeldMs(8'000));

  HeldPlan late = MakeHeld();
  ASSERT_TRUE(late.Hold(HeldMs(5'000), Status()).ok());
  late.Lengthen(HeldMs(6'500), HeldMs(8'500), HeldMs(8'700), Status());
  EXPECT_FALSE(late.held()->wanted);
  EXPECT_EQ(late->spec().holds.size(), 1U);
}

TEST(HeldPlanTest, AReleasedHoldIsTakenUpAgainOrFollowedByAnother) {
  HeldPlan plan = MakeHeld();
  ASSERT_TRUE(plan.Hold(HeldMs(5'000), Status()).ok());
  EXPECT_FALSE(plan.Hold(HeldMs(5'100), Status()).ok());
  ASSERT_TRUE(plan.Release().ok());
  ASSERT_TRUE(plan.Hold(HeldMs(7'500), Status()).ok());
  EXPECT_EQ(plan.held(), (HandHeldLoad{HeldMs(5'000), HeldMs(11'000)}));
  ASSERT_TRUE(plan.Release().ok());
  ASSERT_TRUE(plan.Hold(HeldMs(11'001), Status()).ok());
  EXPECT_EQ(plan.held(), (HandHeldLoad{HeldMs(12'000), HeldMs(15'000)}));
  EXPECT_EQ(plan->load_end(), HeldMs(69'000));
}

TEST(HeldPlanTest, RefusedForWhatTheCallerSaysAtTheEndAndBeyondTheLimit) {
  HeldPlan plan = MakeHeld();
  EXPECT_FALSE(plan.Hold(HeldMs(5'000), FailedPrecondition("no")).ok());
  EXPECT_FALSE(plan.Hold(HeldMs(59'001), Status()).ok());
  EXPECT_FALSE(plan.held());
  ASSERT_TRUE(plan.Hold(HeldMs(1'000), Status()).ok());
  while (plan.held()->wanted) {
    const RunTime now = plan.held()->until - HeldPlan::kAhead;
    plan.Lengthen(now, now + Duration::Seconds(2), now + Duration::Seconds(4), Status());
  }
  EXPECT_EQ(plan->spec().holds.size(), kMaxHandHolds);
  EXPECT_EQ(plan.held()->why, "the load was held for 1h, which is the most in a run");
  EXPECT_EQ(plan->load_end(), HeldMs(3'660'000));
}

TEST(HeldPlanTest, WhatAWorkerFollowsIsAPlanOfItsOwn) {
  HeldPlan plan = MakeHeld();
  EXPECT_FALSE(plan.Unfollowed(0));
  ASSERT_TRUE(plan.Hold(HeldMs(5'000), Status()).ok());
  EXPECT_EQ(plan.Unfollowed(0), HeldMs(5'000));
  EXPECT_FALSE(plan.Unfollowed(1));
  EXPECT_EQ(plan.AsFollowed(0).load_end(), HeldMs(60'000));
  EXPECT_EQ(plan.AsFollowed(1).load_end(), HeldMs(63'000));
}

}  // namespace
}  // namespace muster
