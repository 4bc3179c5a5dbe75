// Where the load ends or is held back: limits, lateness, lease, spool, stop and drain.
#include <gtest/gtest.h>

#include "tests/sim/sim_run.h"
#include "tests/worker/engine/fake_transport.h"
#include "tests/worker/engine/test_plans.h"
#include "worker/engine/engine.h"

namespace muster {
namespace {

uint64_t Errors(const Counts& counts, ErrorClass error) {
  return counts.errors[static_cast<size_t>(error)];
}
uint64_t NotBegun(const Counts& counts, NotStarted reason) {
  return counts.not_started[static_cast<size_t>(reason)];
}
MonoTime At(Duration after) { return SimRun::kT0 + after; }

SimRunOptions Serving(Duration service) {
  SimRunOptions options;
  options.server.service = service;
  return options;
}

TEST(EngineLimitsTest, BeyondMaxInFlightNothingIsStarted) {
  // 100/s against 1 s of service: 30 at a time, each for a second.
  SimRun run(MakePlan(OpenSpec(100, 3, 30)), Serving(Duration::Seconds(1)));
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().due, 300U);
  EXPECT_EQ(run.totals().completed, 90U);
  EXPECT_EQ(NotBegun(run.totals(), NotStarted::kMaxInFlight), 210U);
  EXPECT_EQ(run.server().counts().most_in_service, 30U);
}

TEST(EngineLimitsTest, BeyondConnectionsRequestsWaitInTheOpen) {
  PlanSpec spec = OpenSpec(100, 1, 1000);
  spec.connections = 1;
  SimRun run(MakePlan(spec), Serving(Duration::Millis(20)));
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().completed, 100U);
  EXPECT_EQ(run.server().counts().most_open, 1U);
  EXPECT_EQ(run.Latency(LatencyKind::kWait).max(), Duration::Millis(990).nanos());
  EXPECT_EQ(run.Latency(LatencyKind::kService).max(), Duration::Millis(20).nanos());
}

TEST(EngineLimitsTest, ATimeoutWhileWaitingForAConnectionIsATimeout) {
  PlanSpec spec = OpenSpec(100, 1, 1000);
  spec.connections = 1;
  spec.requests[0].timeout = Duration::Millis(100);
  SimRun run(MakePlan(spec), Serving(Duration::Millis(50)));
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().failed, Errors(run.totals(), ErrorClass::kTimeout));
  EXPECT_GT(run.totals().failed, 70U);
  EXPECT_EQ(run.FailedLatency(LatencyKind::kOnset).max(), Duration::Millis(100).nanos());
  EXPECT_LE(run.Latency(LatencyKind::kOnset).max(), Duration::Millis(100).nanos());
}

TEST(EngineLimitsTest, AStalledGeneratorCatchesUpAndCountsWhatIsTooLate) {
  SimRun run(MakePlan(OpenSpec(100, 10)), {});
  run.worker(0).StallAdvance(At(Duration::Millis(4001)), At(Duration::Millis(7001)));
  ASSERT_TRUE(run.Run());
  // Due at 4.01 to 7.00 s, found at 7.001 s: those due before 6.001 s are too late.
  EXPECT_EQ(NotBegun(run.totals(), NotStarted::kLate), 200U);
  EXPECT_EQ(run.totals().completed, 800U);
  EXPECT_EQ(run.Latency(LatencyKind::kLag).max(), Duration::Millis(991).nanos());
  EXPECT_EQ(run.Latency(LatencyKind::kWait).max(), 0);
}

