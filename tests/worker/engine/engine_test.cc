#include "worker/engine/engine.h"

#include <gtest/gtest.h>

#include "tests/sim/sim_run.h"
#include "tests/worker/engine/test_plans.h"

namespace muster {
namespace {

double P99Seconds(const SimRun& run, LatencyKind kind) {
  return Duration::Nanos(run.Latency(kind).ValueAtPercentile(99'000)).seconds();
}

uint64_t Errors(const Counts& counts, ErrorClass error) {
  return counts.errors[static_cast<size_t>(error)];
}
uint64_t NotBegun(const Counts& counts, NotStarted reason) {
  return counts.not_started[static_cast<size_t>(reason)];
}

// 1,000/s for 10 s, 1 ms of service, and one stall of a second in the middle.
SimRunOptions OneSecondStall() {
  SimRunOptions options;
  options.server.stalls = {
      {SimRun::kT0 + Duration::Seconds(5), SimRun::kT0 + Duration::Seconds(6)}};
  return options;
}

TEST(StallTest, FewConnectionsShowTheStallAsWait) {
  PlanSpec spec = OpenSpec(1000, 10, 100'000);
  spec.connections = 10;
  SimRun run(MakePlan(spec), OneSecondStall());
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().completed, 10'000U);
  EXPECT_NEAR(P99Seconds(run, LatencyKind::kResponse), 0.911, 0.005);
  EXPECT_NEAR(P99Seconds(run, LatencyKind::kService), 0.001, 1e-5);
  EXPECT_NEAR(P99Seconds(run, LatencyKind::kWait), 0.90, 0.02);
  EXPECT_EQ(run.Latency(LatencyKind::kLag).max(), 0);
  EXPECT_EQ(run.server().counts().most_open, 10U);
}

TEST(StallTest, ManyConnectionsShowTheStallAsService) {
  SimRun run(MakePlan(OpenSpec(1000, 10, 2000)), OneSecondStall());
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().completed, 10'000U);
  EXPECT_NEAR(P99Seconds(run, LatencyKind::kResponse), 0.901, 0.002);
  EXPECT_NEAR(P99Seconds(run, LatencyKind::kService), 0.901, 0.002);
  EXPECT_EQ(run.Latency(LatencyKind::kWait).max(), 0);
  EXPECT_EQ(run.Latency(LatencyKind::kLag).max(), 0);
}

TEST(ClosedModelTest, EachUserWaitsForItsResponse) {
  SimRunOptions options;
  options.server.service = Duration::Millis(10);
  SimRun run(MakePlan(ClosedSpec(5, 2)), options);
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().completed, 1000U);
  EXPECT_EQ(run.totals().connects, 5U);
  EXPECT_EQ(run.server().counts().most_in_service, 5U);
  EXPECT_EQ(Errors(run.totals(), ErrorClass::kTimeout), 0U);
  EXPECT_EQ(NotBegun(run.totals(), NotStarted::kLate), 0U);
}

}  // namespace
}  // namespace muster
