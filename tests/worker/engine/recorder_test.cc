#include "worker/engine/recorder.h"

#include <gtest/gtest.h>

#include "tests/worker/engine/test_plans.h"

namespace muster {
namespace {

RunTime AtMs(int64_t ms) { return RunTime() + Duration::Millis(ms); }

// 20 s of load: intervals of 100 ms.
PlanSpec TwoRequests() {
  PlanSpec spec = OpenSpec(10, 20);
  spec.stages = {{"a", true}, {"b", true}};
  Open(spec).segments.push_back({Rate::PerSecond(1), Rate::PerSecond(1), Duration::Seconds(1), 1});
  spec.requests.push_back(spec.requests[0]);
  spec.requests[1].name = "other";
  return spec;
}

const Histogram& Of(const LatencySet& set, LatencyKind kind) {
  return set[static_cast<size_t>(kind)];
}

class RecorderTest : public testing::Test {
 protected:
  void Begin(RunTime due, RunTime handled, uint16_t stage, uint16_t name) {
    recorder_.Due(due, stage, name);
    recorder_.Started(handled, stage, name);
  }
  std::shared_ptr<const Plan> plan_ = MakePlan(TwoRequests());
  Recorder recorder_{*plan_, 3, plan_->load_end()};
};

TEST_F(RecorderTest, EventsArePlacedAtTheirOwnInstants) {
  Begin(AtMs(99), AtMs(100), 1, 1);
  recorder_.Due(AtMs(250), 0, 1);
  recorder_.NotBegun(AtMs(250), 0, 1, NotStarted::kLate);
  recorder_.Completed(AtMs(399), {AtMs(99), AtMs(100), AtMs(101), AtMs(300)}, {1, 1, 10, 20}, 200);
  const auto delta = recorder_.Take(AtMs(400), false);
  EXPECT_EQ(delta->thread, 3U);
  EXPECT_EQ(delta->accounted_through, AtMs(400));
  ASSERT_EQ(delta->cells.size(), 4U);
  EXPECT_EQ(delta->cells.at({0, 1, 1}).counts.due, 1U);
  EXPECT_EQ(delta->cells.at({1, 1, 1}).counts.started, 1U);
  EXPECT_EQ(delta->cells.at({2, 0, 1}).counts.not_started_total(), 1U);
  const Cell& done = delta->cells.at({3, 1, 1});
  EXPECT_EQ(done.counts.completed, 1U);
  EXPECT_EQ(done.counts.finished, 1U);
  EXPECT_EQ(done.counts.bytes_sent, 10U);
  EXPECT_EQ(done.counts.bytes_received, 20U);
}

TEST_F(RecorderTest, ResponseIsLagPlusWaitPlusService) {
  Begin(AtMs(0), AtMs(1), 0, 0);
  recorder_.Completed(AtMs(15), {AtMs(0), AtMs(1), AtMs(3), AtMs(7)}, {0, 0, 1, 1}, 200);
  const auto delta = recorder_.Take(AtMs(100), false);
  const LatencySet& set = delta->cells.at({0, 0, 0}).latency;
  EXPECT_EQ(Of(set, LatencyKind::kResponse).max(), Duration::Millis(15).nanos());
  EXPECT_EQ(Of(set, LatencyKind::kLag).max(), Duration::Millis(1).nanos());
  EXPECT_EQ(Of(set, LatencyKind::kWait).max(), Duration::Millis(2).nanos());
  EXPECT_EQ(Of(set, LatencyKind::kService).max(), Duration::Millis(12).nanos());
  EXPECT_EQ(Of(set, LatencyKind::kOnset).max(), Duration::Millis(14).nanos());
  EXPECT_EQ(Of(set, LatencyKind::kFirstByte).max(), Duration::Millis(4).nanos());
}

TEST_F(RecorderTest, AFailedRequestRecordsWhatExists) {
  Begin(AtMs(0), AtMs(1), 0, 0);
  recorder_.Failed(AtMs(9), {AtMs(0), AtMs(1)}, {0, 0, 0, 0}, ErrorClass::kTimeout, false);
  Begin(AtMs(0), AtMs(1), 0, 0);
  recorder_.Failed(AtMs(9), {AtMs(0), AtMs(1), AtMs(4)}, {0, 0, 5, 0}, ErrorClass::kDrainCut, true);
  const auto delta = recorder_.Take(AtMs(100), false);
  const Cell& cell = delta->cells.at({0, 0, 0});
  EXPECT_EQ(cell.counts.failed, 2U);
  EXPECT_EQ(cell.counts.failed_after_send, 1U);
  EXPECT_EQ(cell.counts.finished, 1U);
  EXPECT_EQ(cell.counts.cut, 1U);
  EXPECT_EQ(Of(cell.latency_failed, LatencyKind::kResponse).count(), 2U);
  EXPECT_EQ(Of(cell.latency_failed, LatencyKind::kWait).max(), Duration::Millis(8).nanos());
  EXPECT_EQ(Of(cell.latency_failed, LatencyKind::kService).count(), 1U);
  EXPECT_EQ(Of(cell.latency_failed, LatencyKind::kService).max(), Duration::Millis(5).nanos());
  EXPECT_EQ(Of(cell.latency_failed, LatencyKind::kFirstByte).count(), 0U);
  EXPECT_EQ(Of(cell.latency, LatencyKind::kResponse).count(), 0U);
}

TEST_F(RecorderTest, UnexpectedIsJudgedByTheRequestsStatuses) {
  for (const int status : {200, 399, 400, 503}) {
    Begin(AtMs(0), AtMs(0), 0, 0);
    recorder_.Completed(AtMs(1), {AtMs(0), AtMs(0), AtMs(0), AtMs(1)}, {}, status);
  }
  const auto delta = recorder_.Take(AtMs(100), false);
  EXPECT_EQ(delta->cells.at({0, 0, 0}).counts.unexpected, 2U);
  EXPECT_EQ(delta->cells.at({0, 0, 0}).statuses.entries().size(), 4U);
}

TEST_F(RecorderTest, OtherFieldsThanTheFirstExpectedAnswersAreCounted) {
  const auto answer = [&](uint16_t name, FieldFingerprint fields, int status) {
    Begin(AtMs(0), AtMs(0), 0, name);
    recorder_.Completed(AtMs(1), {AtMs(0), AtMs(0), AtMs(0), AtMs(1)},
                        {.name = name, .fields = fields}, status);
  };
  answer(0, 9, 503);  // neither the reference nor held against it
  answer(0, 1, 200);
  answer(1, 2, 200);  // each request has its own
  for (const FieldFingerprint fields : {1U, 2U, 3U, 1U}) answer(0, fields, 200);
  answer(0, 9, 503);
  answer(1, 2, 200);
  auto delta = recorder_.Take(AtMs(100), false);
  EXPECT_EQ(delta->cells.at({0, 0, 0}).counts.other_fields, 2U);
  EXPECT_EQ(delta->cells.at({0, 0, 1}).counts.other_fields, 0U);
  recorder_.Recycle(std::move(delta));
  answer(0, 2, 200);
  EXPECT_EQ(recorder_.Take(AtMs(200), false)->cells.at({0, 0, 0}).counts.other_fields, 1U)
      << "the reference outlives a delta";
}

TEST_F(RecorderTest, OnlyCompletionsBeforeTheLoadsEndAreTheLoads) {
  recorder_.EndLoadAt(AtMs(50));
  for (const int64_t ms : {49, 50}) {
    Begin(AtMs(0), AtMs(0), 0, 0);
    recorder_.Completed(AtMs(ms), {AtMs(0), AtMs(0), AtMs(0), AtMs(1)}, {}, 200);
  }
  EXPECT_EQ(recorder_.Take(AtMs(100), false)->cells.at({0, 0, 0}).counts.load_completed, 1U);
}

TEST_F(RecorderTest, AConnectIsSlowByTimeOrByRetransmission) {
  recorder_.Connected(AtMs(1), 0, 0, Duration::Millis(999), false);
  recorder_.Connected(AtMs(1), 0, 0, Duration::Millis(1000), false);
  recorder_.Connected(AtMs(1), 0, 0, Duration::Millis(1), true);
  recorder_.SlowConnect(AtMs(1), 0, 0);
  const auto delta = recorder_.Take(AtMs(100), false);
  EXPECT_EQ(delta->cells.at({0, 0, 0}).counts.connects, 3U);
  EXPECT_EQ(delta->cells.at({0, 0, 0}).counts.slow_connect, 3U);
}

TEST_F(RecorderTest, ARecycledDeltaLeavesNoTrace) {
  for (int round = 0; round < 3; ++round) {
    Begin(AtMs(round), AtMs(round), 0, 0);
    recorder_.Completed(AtMs(10), {AtMs(round), AtMs(round), AtMs(round), AtMs(9)}, {}, 404);
    recorder_.AddHealth({1, 2, 3});
    recorder_.Trace({1, AtMs(1), true});
    auto delta = recorder_.Take(AtMs(100), false);
    ASSERT_EQ(delta->cells.size(), 1U);
    const Cell& cell = delta->cells.at({0, 0, 0});
    EXPECT_EQ(cell.counts.completed, 1U);
    EXPECT_EQ(Of(cell.latency, LatencyKind::kResponse).count(), 1U);
    EXPECT_EQ(cell.statuses.entries().size(), 1U);
    EXPECT_EQ(delta->health.cpu_ns, 3U);
    EXPECT_EQ(delta->trace.size(), 1U);
    recorder_.Recycle(std::move(delta));
  }
}

TEST(RecorderWithinTest, CountsWhatCompletedInTimeByResponseAndByOnset) {
  PlanSpec spec = OpenSpec(10, 1);
  for (const int64_t ms : {10, 20}) {
    Threshold threshold;
    threshold.metric = Threshold::Metric::kWithin;
    threshold.within = Duration::Millis(ms);
    threshold.op = Threshold::Op::kGreaterEqual;
    threshold.limit = 0.5;
    threshold.expression = "within " + std::to_string(ms);
    spec.thresholds.push_back(threshold);
  }
  const auto plan = MakePlan(spec);
  Recorder recorder(*plan, 0, plan->load_end());
  for (const int64_t done : {10, 11, 20, 21, 31}) {
    recorder.Due(AtMs(0), 0, 0);
    recorder.Started(AtMs(1), 0, 0);
    recorder.Completed(AtMs(done), {AtMs(0), AtMs(1), AtMs(1), AtMs(2)}, {}, 503);
  }
  const auto delta = recorder.Take(AtMs(100), false);
  EXPECT_EQ(delta->cells.at({0, 0, 0}).within, (std::vector<uint64_t>{1, 3}));
  EXPECT_EQ(delta->cells.at({0, 0, 0}).within_onset, (std::vector<uint64_t>{2, 4}));
}

TEST(RecorderDeathTest, BooksThatDoNotBalanceStopTheProgram) {
  const auto plan = MakePlan(OpenSpec(10, 1));
  Recorder recorder(*plan, 0, plan->load_end());
  recorder.Due(AtMs(0), 0, 0);  // neither started nor not started
  EXPECT_DEATH(recorder.Take(AtMs(100), false), "due");
}

}  // namespace
}  // namespace muster