TEST(EngineLimitsTest, AnExpiredLeaseCutsAndDecidesNothingMore) {
  SimRun run(MakePlan(OpenSpec(100, 10)), Serving(Duration::Millis(100)));
  run.At(Duration(), [&] { run.worker(0).SetLease(At(Duration::Millis(2005))); });
  run.At(Duration::Millis(2006), [&] {
    EXPECT_EQ(run.worker(0).open_connections(), 0U);
    run.server().options().connect = [](uint64_t) -> ConnectAnswer {
      ADD_FAILURE() << "a connection after the lease";
      return {};
    };
  });
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().due, 201U);
  EXPECT_EQ(run.totals().cut, 10U);
  EXPECT_EQ(Errors(run.totals(), ErrorClass::kDrainCut), 10U);
  EXPECT_EQ(run.totals().not_started_total(), 0U);
  // It says how far it got: number 201 was due at 2.01 s.
  EXPECT_NE(run.log().find("through @2010000000ns in flight 0/0 last"), std::string::npos);
}

TEST(EngineLimitsTest, ARenewedLeaseCatchesUp) {
  SimRun run(MakePlan(OpenSpec(100, 10)), {});
  run.At(Duration(), [&] { run.worker(0).SetLease(At(Duration::Millis(2005))); });
  run.At(Duration::Millis(5005), [&] { run.worker(0).SetLease(MonoTime::Max()); });
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().due, 1000U);
  EXPECT_EQ(NotBegun(run.totals(), NotStarted::kLate), 200U);
  EXPECT_EQ(run.totals().completed, 800U);
}

TEST(EngineLimitsTest, UsersGoOnWhenTheLeaseIsRenewed) {
  SimRun run(MakePlan(ClosedSpec(2, 10)), Serving(Duration::Millis(100)));
  run.At(Duration(), [&] { run.worker(0).SetLease(At(Duration::Millis(2050))); });
  run.At(Duration::Millis(4050), [&] { run.worker(0).SetLease(MonoTime::Max()); });
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().cut, 2U);
  EXPECT_EQ(run.totals().completed, 2 * 80U);
  EXPECT_EQ(run.Latency(LatencyKind::kLag).max(), Duration::Seconds(2).nanos());
}

TEST(EngineLimitsTest, AFullSpoolStopsNewStartsAndIsCounted) {
  SimRun run(MakePlan(OpenSpec(100, 3)), {});
  run.At(Duration::Millis(1005), [&] { run.worker(0).SetSpoolFull(true); });
  run.At(Duration::Millis(2005), [&] { run.worker(0).SetSpoolFull(false); });
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(NotBegun(run.totals(), NotStarted::kSpoolFull), 100U);
  EXPECT_EQ(run.totals().completed, 200U);
}

TEST(EngineLimitsTest, UsersPauseWhileTheSpoolIsFull) {
  SimRun run(MakePlan(ClosedSpec(3, 4)), Serving(Duration::Millis(100)));
  run.At(Duration::Millis(1005), [&] { run.worker(0).SetSpoolFull(true); });
  run.At(Duration::Millis(2505), [&] { run.worker(0).SetSpoolFull(false); });
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(NotBegun(run.totals(), NotStarted::kSpoolFull), 3 * 2U);
  EXPECT_EQ(run.totals().due, run.totals().completed + 6);
}

TEST(EngineLimitsTest, WhatIsInFlightAtTheDrainLimitIsCut) {
  PlanSpec spec = OpenSpec(10, 1);
  spec.drain = Duration::Seconds(2);
  spec.requests[0].timeout = Duration::Seconds(60);
  SimRun run(MakePlan(spec), Serving(Duration::Millis(2499)));
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().completed, 6U);  // due by 0.5 s
  EXPECT_EQ(run.totals().load_completed, 0U);
  EXPECT_EQ(run.totals().cut, 4U);
  EXPECT_EQ(Errors(run.totals(), ErrorClass::kDrainCut), 4U);
  EXPECT_EQ(run.ended(), RunTime() + Duration::Seconds(3));
  EXPECT_EQ(run.server().counts().open, 0U);
}

TEST(EngineLimitsTest, AfterAStopNothingMoreIsDueAndTheRestMayFinish) {
  SimRun run(MakePlan(OpenSpec(100, 10)), Serving(Duration::Millis(300)));
  run.At(Duration::Millis(1000), [&] { run.worker(0).Stop(StopMode::kDrain); });
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().due, 101U);
  EXPECT_EQ(run.totals().completed, 101U);
  EXPECT_EQ(run.totals().load_completed, 70U);
  EXPECT_EQ(run.ended(), RunTime() + Duration::Millis(1300));
}

