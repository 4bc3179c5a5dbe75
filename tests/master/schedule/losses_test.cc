#include "master/schedule/losses.h"

#include <gtest/gtest.h>

#include "tests/support/small_plan.h"

namespace muster {
namespace {

RunTime At(int64_t ms) { return RunTime() + Duration::Millis(ms); }

// 10/s for 10 s: number k is due at 100 k ms.
Plan OpenPlan() { return Plan::Create(SmallSpec()).value(); }

Plan ClosedPlan(uint32_t users) {
  PlanSpec spec = SmallSpec();
  ClosedLoad load;
  load.segments = {{users, users, Duration::Seconds(10), 0}};
  spec.load = load;
  return Plan::Create(spec).value();
}

uint64_t NotStartedOf(const WorkerLoss& loss) {
  uint64_t n = 0;
  for (const auto& [key, cell] : loss.not_started) {
    EXPECT_EQ(cell.counts.due, cell.counts.not_started_total());
    n += cell.counts.not_started[static_cast<size_t>(NotStarted::kWorkerLost)];
  }
  return n;
}

// Worker 1 of two has every odd number; 20 of its 50 are accounted for, up to 4 s.
WorkerEnd LostAt(int64_t lost_ms, int64_t lease_ms) {
  WorkerEnd end;
  end.worker = 1;
  end.due = 20;
  end.accounted_through = At(4000);
  end.may_start_until = At(lease_ms);
  end.lost_at = At(lost_ms);
  end.end = At(10'000);
  end.in_flight = 3;
  end.requests_in_flight = 3;
  return end;
}

TEST(Losses, NamesTheNumbersInDoubtAndBalancesTheRest) {
  const Plan plan = OpenPlan();
  const WorkerLoss loss = LossOf(plan, OwnerTable({1, 1}), LostAt(8000, 6000));
  EXPECT_EQ(loss.first, 41U);
  EXPECT_EQ(loss.last, 79U);
  EXPECT_EQ(loss.numbers, 20U);
  EXPECT_EQ(loss.at_most, 10U + 3U);  // 41, 43 ... 59, and those in flight
  EXPECT_EQ(loss.from, At(4000));
  EXPECT_EQ(loss.to, At(8000));
  EXPECT_EQ(loss.iterations_lost, 3U);
  EXPECT_EQ(NotStartedOf(loss), 30U);
  EXPECT_EQ(loss.not_started.begin()->first.interval, 41U);
}

// Of several threads some may be accounted for beyond the others: what is due says how many numbers
// are left, not which.
TEST(Losses, NoNumberAfterTheAccountIsLeftOut) {
  WorkerEnd end = LostAt(8000, 6000);
  end.accounted_through = At(3500);
  EXPECT_EQ(LossOf(OpenPlan(), OwnerTable({1, 1}), end).first, 35U);
}

TEST(Losses, WhatIsNotStartedIsCountedUnderTheRequestThatItWouldHaveRun) {
  PlanSpec spec = SmallSpec();
  spec.requests.push_back(spec.requests[0]);
  spec.requests[1].name = "buy";
  const Plan plan = Plan::Create(spec).value();
  std::vector<uint64_t> expected(2), lost(2);
  for (uint64_t k = 41; k < 100; k += 2) ++expected[plan.RequestOf(k)];
  for (const auto& [key, cell] : LossOf(plan, OwnerTable({1, 1}), LostAt(8000, 6000)).not_started) {
    lost[key.name] += cell.counts.due;
    EXPECT_EQ(cell.counts.due, 1U);
    EXPECT_EQ(plan.RequestOf(key.interval), key.name) << "number k is due in interval k";
  }
  EXPECT_EQ(lost, expected);
}

TEST(Losses, ADayLongPlanLosesInAFewThousandCells) {
  PlanSpec spec = SmallSpec();
  OpenLoad load = std::get<OpenLoad>(spec.load);
  load.segments = {{Rate::PerSecond(1), Rate::PerSecond(1), Duration::Seconds(86'400), 0}};
  spec.load = load;
  for (const char* name : {"b", "c"}) {
    spec.requests.push_back(spec.requests[0]);
    spec.requests.back().name = name;
  }
  WorkerEnd end = LostAt(8000, 6000);
  end.end = At(86'400'000);
  const WorkerLoss loss = LossOf(Plan::Create(spec).value(), OwnerTable({1, 1}), end);
  EXPECT_LE(loss.not_started.size(), kMaxLossCells + 3);
  EXPECT_GT(loss.not_started.size(), kMaxLossCells / 3);
  EXPECT_EQ(NotStartedOf(loss), 43'200U - 20U);
}

// Against one number at a time: ramps, stages that change within an interval, Poisson arrivals.
TEST(Losses, EveryNumberIsInTheCellOfItsDueTime) {
  for (const ArrivalKind kind : {ArrivalKind::kEven, ArrivalKind::kPoisson}) {
    PlanSpec spec = SmallSpec();
    spec.stages = {Stage{"up"}, Stage{"steady"}};
    spec.requests.resize(3);
    spec.requests[1].name = "buy";
    spec.requests[2].name = "pay";
    spec.requests[2].weight = 3;
    auto& load = std::get<OpenLoad>(spec.load);
    load.arrivals = kind;
    const Rate low = Rate::PerSecond(0), high = Rate::PerSecond(4'000);
    load.segments = {{low, high, Duration::Nanos(3'333'333'333), 0},
                     {high, high, Duration::Millis(1'250), 0},
                     {high, low, Duration::Millis(5'417), 1}};
    const Plan plan = Plan::Create(spec).value();
    const OwnerTable table({2, 3});
    WorkerEnd end = LostAt(20'000, 20'000);
    end.due = 123;
    end.end = At(9'000);
    const WorkerLoss loss = LossOf(plan, table, end);

    Arrivals arrivals(plan.rates(), kind, spec.seed, plan.total_iterations());
    std::map<CellKey, uint64_t> want;
    uint64_t own = 0;
    for (uint64_t k = 0; k < arrivals.total() && arrivals.DueTime(k) < end.end; ++k) {
      if (table.owner(k) != 1 || own++ < end.due) continue;
      const RunTime due = arrivals.DueTime(k);
      const auto interval = static_cast<uint32_t>(due.nanos() / plan.interval().nanos());
      ++want[{interval, plan.StageAt(due), plan.RequestOf(k)}];
    }
    std::map<CellKey, uint64_t> got;
    for (const auto& [key, cell] : loss.not_started) got[key] = cell.counts.due;
    EXPECT_EQ(got, want);
    EXPECT_GT(NotStartedOf(loss), 10'000U);
  }
}

TEST(Losses, TheWindowEndsWithTheLoad) {
  const Plan plan = OpenPlan();
  const WorkerLoss loss = LossOf(plan, OwnerTable({1, 1}), LostAt(99'000, 98'000));
  EXPECT_EQ(loss.last, 99U);
  EXPECT_EQ(loss.to, At(10'000));
  EXPECT_EQ(loss.at_most, 30U + 3U);
}

TEST(Losses, AnInterruptEndsWhatWasDueButNotWhatMayHaveStarted) {
  const Plan plan = OpenPlan();
  WorkerEnd end = LostAt(8000, 6000);
  end.end = At(5000);
  const WorkerLoss loss = LossOf(plan, OwnerTable({1, 1}), end);
  EXPECT_EQ(NotStartedOf(loss), 5U);
  EXPECT_EQ(loss.at_most, 10U + 3U);
  EXPECT_EQ(loss.last, 79U);
}

TEST(Losses, NothingInDoubtWhenAllIsAccountedFor) {
  const Plan plan = OpenPlan();
  WorkerEnd end = LostAt(99'000, 98'000);
  end.due = 50;
  end.accounted_through = At(10'000);
  end.in_flight = end.requests_in_flight = 0;
  const WorkerLoss loss = LossOf(plan, OwnerTable({1, 1}), end);
  EXPECT_EQ(loss.numbers, 0U);
  EXPECT_EQ(loss.at_most, 0U);
  EXPECT_TRUE(loss.not_started.empty());
}

TEST(Losses, ClosedModelNamesTheUsers) {
  const Plan plan = ClosedPlan(7);
  const WorkerLoss loss = LossOf(plan, OwnerTable({1, 1}), LostAt(8000, 6000));
  EXPECT_EQ(loss.first, 1U);
  EXPECT_EQ(loss.last, 5U);
  EXPECT_EQ(loss.numbers, 3U);
  EXPECT_EQ(loss.at_most, 3U);
  EXPECT_TRUE(loss.not_started.empty());
}

// Whatever was merged, merged and lost together are the worker's part.
TEST(Losses, MergedAndNotStartedAddUpToTheShareForEveryCut) {
  const Plan plan = OpenPlan();
  const OwnerTable table({3, 1, 2});
  for (uint32_t worker = 0; worker < 3; ++worker) {
    const uint64_t share = table.CountOwned(worker, plan.total_iterations());
    for (uint64_t due = 0; due <= share; ++due) {
      WorkerEnd end = LostAt(99'000, 0);
      end.worker = worker;
      end.due = due;
      EXPECT_EQ(due + NotStartedOf(LossOf(plan, table, end)), share);
    }
  }
}

TEST(DidItsPart, OpenByCountClosedByTimeOrLimit) {
  const OwnerTable table({1, 1});
  const Plan open = OpenPlan();
  EXPECT_FALSE(DidItsPart(open, table, 0, 49, At(99'000)));
  EXPECT_TRUE(DidItsPart(open, table, 0, 50, At(0)));
  const Plan closed = ClosedPlan(4);
  EXPECT_FALSE(DidItsPart(closed, table, 0, 1000, At(9'999)));
  EXPECT_TRUE(DidItsPart(closed, table, 0, 0, At(10'000)));
  PlanSpec limited = ClosedPlan(4).spec();
  limited.iterations = 10;  // users 0 and 1 run three, users 2 and 3 two
  const Plan plan = Plan::Create(limited).value();
  EXPECT_FALSE(DidItsPart(plan, table, 0, 4, At(100)));
  EXPECT_TRUE(DidItsPart(plan, table, 0, 5, At(100)));
}

TEST(OwnedBefore, CountsWhatIsDueStrictlyBefore) {
  const Plan plan = OpenPlan();
  const OwnerTable table({1, 1});
  EXPECT_EQ(OwnedBefore(plan, table, 0, At(0)), 0U);
  EXPECT_EQ(OwnedBefore(plan, table, 0, At(1)), 1U);
  EXPECT_EQ(OwnedBefore(plan, table, 1, At(100)), 0U);
  EXPECT_EQ(OwnedBefore(plan, table, 1, At(101)), 1U);
}

}  // namespace
}  // namespace muster
