// A run in the middle of its second stage, for the tests of the live view.
#pragma once

#include <cmath>

#include "master/results/live.h"

namespace muster {

inline LiveWorker SampleWorker(const std::string& name, WorkerColour colour, int64_t lag_p99_ns,
                               double busy, double run_queue = 0) {
  const WorkerSecond second = {.lag_p99_ns = lag_p99_ns, .run_queue = run_queue, .busy = busy};
  return {name, LiveState::kWorking,
          WorkerWatch::Latest{RunTime() + Duration::Seconds(46), colour, second}};
}

inline LivePoint SamplePoint(int64_t second, double rate, int64_t p99_ns, bool failed = false) {
  LivePoint point;
  point.from = RunTime() + Duration::Seconds(second);
  point.to = point.from + Duration::Seconds(1);
  point.completed = static_cast<uint64_t>(rate);
  point.completed_per_s = rate;
  point.started_per_s = rate + 8;
  if (p99_ns > 0) {
    point.p50_ns = p99_ns / 20;
    point.p99_ns = p99_ns;
  }
  point.p99_failed = failed;
  return point;
}

inline LiveSnapshot SampleLive() {
  LiveSnapshot live;
  live.name = "shop";
  live.elapsed = Duration::Millis(47'300);
  live.load_length = Duration::Seconds(130);
  live.stage = {.name = "steady",
                .number = 2,
                .count = 3,
                .from = 2'000,
                .to = 2'000,
                .elapsed = Duration::Millis(17'300),
                .length = Duration::Seconds(60)};
  live.asked_per_s = 2'000;
  live.workers = {SampleWorker("berlin", WorkerColour::kGreen, 0, 0.41),
                  SampleWorker("frankfurt", WorkerColour::kRed, 12'400'000, 0.97, 0.31),
                  SampleWorker("zurich", WorkerColour::kAmber, 1'300'000, 0.5)};
  for (int64_t second = 0; second < 46; ++second) {
    const double rate = second < 30 ? 66.0 * static_cast<double>(second + 1) : 1'990;
    const bool stall = second == 38;
    live.points.push_back(
        stall ? SamplePoint(second, 0, 0, true)
              : SamplePoint(second, rate,
                            second == 39 ? 1'040'000'000 : 11'000'000 * (second % 4 + 8)));
  }
  live.in_flight = 24;
  live.due = 93'161;
  live.completed = 93'120;
  live.failures = 41;
  live.not_started = 14;
  live.not_started_by = {{"max_in_flight", 14}};
  live.errors = {{"timeout", 30, RunTime() + Duration::Seconds(38)},
                 {"status 503", 11, RunTime() + Duration::Millis(4'200)}};
  return live;
}

}  // namespace muster