TEST(EngineLimitsTest, StopNowCutsAtOnce) {
  for (const bool open : {true, false}) {
    SimRun run(MakePlan(open ? OpenSpec(100, 10) : ClosedSpec(30, 10)),
               Serving(Duration::Millis(295)));
    run.At(Duration::Millis(1001), [&] { run.worker(0).Stop(StopMode::kNow); });
    ASSERT_TRUE(run.Run());
    EXPECT_EQ(run.totals().cut, 30U);
    EXPECT_EQ(run.totals().completed, open ? 71U : 90U);
    EXPECT_EQ(run.ended(), RunTime() + Duration::Millis(1001));
    EXPECT_EQ(run.worker(0).open_connections(), 0U);
  }
}

// What is counted for one request that is cut when `unsent` of its bytes were not yet handed over,
// before the news that its first byte was sent, which comes with the next events.
Counts CutWithUnsent(size_t (*unsent)(size_t request_bytes), size_t* request_bytes) {
  FakeTransport transport;
  const MonoTime t0 = SimRun::kT0;
  CellMap cells;
  LoadEngine engine(MakePlan(OpenSpec(1, 1)), {{0, {1}}, 0, 1}, {Endpoint()}, t0, &transport,
                    [&](std::unique_ptr<EngineDelta> delta) { MergeCells(delta->cells, &cells); });
  engine.Advance(t0);
  engine.OnConnected(1, {.established = t0}, t0);
  *request_bytes = transport.sent.at(0).bytes.size();
  transport.unsent = unsent(*request_bytes);
  engine.Stop(StopMode::kNow, t0);
  EXPECT_EQ(engine.Advance(t0), MonoTime::Max());
  EXPECT_TRUE(engine.done());
  EXPECT_EQ(cells.size(), 1U);
  return cells.begin()->second.counts;
}

TEST(EngineLimitsTest, ACutRightAfterTheSendCountsAsAfterSend) {
  size_t bytes = 0;
  const Counts all = CutWithUnsent([](size_t) { return size_t{0}; }, &bytes);
  EXPECT_EQ(all.failed_after_send, 1U);
  EXPECT_EQ(all.bytes_sent, bytes);
}

TEST(EngineLimitsTest, BytesSentAreThoseHandedToTheKernel) {
  size_t bytes = 0;
  const Counts part = CutWithUnsent([](size_t request) { return request - 5; }, &bytes);
  EXPECT_EQ(part.failed_after_send, 1U);
  EXPECT_EQ(part.bytes_sent, 5U);
  const Counts none = CutWithUnsent([](size_t request) { return request; }, &bytes);
  EXPECT_EQ(none.failed_after_send, 0U);
  EXPECT_EQ(none.bytes_sent, 0U);
}

TEST(EngineLimitsTest, WhatIsFoundAfterTheDrainIsNotStarted) {
  for (const bool open : {true, false}) {
    PlanSpec spec = open ? OpenSpec(10, 1) : ClosedSpec(3, 1);
    if (open) Open(spec).max_lateness = Duration::Seconds(60);
    spec.drain = Duration::Millis(500);
    SimRun run(MakePlan(spec), {});
    run.worker(0).StallAdvance(SimRun::kT0, At(Duration::Seconds(2)));
    ASSERT_TRUE(run.Run());
    EXPECT_EQ(NotBegun(run.totals(), NotStarted::kLate), run.totals().due);
    EXPECT_EQ(run.totals().due, open ? 10U : 3U);
    EXPECT_EQ(run.server().counts().requests, 0U);
  }
}

TEST(EngineLimitsTest, AStopBeforeTheStartIsARunOfNothing) {
  SimRun run(MakePlan(ClosedSpec(30, 10)), {});
  run.executor().ScheduleAt(SimRun::kT0 - Duration::Millis(1),
                            [&] { run.worker(0).Stop(StopMode::kDrain); });
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals(), Counts());
}

