#include "worker/engine/user_schedule.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "tests/worker/engine/test_plans.h"

namespace muster {
namespace {

ThreadShare Whole() { return ThreadShare(1, {0}, 0, 1); }
RunTime AtMs(int64_t ms) { return RunTime() + Duration::Millis(ms); }

// Users 0 to `peak` and back within two seconds, and the same again.
PlanSpec TwoHills(uint32_t peak) {
  PlanSpec spec = ClosedSpec(peak, 1);
  Closed(spec).segments = {{0, peak, Duration::Seconds(1), 0},
                           {peak, 0, Duration::Seconds(1), 0},
                           {0, peak, Duration::Seconds(1), 0},
                           {peak, 0, Duration::Seconds(1), 0}};
  return spec;
}

TEST(UserScheduleTest, UsersJoinLowestFirstWhenTheyBecomeActive) {
  const auto plan = MakePlan(TwoHills(4));
  UserSchedule schedule(*plan, Whole());
  UserSchedule::Ready ready;
  for (uint64_t u = 0; u < 4; ++u) {
    ASSERT_TRUE(schedule.Take(RunTime::Max(), &ready));
    EXPECT_EQ(ready.user, u);
    EXPECT_EQ(ready.n, 0U);
    EXPECT_EQ(ready.due, plan->users().ActiveSpans(static_cast<uint32_t>(u))[0].from);
  }
  EXPECT_FALSE(schedule.Take(RunTime::Max(), &ready));
  EXPECT_FALSE(schedule.finished());
}

TEST(UserScheduleTest, NothingIsTakenBeforeItIsDue) {
  const auto plan = MakePlan(TwoHills(4));
  UserSchedule schedule(*plan, Whole());
  UserSchedule::Ready ready;
  EXPECT_FALSE(schedule.Take(schedule.next_due() - Duration::Nanos(1), &ready));
  EXPECT_TRUE(schedule.Take(schedule.next_due(), &ready));
}

TEST(UserScheduleTest, WhoReturnsGoesOnWithItsOwnCount) {
  const auto plan = MakePlan(TwoHills(1));
  UserSchedule schedule(*plan, Whole());
  const std::vector<ActiveSpan> spans = plan->users().ActiveSpans(0);
  ASSERT_EQ(spans.size(), 2U);
  UserSchedule::Ready ready;
  ASSERT_TRUE(schedule.Take(RunTime::Max(), &ready));
  schedule.Ended(ready.slot, spans[0].to);  // the end of a span is outside
  EXPECT_EQ(schedule.next_due(), spans[1].from);
  ASSERT_TRUE(schedule.Take(RunTime::Max(), &ready));
  EXPECT_EQ(ready.n, 1U);
  schedule.Ended(ready.slot, spans[1].to);
  EXPECT_TRUE(schedule.finished());
  EXPECT_EQ(schedule.next_due(), RunTime::Max());
}

TEST(UserScheduleTest, ThinkTimeOfTheIterationBeforeDelaysTheNext) {
  PlanSpec spec = ClosedSpec(1, 100);
  Closed(spec).think_min = Duration::Millis(100);
  Closed(spec).think_max = Duration::Millis(900);
  const auto plan = MakePlan(spec);
  UserSchedule schedule(*plan, Whole());
  UserSchedule::Ready ready;
  for (uint64_t n = 0; n < 20; ++n) {
    ASSERT_TRUE(schedule.Take(RunTime::Max(), &ready));
    EXPECT_EQ(ready.n, n);
    const RunTime ended = ready.due + Duration::Millis(7);
    schedule.Ended(ready.slot, ended);
    EXPECT_EQ(schedule.next_due(), ended + plan->ThinkTime(0, n));
  }
}

TEST(UserScheduleTest, APauseIsTheLeastThinkTime) {
  const auto plan = MakePlan(ClosedSpec(1, 100));
  UserSchedule schedule(*plan, Whole());
  UserSchedule::Ready ready;
  ASSERT_TRUE(schedule.Take(RunTime::Max(), &ready));
  schedule.Ended(ready.slot, AtMs(5), Duration::Millis(20));
  EXPECT_EQ(schedule.next_due(), AtMs(25));
}

TEST(UserScheduleTest, TheIterationLimitIsSplitOverUsersExactly) {
  for (const uint64_t limit : {1U, 6U, 7U, 8U, 20U}) {
    PlanSpec spec = ClosedSpec(7, 100);
    spec.iterations = limit;
    const auto plan = MakePlan(spec);
    UserSchedule schedule(*plan, Whole());
    std::vector<uint64_t> taken(7);
    UserSchedule::Ready ready;
    while (schedule.Take(RunTime::Max(), &ready)) {
      ++taken[ready.user];
      schedule.Ended(ready.slot, ready.due + Duration::Millis(1));
    }
    EXPECT_TRUE(schedule.finished());
    for (uint64_t u = 0; u < 7; ++u) EXPECT_EQ(taken[u], limit / 7 + (u < limit % 7 ? 1 : 0));
  }
}

TEST(UserScheduleTest, SharesOwnEveryUserOnce) {
  const auto plan = MakePlan(ClosedSpec(23, 1));
  const OwnerTable table({1, 3});
  std::set<uint64_t> users;
  for (uint32_t worker = 0; worker < 2; ++worker) {
    for (uint32_t thread = 0; thread < 2; ++thread) {
      UserSchedule schedule(*plan, ThreadShare(4, table.positions(worker), thread, 2));
      UserSchedule::Ready ready;
      while (schedule.Take(RunTime::Max(), &ready)) EXPECT_TRUE(users.insert(ready.user).second);
    }
  }
  EXPECT_EQ(users.size(), 23U);
}

}  // namespace
}  // namespace muster
