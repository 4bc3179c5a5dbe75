#include "tests/sim/queue/known_capacity.h"

#include <gtest/gtest.h>

#include "tests/sim/queue/sim_queue.h"

namespace muster {
namespace {

// Of an hour or more, at that rate.
double SimulatedShare(const SimQueue& queue, double rate) {
  const LevelObservation level =
      RunSimLevel(queue, {rate, Duration::Seconds(10'000), LevelPurpose::kHold}, 1);
  ShareCount sum;
  for (const LevelRow& row : level.rows) sum.Add(row.bad[0]);
  return sum.share();
}

TEST(KnownCapacityTest, FormulasAndSimulationAgree) {
  SimQueue queue;
  queue.service_s = 0.005;
  queue.within_s = {0.05};
  EXPECT_NEAR(SimulatedShare(queue, MM1Capacity(0.005, 0.05, 0.01)), 0.01, 1e-3);
  queue.arrivals = SimArrivals::kEven;
  EXPECT_NEAR(SimulatedShare(queue, DM1Capacity(0.005, 0.05, 0.01)), 0.01, 1e-3);
  queue.arrivals = SimArrivals::kPoisson;
  queue.exponential = false;
  for (const int servers : {1, 2}) {
    queue.servers = servers;
    EXPECT_NEAR(SimulatedShare(queue, MDcCapacity(servers, 0.005, 0.05, 0.01)), 0.01, 2e-3);
  }
}

// Blocks of 1,024 last many times as long as the queue remembers: to the queue they are Poisson.
TEST(KnownCapacityTest, MustersOwnArrivalsAreNearlyPoisson) {
  SimQueue queue;
  queue.service_s = 0.005;
  queue.within_s = {0.05};
  queue.arrivals = SimArrivals::kStratified;
  EXPECT_NEAR(SimulatedShare(queue, MM1Capacity(0.005, 0.05, 0.01)), 0.01, 1e-3);
}

TEST(KnownCapacityTest, ErlangsFormulaOfMD1) {
  // P(W <= t) = (1 - rho) e^(lambda t) for t < D.
  EXPECT_NEAR(1 - MDcShareOver(1, 1, 0.5, 1.0), 0.5, 1e-9);
  EXPECT_NEAR(1 - MDcShareOver(1, 1, 0.5, 1.5), 0.5 * 1.2840254167, 1e-9);
}

}  // namespace
}  // namespace muster
