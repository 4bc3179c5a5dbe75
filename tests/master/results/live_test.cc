#include "master/results/live.h"

#include <gtest/gtest.h>

#include "tests/master/results/fixture.h"

namespace muster {
namespace {

RunTime LiveMillis(int64_t ms) { return RunTime() + Duration::Millis(ms); }

// `count` completed in interval `interval` of stage 1.
CellMap Completed(uint32_t interval, int count, int64_t ns = 1'000'000) {
  CellMap cells;
  for (int i = 0; i < count; ++i) AddCompleted(&cells[{interval, 1, 0}], ns);
  return cells;
}

std::vector<LiveMember> Members(size_t count) {
  std::vector<LiveMember> members;
  for (size_t i = 0; i < count; ++i) members.push_back({std::string(1, 'a' + char(i)), {}});
  return members;
}

double CompletedRate(const LiveSnapshot& live) {
  return live.now() == nullptr ? -1 : live.now()->completed_per_s;
}

TEST(LiveTest, RatesAreOfTheLastSecondThatEveryWorkerHasSent) {
  RunMerger merger(MakePlan(OpenSpec()), 2);
  LiveFeed feed(merger);
  // Interval 100 ms. Worker 0 is 1 s ahead of worker 1.
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, Completed(5, 10), 1'000)).ok());
  ASSERT_TRUE(merger.Accept(0, MakeBatch(2, Completed(15, 1'000), 2'000)).ok());
  ASSERT_TRUE(merger.Accept(1, MakeBatch(1, Completed(5, 20), 1'000)).ok());
  LiveSnapshot live = feed.Take(LiveMillis(2'100), Members(2));
  EXPECT_DOUBLE_EQ(CompletedRate(live), 30);
  EXPECT_EQ(live.completed, 1'030u);
  ASSERT_TRUE(merger.Accept(1, MakeBatch(2, Completed(15, 500), 2'000)).ok());
  live = feed.Take(LiveMillis(2'100), Members(2));
  EXPECT_DOUBLE_EQ(CompletedRate(live), 1'500);
  EXPECT_EQ(live.points.size(), 2u);
}

TEST(LiveTest, ASilentSecondHasNoLatency) {
  RunMerger merger(MakePlan(OpenSpec()), 1);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, Completed(5, 10), 3'000)).ok());
  const LiveSnapshot live = LiveFeed(merger).Take(LiveMillis(3'000), Members(1));
  EXPECT_EQ(CompletedRate(live), 0);
  EXPECT_EQ(live.now()->p50_ns, std::nullopt);
}

TEST(LiveTest, AWorkerThatIsDoneLeftOrLostHoldsNobodyUp) {
  RunMerger merger(MakePlan(OpenSpec()), 3);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, Completed(9, 100), 1'000)).ok());
  LiveFeed feed(merger);
  std::vector<LiveMember> members = Members(3);
  EXPECT_EQ(CompletedRate(feed.Take(LiveMillis(1'000), members)), -1);
  ASSERT_TRUE(merger.Accept(1, MakeBatch(1, {}, 100, true)).ok());
  EXPECT_EQ(CompletedRate(feed.Take(LiveMillis(1'000), members)), -1);
  members[2].state = LiveState::kLost;  // the merger hears of it only at the end
  EXPECT_DOUBLE_EQ(CompletedRate(feed.Take(LiveMillis(1'000), members)), 100);
}

TEST(LiveTest, LatenciesAreOfTheLastSecondAlone) {
  RunMerger merger(MakePlan(OpenSpec()), 1);
  LiveFeed feed(merger);
  EXPECT_EQ(feed.Take(RunTime(), Members(1)).now(), nullptr);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, Completed(0, 100, 900'000'000), 1'000)).ok());
  ASSERT_TRUE(merger.Accept(0, MakeBatch(2, Completed(29, 10, 1'000'000), 3'000)).ok());
  const LiveSnapshot live = feed.Take(LiveMillis(3'000), Members(1));
  EXPECT_LT(*live.now()->p99_ns, 2'000'000);
  EXPECT_GE(*live.points[0].p99_ns, 900'000'000);
  EXPECT_DOUBLE_EQ(live.asked_per_s, 100);
  EXPECT_FALSE(live.draining);
  EXPECT_TRUE(feed.Take(LiveMillis(10'000), Members(1)).draining);
}

TEST(LiveTest, CountsAreOfTheRunSoFarAndInFlightOfTheLastSecondsEnd) {
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
  LiveFeed feed(merger);
  std::vector<LiveMember> members = Members(1);
  LiveSnapshot live = feed.Take(LiveMillis(1'000), members);
  EXPECT_EQ(live.due, 9u);
  EXPECT_EQ(live.completed, 1u);
  EXPECT_EQ(live.failures, 2u);
  EXPECT_EQ(live.not_started, 4u);
  ASSERT_EQ(live.not_started_by.size(), 1u);
  EXPECT_EQ(live.not_started_by[0].first, "max_in_flight");
  EXPECT_EQ(live.in_flight, 3u);
  EXPECT_DOUBLE_EQ(live.now()->started_per_s, 5);
  members[0].state = LiveState::kLost;
  live = feed.Take(LiveMillis(1'000), members);
  EXPECT_EQ(live.in_flight, 0u) << "it is lost";
}

// A worker that has decided its last number is accounted for until the load's end at once, while
// what is in flight on it goes on ending.
TEST(LiveTest, ASecondThatMayNotBeWholeIsNotShown) {
  RunMerger merger(MakePlan(OpenSpec()), 1);
  LiveFeed feed(merger);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, Completed(9, 100), 1'000)).ok());
  ASSERT_TRUE(feed.Take(LiveMillis(1'100), Members(1)).now() != nullptr);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(2, Completed(19, 1), 10'000)).ok());
  LiveSnapshot live = feed.Take(LiveMillis(5'000), Members(1));
  EXPECT_EQ(live.points.size(), 1u);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(3, Completed(29, 1), 10'400)).ok());
  live = feed.Take(LiveMillis(10'500), Members(1));
  EXPECT_EQ(live.points.size(), 10u);
}

TEST(LiveTest, BeforeTheStartNothingIsAsked) {
  RunMerger merger(MakePlan(ClosedSpec()), 1);
  LiveFeed feed(merger);
  const LiveSnapshot live = feed.Take(LiveMillis(-300), {});
  EXPECT_EQ(live.users, 0u);
  EXPECT_EQ(live.elapsed, Duration::Millis(-300));
  EXPECT_EQ(live.now(), nullptr);
  EXPECT_EQ(feed.Take(LiveMillis(1'000), Members(1)).users, 50u);
}

TEST(LiveTest, AStageHasItsPlaceLevelAndTime) {
  PlanSpec spec = OpenSpec();
  auto& segments = std::get<OpenLoad>(spec.load).segments;
  segments[0].from = Rate::PerSecond(0);
  segments.insert(segments.begin() + 1,
                  RateSegment{Rate::PerSecond(100), Rate::PerSecond(300), Duration::Seconds(1), 0});
  RunMerger merger(MakePlan(spec), 1);
  LiveFeed feed(merger);
  LiveStage stage = feed.Take(LiveMillis(2'500), {}).stage;
  EXPECT_EQ(stage.name, "warm");
  EXPECT_EQ(stage.number, 1u);
  EXPECT_EQ(stage.count, 3u);
  EXPECT_DOUBLE_EQ(stage.from, 0);
  EXPECT_DOUBLE_EQ(stage.to, 300);
  EXPECT_EQ(stage.elapsed, Duration::Millis(2'500));
  EXPECT_EQ(stage.length, Duration::Seconds(3));
  stage = feed.Take(LiveMillis(3'000), {}).stage;
  EXPECT_EQ(stage.name, "steady");
  EXPECT_EQ(stage.elapsed, Duration());
  stage = feed.Take(LiveMillis(99'000), {}).stage;
  EXPECT_EQ(stage.name, "late");
  EXPECT_EQ(stage.elapsed, Duration::Seconds(4));
}

TEST(LiveTest, AHeldStageIsLonger) {
  const auto plan = MakePlan(OpenSpec());
  RunMerger merger(plan, 1);
  LiveFeed feed(merger);
  EXPECT_EQ(feed.Take(LiveMillis(4'500), {}).load_length, Duration::Seconds(10));
  merger.Amend(std::make_shared<const Plan>(
      plan->WithHolds({{LiveMillis(5'000), Duration::Seconds(3)}}).value()));
  const LiveSnapshot live = feed.Take(LiveMillis(7'500), {});
  EXPECT_EQ(live.load_length, Duration::Seconds(13));
  EXPECT_EQ(live.stage.name, "steady");
  EXPECT_EQ(live.stage.length, Duration::Seconds(7));
  EXPECT_EQ(live.stage.elapsed, Duration::Millis(5'500));
}

TEST(LiveTest, AStageEndsWithTheLimitOnIterations) {
  PlanSpec spec = OpenSpec();
  spec.iterations = 251;  // 100/s: the last one is due at 2.5 s
  RunMerger merger(MakePlan(spec), 1);
  const LiveStage stage = LiveFeed(merger).Take(LiveMillis(2'200), {}).stage;
  EXPECT_EQ(stage.name, "steady");
  EXPECT_LE(stage.length, Duration::Millis(511));
  EXPECT_GE(stage.length, Duration::Millis(500));
}

TEST(LiveTest, ErrorsComeNewestFirstWithTheirFirstTime) {
  RunMerger merger(MakePlan(OpenSpec()), 1);
  CellMap cells;
  AddFailed(&cells[{25, 1, 0}], ErrorClass::kTimeout);
  AddFailed(&cells[{30, 1, 0}], ErrorClass::kTimeout);
  AddCompleted(&cells[{40, 1, 1}], 1'000, {}, 0, 503);
  AddCompleted(&cells[{2, 1, 1}], 1'000, {}, 0, 302);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, cells, 5'000)).ok());
  const LiveSnapshot live = LiveFeed(merger).Take(LiveMillis(5'000), Members(1));
  ASSERT_EQ(live.errors.size(), 2u);
  EXPECT_EQ(live.errors[0].name, "status 503");
  EXPECT_EQ(live.errors[0].first, LiveMillis(4'000));
  EXPECT_EQ(live.errors[1].name, "timeout");
  EXPECT_EQ(live.errors[1].count, 2u);
  EXPECT_EQ(live.errors[1].first, LiveMillis(2'500));
}

TEST(LiveTest, AWorkersSecondIsShownWhileItIsFresh) {
  RunMerger merger(MakePlan(OpenSpec()), 1);
  for (uint64_t i = 1; i <= 25; ++i) {
    DeltaBatch batch =
        MakeBatch(i, Completed(static_cast<uint32_t>(i - 1), 1), static_cast<int64_t>(i) * 100);
    batch.health.span_ns = 100'000'000;
    batch.health.handler_ns = 90'000'000;
    ASSERT_TRUE(merger.Accept(0, batch).ok());
  }
  LiveFeed feed(merger);
  LiveWorker worker = feed.Take(LiveMillis(2'600), Members(1)).workers[0];
  EXPECT_EQ(worker.name, "a");
  ASSERT_TRUE(worker.latest.has_value());
  EXPECT_EQ(worker.latest->colour, WorkerColour::kAmber);
  EXPECT_DOUBLE_EQ(worker.latest->second.busy, 0.9);
  worker = feed.Take(LiveMillis(6'200), Members(1)).workers[0];
  EXPECT_FALSE(worker.latest.has_value());
  std::vector<LiveMember> lost = Members(1);
  lost[0].state = LiveState::kLost;
  worker = LiveFeed(merger).Take(LiveMillis(2'600), lost).workers[0];
  EXPECT_FALSE(worker.latest.has_value());
}

}  // namespace
}  // namespace muster
