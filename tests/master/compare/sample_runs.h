// Runs as comparisons read them, made up.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "master/compare/comparison.h"

namespace muster {

inline Figures FiguresWith(double p99_ms, uint64_t errors = 0) {
  Figures figures;
  figures.due = figures.ended = 10'000;
  figures.errors = errors;
  figures.values = {p99_ms * 0.2e6,
                    p99_ms * 0.6e6,
                    p99_ms * 1e6,
                    p99_ms * 0.3e6,
                    static_cast<double>(errors) / 10'000,
                    2'000 / p99_ms};
  return figures;
}

// Begins at `second`.
inline RunFigures RunWith(const std::string& id, int64_t second, double p99_ms,
                          uint64_t errors = 0) {
  RunFigures run;
  run.source = id + ".json";
  run.id = id;
  run.name = "shop";
  run.model = "open";
  run.plan_hash = "plan-" + id;
  run.load_hash = "load";
  run.tool_version = "0.1.0";
  run.outcome = "passed";
  run.started_at = WallTime::FromNanos(second * 1'000'000'000);
  run.due = 10'000;
  run.workers = 1;
  run.all = FiguresWith(p99_ms, errors);
  run.by_name = {{"home", FiguresWith(p99_ms, errors)}};
  return run;
}

// One run for each p99; base at even seconds, new at odd ones: ABABAB.
inline std::vector<RunFigures> BaseRuns(const std::vector<double>& p99_ms) {
  std::vector<RunFigures> runs;
  for (size_t i = 0; i < p99_ms.size(); ++i) {
    runs.push_back(RunWith("b" + std::to_string(i), static_cast<int64_t>(2 * i), p99_ms[i]));
  }
  return runs;
}
inline std::vector<RunFigures> NewRuns(const std::vector<double>& p99_ms) {
  std::vector<RunFigures> runs;
  for (size_t i = 0; i < p99_ms.size(); ++i) {
    runs.push_back(RunWith("c" + std::to_string(i), static_cast<int64_t>(2 * i + 1), p99_ms[i]));
  }
  return runs;
}

inline const MetricChange& MetricOfRun(const Comparison& comparison, CompareMetric metric,
                                       const std::string& request = "") {
  for (const MetricChange& change : comparison.metrics) {
    if (change.metric == metric && change.request == request) return change;
  }
  static const MetricChange kNone;
  ADD_FAILURE() << "no such metric";
  return kNone;
}

}  // namespace muster
