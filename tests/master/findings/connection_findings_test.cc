#include "master/findings/connection_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/master/findings/healthy_run.h"

namespace muster {
namespace {

using ::testing::HasSubstr;

void SetIdle(TestRun* run, int64_t ns, uint64_t times) {
  run->summary.counts.idle_closed = times;
  Histogram idle;
  idle.RecordMany(ns, times);
  run->summary.latency.by_kind[static_cast<size_t>(LatencyKind::kIdleClosed)] = Summarize(idle);
}

TEST(IdleClosedTest, RacesAndTheTimeOutBehindThem) {
  TestRun run = HealthyRun(HealthyClosedSpec({100}, Duration::Seconds(6)));
  SetIdle(&run, 5'000'000'000, 40);
  run.summary.counts.errors[static_cast<size_t>(ErrorClass::kReusedClosed)] = 3;
  ASSERT_TRUE(Found(run, 4));
  EXPECT_THAT(Found(run, 4)->text, HasSubstr("3 failures of its keep-alive time-out"));
  EXPECT_THAT(Found(run, 4)->evidence, HasSubstr("after about 5.0s"));
  EXPECT_THAT(Found(run, 4)->evidence, HasSubstr("100 % of the think times are longer"));
}

TEST(IdleClosedTest, AFewOfManyConnectionsAreNone) {
  TestRun run = HealthyRun();
  run.summary.counts.connects = 1'000;
  SetIdle(&run, 5'000'000'000, 9);
  EXPECT_FALSE(Found(run, 4));
  SetIdle(&run, 5'000'000'000, 10);
  EXPECT_TRUE(Found(run, 4));
}

TEST(DroppedSynsTest, SlowConnectsAndDropsOfThisHost) {
  TestRun run = HealthyRun();
  run.summary.workers[0].health.listen_drops = 12;
  EXPECT_FALSE(Found(run, 5)) << "the target is elsewhere: some other server's";
  run.summary.counts.slow_connect = 4;
  ASSERT_TRUE(Found(run, 5));
  EXPECT_THAT(Found(run, 5)->evidence, HasSubstr("4 of 50 connects"));

  PlanSpec local = HealthyOpenSpec();
  local.target.host = "127.0.0.1";
  TestRun here = HealthyRun(local);
  EXPECT_FALSE(Found(here, 5));
  here.summary.workers[0].health.listen_drops = 12;
  EXPECT_FALSE(Found(here, 5)) << "none of ours was slow: another server's";
  here.summary.counts.slow_connect = 1;
  ASSERT_TRUE(Found(here, 5)) << "although nothing failed";
  here.summary.counts.slow_connect = 0;
  here.summary.counts.errors[static_cast<size_t>(ErrorClass::kConnectTimeout)] = 2;
  ASSERT_TRUE(Found(here, 5));
  EXPECT_THAT(Found(here, 5)->evidence, HasSubstr("2 connects got no answer in time"));
  EXPECT_THAT(Found(here, 5)->evidence, HasSubstr("dropped 12 SYNs"));
}

TEST(StarvedTest, WhatIsInFlightAndNeverComes) {
  TestRun run = HealthyRun();
  for (TimelineRow& row : run.summary.timeline) row.in_flight += 3;
  ASSERT_TRUE(Found(run, 6));
  EXPECT_THAT(Found(run, 6)->evidence, HasSubstr("explains 4"));
}

TEST(StarvedTest, ARampIsNotAHold) {
  PlanSpec spec = HealthyOpenSpec();
  std::get<OpenLoad>(spec.load).segments[0].from = Rate::PerSecond(10);
  TestRun run = HealthyRun(spec);
  for (TimelineRow& row : run.summary.timeline) row.in_flight += 3;
  EXPECT_FALSE(Found(run, 6));
}

TEST(StarvedTest, ConnectionsWithoutAnAnswer) {
  TestRun run = HealthyRun();
  run.summary.counts.unanswered = 2;
  ASSERT_TRUE(Found(run, 6));
  EXPECT_THAT(Found(run, 6)->evidence, HasSubstr("2 connections ended without ever an answer"));
}

TEST(StarvedTest, AHiddenTail) {
  TestRun run = HealthyRun();
  LatencySummary& response = run.summary.latency.by_kind[0];
  response.mean_ns = *response.p50_ns * 3 + 1;
  EXPECT_TRUE(Found(run, 6));
  response.p50_ns = 100'000;
  response.mean_ns = 900'000;
  EXPECT_FALSE(Found(run, 6)) << "by less than 1 ms";
}

TEST(NetworkTest, OneOrTwoRoundTrips) {
  const auto with = [](int64_t round_trip_ns) {
    TestRun run = HealthyRun();
    Histogram connect;
    connect.RecordMany(round_trip_ns, 50);
    run.summary.latency.by_kind[static_cast<size_t>(LatencyKind::kConnect)] = Summarize(connect);
    return Found(run, 10);
  };
  // The median is 4 ms.
  ASSERT_TRUE(with(3'500'000));
  EXPECT_THAT(with(3'500'000)->text, HasSubstr("about one round trip"));
  EXPECT_THAT(with(3'500'000)->evidence, HasSubstr("99.9 % of the requests on a reused"));
  ASSERT_TRUE(with(2'000'000));
  EXPECT_THAT(with(2'000'000)->text, HasSubstr("two round trips"));
  EXPECT_FALSE(with(1'200'000)) << "more than three";
  EXPECT_FALSE(with(200'000)) << "a round trip that hardly counts";
  EXPECT_FALSE(with(5'500'000)) << "less than one";
}

}  // namespace
}  // namespace muster
