#include "tests/sim/queue/sim_queue.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

constexpr LevelRequest kLevel{100, Duration::Seconds(40), LevelPurpose::kHold};

TEST(SimQueueTest, WhatIsDueIsStartedAndEndsOnce) {
  SimQueue queue;
  queue.service_s = 0.005;
  queue.within_s = {0.02};
  const LevelObservation level = RunSimLevel(queue, kLevel, 7);
  uint64_t due = 0, completed = 0, judged = 0;
  for (const LevelRow& row : level.rows) {
    due += row.due;
    completed += row.completed;
    judged += row.bad[0].all;
  }
  EXPECT_EQ(level.rows.size(), 400U);
  EXPECT_NEAR(static_cast<double>(due), 4'000, 300);
  EXPECT_EQ(completed, due);
  EXPECT_EQ(judged, due);
}

TEST(SimQueueTest, OverloadGrowsByWhatIsTooMuch) {
  SimQueue queue;
  queue.exponential = false;
  queue.service_s = 0.02;
  queue.arrivals = SimArrivals::kEven;
  const LevelObservation level = RunSimLevel(queue, kLevel, 7);
  EXPECT_NEAR(static_cast<double>(level.rows.back().in_flight), 2'000, 3);
  EXPECT_NEAR(level.delivered_per_s, 50, 0.1);
}

// nginx: 200 are taken above the rate, at 10/s too many in 20 s.
TEST(SimQueueTest, TheLimiterFailsOnceItsBurstIsUsed) {
  const LevelObservation level =
      RunSimLimiter(1'000, 200, {1'010, Duration::Seconds(40), LevelPurpose::kHold});
  EXPECT_NEAR(static_cast<double>(level.errors), 200, 3);
  EXPECT_EQ(level.rows[190].bad[0].hits, 0U);
  EXPECT_GE(level.rows[250].bad[0].hits, 1U);
}

}  // namespace
}  // namespace muster
