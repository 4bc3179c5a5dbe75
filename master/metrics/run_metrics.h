// RunMetrics: a run in progress as Prometheus' metric families, from what is merged so far.
//
// Names follow Prometheus' conventions: base units, _total for counters, native histograms whose
// bounds are bucket_ladder.h's. What is by request name also has the label `measured`: "false" is
// of stages with `measure: false`. So sums over both are the whole run, and those of "true" equal
// the result's `latency` and `by_name`. docs/prometheus.md lists every metric.
//
// Limits: kMaxNames request names keep their own; the others are summed as "(other)". So are
// statuses beyond the first kMaxStatuses that the run met. Workers: those of the run, at most
// 1,000. A label that was given its own series keeps it, so that no counter goes back.
//
// Owner: the merger's, which outlives it.
#pragma once

#include <prometheus/metric_family.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "master/results/merger.h"
#include "master/results/request_groups.h"

namespace muster {

// What the merger does not know of a worker; by its number there.
struct WorkerLabel {
  std::string name;
  std::string state;  // of kWorkerStates
};
inline constexpr std::array<std::string_view, 6> kWorkerStates = {"preparing", "ready", "running",
                                                                  "finished",  "left",  "lost"};

class RunMetrics {
 public:
  static constexpr size_t kMaxNames = 100;
  static constexpr size_t kMaxStatuses = 30;

  RunMetrics(const RunMerger& merger, const std::string& run_id);

  // `elapsed`: since T0; absent while nothing is asked, before the start and after the end.
  std::vector<prometheus::MetricFamily> Collect(std::optional<RunTime> elapsed,
                                                std::span<const WorkerLabel> workers);
  // For people: that names are summed; empty when all have their own.
  std::string Note() const;

 private:
  // Cells of the merger under the same labels.
  struct Series {
    std::string name;
    bool measured = true;
    std::vector<const Cell*> cells;
  };

  std::vector<prometheus::MetricFamily> Iterations() const;
  std::vector<prometheus::MetricFamily> Requests() const;
  prometheus::MetricFamily Errors() const;
  prometheus::MetricFamily Responses();
  prometheus::MetricFamily Latency(LatencyKind kind) const;
  std::vector<prometheus::MetricFamily> Load(std::optional<RunTime> elapsed) const;
  std::vector<prometheus::MetricFamily> Workers(std::span<const WorkerLabel> workers) const;
  prometheus::MetricFamily Info() const;
  prometheus::MetricFamily Tags() const;

  const RunMerger& merger_;
  const std::string run_id_;
  const std::vector<NameGroup> names_;
  std::vector<Series> series_;
  std::set<uint16_t> own_statuses_;  // those with series of their own
};

}  // namespace muster
