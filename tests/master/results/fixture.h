// Plans and cells for the tests of results.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/plan/plan.h"
#include "common/stats/delta_batch.h"

namespace muster {

// Open: 100/s for 10 s in the stages "warm" (2 s, not measured), "steady" (4 s) and "late" (4 s);
// requests "home" and "buy".
inline PlanSpec OpenSpec(const std::vector<std::string>& thresholds = {}) {
  PlanSpec spec;
  spec.name = "shop";
  spec.target.host = "127.0.0.1";
  spec.target.port = 8080;
  spec.target.authority = "127.0.0.1:8080";
  spec.stages = {Stage{"warm", false}, Stage{"steady", true}, Stage{"late", true}};
  OpenLoad load;
  const Rate rate = Rate::PerSecond(100);
  load.segments = {RateSegment{rate, rate, Duration::Seconds(2), 0},
                   RateSegment{rate, rate, Duration::Seconds(4), 1},
                   RateSegment{rate, rate, Duration::Seconds(4), 2}};
  spec.load = load;
  RequestSpec home;
  home.name = "home";
  RequestSpec buy;
  buy.name = "buy";
  spec.requests = {home, buy};
  for (const std::string& text : thresholds) {
    auto threshold = ParseThreshold(text);
    EXPECT_TRUE(threshold.ok()) << text << ": " << threshold.status();
    spec.thresholds.push_back(*threshold);
  }
  return spec;
}

inline PlanSpec ClosedSpec(const std::vector<std::string>& thresholds = {}) {
  PlanSpec spec = OpenSpec(thresholds);
  spec.stages = {Stage{"steady", true}};
  ClosedLoad load;
  load.segments = {UserSegment{50, 50, Duration::Seconds(10), 0}};
  spec.load = load;
  return spec;
}

inline std::shared_ptr<const Plan> MakePlan(PlanSpec spec) {
  auto plan = Plan::Create(std::move(spec));
  EXPECT_TRUE(plan.ok()) << plan.status();
  return std::make_shared<const Plan>(*std::move(plan));
}

// What one request adds to a cell, whole: due, started and ended within it. `limits`: of the plan.
inline void AddCompleted(Cell* cell, int64_t response_ns, const std::vector<Duration>& limits = {},
                         int64_t lag_ns = 0, uint16_t status = 200) {
  Counts& counts = cell->counts;
  ++counts.due;
  ++counts.started;
  ++counts.finished;
  ++counts.requests_started;
  ++counts.completed;
  ++counts.load_completed;
  if (status >= 400) ++counts.unexpected;
  cell->statuses.Add(status, 1);
  const int64_t onset_ns = response_ns - lag_ns;
  cell->latency[static_cast<size_t>(LatencyKind::kResponse)].Record(response_ns);
  cell->latency[static_cast<size_t>(LatencyKind::kOnset)].Record(onset_ns);
  cell->latency[static_cast<size_t>(LatencyKind::kService)].Record(onset_ns);
  cell->latency[static_cast<size_t>(LatencyKind::kWait)].Record(0);
  cell->latency[static_cast<size_t>(LatencyKind::kLag)].Record(lag_ns);
  cell->latency[static_cast<size_t>(LatencyKind::kFirstByte)].Record(onset_ns);
  cell->within.resize(limits.size());
  cell->within_onset.resize(limits.size());
  for (size_t i = 0; i < limits.size(); ++i) {
    if (response_ns <= limits[i].nanos()) ++cell->within[i];
    if (onset_ns <= limits[i].nanos()) ++cell->within_onset[i];
  }
}

inline void AddFailed(Cell* cell, ErrorClass error) {
  Counts& counts = cell->counts;
  ++counts.due;
  ++counts.started;
  ++counts.finished;
  ++counts.requests_started;
  ++counts.failed;
  ++counts.errors[static_cast<size_t>(error)];
  for (const LatencyKind kind :
       {LatencyKind::kResponse, LatencyKind::kOnset, LatencyKind::kWait, LatencyKind::kLag}) {
    cell->latency_failed[static_cast<size_t>(kind)].Record(0);
  }
}

inline void AddNotStarted(Cell* cell, NotStarted reason, uint64_t times = 1) {
  cell->counts.due += times;
  cell->counts.not_started[static_cast<size_t>(reason)] += times;
}

// A batch that accounts for everything through `through_ms`.
inline DeltaBatch MakeBatch(uint64_t sequence, CellMap cells, int64_t through_ms = 0,
                            bool last = false) {
  DeltaBatch batch;
  batch.sequence = sequence;
  batch.cells = std::move(cells);
  batch.accounted_through = RunTime() + Duration::Millis(through_ms);
  batch.last = last;
  return batch;
}

}  // namespace muster