// By the stop its last number is decided and everything accounted for to the load's end; SimRun
// checks that this stands.
TEST(EngineLimitsTest, AStopTakesNoAccountBack) {
  PlanSpec spec = OpenSpec(100, 10);
  spec.iterations = 50;
  SimRun run(MakePlan(spec), Serving(Duration::Seconds(2)));
  run.At(Duration::Millis(750), [&] { run.worker(0).Stop(StopMode::kDrain); });
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().completed, 50U);
}

TEST(EngineLimitsTest, ADrainingRunCanStillBeStoppedAtOnce) {
  SimRun run(MakePlan(OpenSpec(100, 10)), Serving(Duration::Seconds(3)));
  run.At(Duration::Millis(1000), [&] { run.worker(0).Stop(StopMode::kDrain); });
  run.At(Duration::Millis(1500), [&] { run.worker(0).Stop(StopMode::kNow); });
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().cut, 101U);
  EXPECT_EQ(run.ended(), RunTime() + Duration::Millis(1500));
}

TEST(EngineLimitsTest, ARunLastsAsLongAsItsLoadAndADeltaComesPerInterval) {
  PlanSpec spec = OpenSpec(1, 3);
  SimRun run(MakePlan(spec), {});
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.ended(), RunTime() + Duration::Seconds(3));
  EXPECT_EQ(run.deltas(), 30U);
}

TEST(EngineLimitsTest, ALimitOnIterationsEndsTheRunWithTheLast) {
  for (const bool open : {true, false}) {
    PlanSpec spec = open ? OpenSpec(100, 60) : ClosedSpec(7, 60);
    spec.iterations = 50;
    SimRun run(MakePlan(spec), Serving(Duration::Millis(10)));
    ASSERT_TRUE(run.Run());
    EXPECT_EQ(run.totals().completed, 50U);
    EXPECT_LT(run.ended(), RunTime() + Duration::Seconds(1));
  }
}

TEST(EngineLimitsTest, UsersRampUpAndDownAndFinishWhatTheyBegan) {
  PlanSpec spec = ClosedSpec(10, 1);
  Closed(spec).segments = {{0, 10, Duration::Seconds(10), 0}, {10, 0, Duration::Seconds(10), 0}};
  SimRun run(MakePlan(spec), Serving(Duration::Millis(50)));
  uint64_t most = 0;
  for (int ms = 25; ms < 20'000; ms += 50) {
    run.At(Duration::Millis(ms), [&run, &most, ms] {
      const auto users = static_cast<uint64_t>(std::min(ms, 20'000 - ms) / 1000);
      const uint64_t busy = run.server().counts().in_service;
      EXPECT_GE(busy, users);
      EXPECT_LE(busy, users + 1);  // one may be finishing after it has left
      most = std::max(most, busy);
    });
  }
  ASSERT_TRUE(run.Run());
  EXPECT_GE(most, 9U);
  EXPECT_EQ(run.totals().cut, 0U);
  EXPECT_EQ(run.totals().due, run.totals().completed);
}

TEST(EngineLimitsTest, MaxThreadsGivesEachThreadSomethingToDo) {
  PlanSpec spec = OpenSpec(100, 1, 8);
  spec.connections = 5;
  EXPECT_EQ(LoadEngine::MaxThreads(*MakePlan(spec), {0, {1}}), 5U);
  EXPECT_EQ(LoadEngine::MaxThreads(*MakePlan(spec), {1, {1, 1}}), 2U);
  PlanSpec closed = ClosedSpec(3, 1);
  closed.connections = 50;
  EXPECT_EQ(LoadEngine::MaxThreads(*MakePlan(closed), {0, {1, 1}}), 2U);
  EXPECT_EQ(LoadEngine::MaxThreads(*MakePlan(closed), {3, {1, 1, 1, 1}}), 0U);
}

}  // namespace
}  // namespace muster
