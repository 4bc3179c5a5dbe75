// A run in which nothing is to be found, to be spoilt by the tests: two workers, 60 s at 1,000/s,
// or 100 users, answered in 2 to 6 ms.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "master/findings/findings.h"
#include "master/results/latency_summary.h"

namespace muster {

struct TestRun {
  std::shared_ptr<const Plan> plan;
  RunSummary summary;
  FindingInput input() const { return {*plan, summary}; }
};

inline PlanSpec HealthyOpenSpec() {
  PlanSpec spec;
  spec.name = "shop";
  spec.target.host = "192.0.2.7";
  spec.target.authority = "192.0.2.7";
  spec.stages = {Stage{"steady", true}};
  OpenLoad load;
  const Rate rate = Rate::PerSecond(1'000);
  load.segments = {RateSegment{rate, rate, Duration::Seconds(60), 0}};
  spec.load = load;
  RequestSpec request;
  request.name = "home";
  spec.requests = {request};
  return spec;
}

// Levels of users, 60 s together.
inline PlanSpec HealthyClosedSpec(std::vector<uint32_t> levels = {100}, Duration think = {}) {
  PlanSpec spec = HealthyOpenSpec();
  ClosedLoad load;
  const int64_t each = 60'000'000'000 / static_cast<int64_t>(levels.size());
  for (const uint32_t users : levels) {
    load.segments.push_back({users, users, Duration::Nanos(each), 0});
  }
  load.think_min = load.think_max = think;
  spec.load = load;
  return spec;
}

inline TimelineRow HealthyRow(int64_t second, int64_t least_ns = 2'000'000) {
  TimelineRow row;
  row.start = RunTime::FromNanos(second * 1'000'000'000);
  row.end = row.start + Duration::Seconds(1);
  row.due = row.started = row.completed = 1'000;
  row.in_flight =
      static_cast<uint64_t>(1'000 * (least_ns + 2'000'000) / 1'000'000'000 + second % 2);
  row.bytes_received = 180'000 + static_cast<uint64_t>(second % 3);
  row.by_status_class[1] = 1'000;
  Histogram response;
  for (uint64_t i = 0; i < 1'000; ++i) {
    const uint64_t more = RandomBelow(
        4'000'000,
        RandomBits(1, RandomStream::kRequest, static_cast<uint64_t>(second) * 1'000 + i));
    response.Record(least_ns + static_cast<int64_t>(more));
  }
  row.response = Summarize(response);
  return row;
}

inline WorkerSummary HealthyWorker(const std::string& name) {
  WorkerSummary worker;
  worker.name = name;
  worker.state = "finished";
  worker.completions = 30'000;
  worker.service_mean_ns = 4'000'000;
  worker.clock_error = Duration::Micros(150);
  worker.seconds = 59;
  worker.health.descriptors = 60;
  worker.health.descriptor_limit = 20'000;
  worker.health.local_ports = 28'232;
  worker.health.memory_bytes = 40 << 20;
  worker.health.memory_limit_bytes = uint64_t{2} << 30;
  return worker;
}

// From the rows: the totals and the headline.
inline void AddUp(RunSummary* summary) {
  Histogram all;
  summary->counts = Counts();
  for (const TimelineRow& row : summary->timeline) {
    all.Merge(HistogramOf(row.response));
    summary->counts.due += row.due;
    summary->counts.started += row.started;
    summary->counts.completed += row.completed;
  }
  summary->counts.connects = 50;
  for (const LatencyKind kind :
       {LatencyKind::kResponse, LatencyKind::kService, LatencyKind::kOnset}) {
    summary->latency.by_kind[static_cast<size_t>(kind)] = Summarize(all);
  }
  Histogram connect;
  connect.RecordMany(200'000, 50);
  summary->latency.by_kind[static_cast<size_t>(LatencyKind::kConnect)] = Summarize(connect);
  NameSummary name;
  name.name = "home";
  name.counts = summary->counts;
  name.statuses.Add(200, summary->counts.completed);
  summary->by_name = {name};
}

inline TestRun HealthyRun(PlanSpec spec = HealthyOpenSpec()) {
  auto plan = Plan::Create(std::move(spec));
  EXPECT_TRUE(plan.ok()) << plan.status();
  TestRun run{std::make_shared<const Plan>(*std::move(plan)), {}};
  run.summary.load_duration = Duration::Seconds(60);
  run.summary.stages = {{"steady", RunTime(), RunTime() + Duration::Seconds(60), true}};
  for (int64_t second = 0; second < 60; ++second) {
    run.summary.timeline.push_back(HealthyRow(second));
  }
  run.summary.workers = {HealthyWorker("a"), HealthyWorker("b")};
  AddUp(&run.summary);
  return run;
}

// The finding of that number, or nothing.
inline std::optional<Finding> Found(const TestRun& run, int number) {
  for (const Finding& finding : FindAll(*run.plan, run.summary)) {
    if (finding.number == number) return finding;
  }
  return std::nullopt;
}

}  // namespace muster
