#include "worker/engine/user_schedule.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "common/base/random.h"
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

// Users that are busy, wait, or were away for good: all of them go on as in the held plan.
TEST(UserScheduleTest, AmendedItIsTheScheduleOfTheHeldPlan) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    PlanSpec spec = TwoHills(5);
    spec.seed = seed;
    Closed(spec).think_max = Duration::Millis(1500);
    if (seed % 2 == 0) spec.iterations = 40;
    const auto plan = MakePlan(spec);
    const RunTime at = AtMs(static_cast<int64_t>(MixBits(seed) % 3900));
    const auto held = std::make_shared<const Plan>(
        plan->WithHolds({{at, Duration::Millis(static_cast<int64_t>(1 + MixBits(~seed) % 900))}})
            .value());
    UserSchedule amended(*plan, Whole());
    UserSchedule expected(*held, Whole());
    std::vector<UserSchedule::Ready> taken[2];
    UserSchedule::Ready ready;
    for (int64_t now = 0; now < 6'000; ++now) {
      if (AtMs(now) == at) amended.Amend(*held);
      for (UserSchedule* schedule : {&amended, &expected}) {
        while (schedule->Take(AtMs(now), &ready)) {
          taken[schedule == &amended ? 0 : 1].push_back(ready);
          schedule->Ended(ready.slot, AtMs(now + 1 + static_cast<int64_t>(ready.n % 50)));
        }
      }
      if (AtMs(now) >= at) {
        ASSERT_EQ(amended.next_due(), expected.next_due()) << seed << ' ' << now;
      }
    }
    ASSERT_EQ(taken[0].size(), taken[1].size()) << seed;
    for (size_t i = 0; i < taken[0].size(); ++i) {
      ASSERT_EQ(taken[0][i].user, taken[1][i].user) << seed << ' ' << i;
      ASSERT_EQ(taken[0][i].n, taken[1][i].n) << seed << ' ' << i;
      ASSERT_EQ(taken[0][i].due, taken[1][i].due) << seed << ' ' << i;
    }
    EXPECT_TRUE(amended.finished() && expected.finished());
    EXPECT_EQ(amended.spent(), expected.spent());
  }
}

}  // namespace
}  // namespace muster
