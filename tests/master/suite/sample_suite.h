// A suite for tests: three targets under two plans, and cells as they come out of runs.
#pragma once

#include <string>
#include <vector>

#include "master/suite/cell_record.h"
#include "master/suite/suite_spec.h"

namespace muster {

inline SuiteSpec SampleSuite(uint32_t repeats = 1) {
  SuiteSpec suite;
  suite.name = "sample";
  suite.folder = "/suites";
  suite.seed = 7;
  suite.target_cores = {0};
  suite.generator_cores = {1};
  for (const char* name : {"alpha", "beta", "gamma"}) {
    TargetSpec target;
    target.name = name;
    target.start = {"{python}", "app.py", name};
    suite.targets.push_back(target);
  }
  SuitePlan closed;
  closed.name = "text";
  closed.path = "/text";
  closed.load = "50 users";
  closed.least = Duration::Seconds(30);
  closed.repeats = repeats;
  SuitePlan search = closed;
  search.name = "capacity";
  search.command = SuiteCommand::kFindCapacity;
  search.rank_by = RankBy::kCapacity;
  search.load = "";
  suite.plans = {closed, search};
  return suite;
}

// A run of two seconds at `rate`.
inline CellRecord MeasuredCell(const std::string& target, const std::string& plan, uint32_t repeat,
                               double rate) {
  CellRecord cell;
  cell.key = "0123456789abcdef";
  cell.target = target;
  cell.plan = plan;
  cell.repeat = repeat;
  cell.state = CellState::kMeasured;
  cell.version = target + " 1.0";
  cell.started_at = "2024-02-29T12:34:56.789Z";
  CellFigures figures;
  figures.requests_total = static_cast<uint64_t>(rate * 2);
  figures.rate_per_s = rate;
  figures.duration_s = 2;
  figures.median_ns = static_cast<int64_t>(1e9 / rate);
  figures.p99_ns = static_cast<int64_t>(5e9 / rate);
  figures.mean_ns = static_cast<int64_t>(1.5e9 / rate);
  figures.max_ns = static_cast<int64_t>(9e9 / rate);
  figures.failed = 0;
  figures.unexpected = 0;
  figures.not_started = 0;
  figures.dropped_syns = 3;
  figures.reuse = 0.975;
  figures.outcome = "passed";
  cell.figures = figures;
  cell.use = {.generator_cpu = 0.25, .target_cpu = 0.99, .target_memory_bytes = 48 << 20};
  return cell;
}

inline CellRecord SearchedCell(const std::string& target, uint32_t repeat, double estimate) {
  CellRecord cell = MeasuredCell(target, "capacity", repeat, 1);
  CellFigures figures;
  figures.outcome = "passed";
  figures.capacity = CapacityFigures{.axis = "rate",
                                     .per_s = {estimate, estimate * 0.95, estimate * 1.05,
                                               estimate * 0.97, estimate * 1.03, std::nullopt},
                                     .users = std::nullopt,
                                     .limited_by = "within(100ms) >= 99%",
                                     .resolved = true,
                                     .text = "in words"};
  cell.figures = figures;
  return cell;
}

inline CellRecord UnmeasuredCell(const std::string& target, const std::string& plan,
                                 uint32_t repeat, CellState state, const std::string& reason) {
  CellRecord cell;
  cell.target = target;
  cell.plan = plan;
  cell.repeat = repeat;
  cell.state = state;
  cell.reason = reason;
  return cell;
}

}  // namespace muster
