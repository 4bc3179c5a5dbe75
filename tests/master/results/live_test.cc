#include "master/results/live.h"

#include <gtest/gtest.h>

#include "tests/master/results/fixture.h"

namespace muster {
namespace {

constexpr RunTime kSecond = RunTime() + Duration::Seconds(1);

// `count` completed in interval `interval` of stage 1.
CellMap Completed(uint32_t interval, int count, int64_t ns = 1'000'000) {
  CellMap cells;
  for (int i = 0; i < count; ++i) AddCompleted(&cells[{interval, 1, 0}], ns);
  return cells;
}

TEST(LiveTest, RatesAreOfTheLastSecondThatEveryWorkerHasSent) {
  RunMerger merger(MakePlan(OpenSpec()), 2);
  // Interval 100 ms. Worker 0 is 1 s ahead of worker 1.
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, Completed(5, 10), 1'000)).ok());
  ASSERT_TRUE(merger.Accept(0, MakeBatch(2, Completed(15, 1'000), 2'000)).ok());
  ASSERT_TRUE(merger.Accept(1, MakeBatch(1, Completed(5, 20), 1'000)).ok());
  LiveSnapshot live = LiveFromMerger(merger, RunTime() + Duration::Millis(2'100));
  EXPECT_DOUBLE_EQ(live.completed_per_s, 30);
  EXPECT_EQ(live.completed, 1'030u);
  ASSERT_TRUE(merger.Accept(1, MakeBatch(2, Completed(15, 500), 2'000)).ok());
  live = LiveFromMerger(merger, RunTime() + Duration::Millis(2'100));
  EXPECT_DOUBLE_EQ(live.completed_per_s, 1'500);
}

TEST(LiveTest, ASilentSecondHasNoRate) {
  RunMerger merger(MakePlan(OpenSpec()), 1);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, Completed(5, 10), 3'000)).ok());
  const LiveSnapshot live = LiveFromMerger(merger, RunTime() + Duration::Seconds(3));
  EXPECT_EQ(live.completed_per_s, 0);
  EXPECT_EQ(live.p50_ns, std::nullopt);
}

TEST(LiveTest, AWorkerThatIsDoneOrLostHoldsNobodyUp) {
  RunMerger merger(MakePlan(OpenSpec()), 3);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, Completed(9, 100), 1'000)).ok());
  EXPECT_EQ(LiveFromMerger(merger, kSecond).completed_per_s, 0);
  ASSERT_TRUE(merger.Accept(1, MakeBatch(1, {}, 100, true)).ok());
  merger.AddLoss(2, {});
  EXPECT_DOUBLE_EQ(LiveFromMerger(merger, kSecond).completed_per_s, 100);
}

TEST(LiveTest, LatenciesAreOfTheWindowAlone) {
  RunMerger merger(MakePlan(OpenSpec()), 1);
  EXPECT_EQ(LiveFromMerger(merger, RunTime()).p50_ns, std::nullopt);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, Completed(0, 100, 900'000'000), 1'000)).ok());
  ASSERT_TRUE(merger.Accept(0, MakeBatch(2, Completed(29, 10, 1'000'000), 3'000)).ok());
  const LiveSnapshot live = LiveFromMerger(merger, RunTime() + Duration::Seconds(3));
  EXPECT_LT(*live.p99_ns, 2'000'000);
  EXPECT_EQ(live.stage, "steady");
  EXPECT_DOUBLE_EQ(live.asked_per_s, 100);
  EXPECT_FALSE(live.draining);
  EXPECT_TRUE(LiveFromMerger(merger, RunTime() + Duration::Seconds(10)).draining);
}

TEST(LiveTest, CountsAreOfTheRunSoFarAndInFlightOfTheWindowsEnd) {
  RunMerger merger(MakePlan(OpenSpec()), 1);
  CellMap cells;
  Cell& cell = cells[{5, 1, 0}];
  AddCompleted(&cell, 1'000, {}, 0, 503);
  AddFailed(&cell, ErrorClass::kTimeout);
  AddNotStarted(&cell, NotStarted::kMaxInFlight, 4);
  cell.counts.due += 3;
  cell.counts.started += 3;
  cell.counts.requests_started += 3;
  DeltaBatch batch = MakeBatch(1, cells, 1'000);
  batch.in_flight = batch.requests_in_flight = 3;
  ASSERT_TRUE(merger.Accept(0, batch).ok());
  const LiveSnapshot live = LiveFromMerger(merger, kSecond);
  EXPECT_EQ(live.due, 9u);
  EXPECT_EQ(live.completed, 1u);
  EXPECT_EQ(live.errors, 2u);
  EXPECT_EQ(live.not_started, 4u);
  EXPECT_EQ(live.in_flight, 3u);
  EXPECT_DOUBLE_EQ(live.started_per_s, 5);
}

// A worker that has decided its last number is accounted for until the load's end at once.
TEST(LiveTest, TheWindowNeverLiesInTheFuture) {
  RunMerger merger(MakePlan(OpenSpec()), 1);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, Completed(9, 100), 10'000)).ok());
  EXPECT_DOUBLE_EQ(LiveFromMerger(merger, kSecond).completed_per_s, 100);
}

TEST(LiveTest, BeforeTheStartNothingIsAsked) {
  RunMerger merger(MakePlan(ClosedSpec()), 1);
  const LiveSnapshot live = LiveFromMerger(merger, RunTime() - Duration::Millis(300));
  EXPECT_EQ(live.users, 0u);
  EXPECT_EQ(live.elapsed, Duration::Millis(-300));
  EXPECT_EQ(LiveFromMerger(merger, RunTime() + Duration::Seconds(1)).users, 50u);
}

}  // namespace
}  // namespace muster
