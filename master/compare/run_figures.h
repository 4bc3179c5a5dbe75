// RunFigures: one run as a comparison sees it, read from its JSON result ("muster-result/1"), of
// this version or an older one. A value; any thread.
//
// Figures are of measured stages, as thresholds judge them: response over all that was due, and
// errors and rates as sums over the requests. A result without requests' rows has the whole run's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/time/time.h"

namespace muster {

enum class CompareMetric : uint8_t { kP50, kP95, kP99, kMean, kErrorRate, kRate };
inline constexpr std::array<std::string_view, 6> kCompareMetricNames = {
    "p50", "p95", "p99", "mean", "error_rate", "rate"};
inline constexpr size_t kCompareMetrics = kCompareMetricNames.size();

struct Figures {
  uint64_t due = 0;  // of the response figures
  uint64_t ended = 0, errors = 0;
  // Latencies in ns, error_rate as a share, rate per second. nullopt: no data, or, of a percentile
  // with due > 0, among the failed.
  std::array<std::optional<double>, kCompareMetrics> values;
  const std::optional<double>& of(CompareMetric metric) const {
    return values[static_cast<size_t>(metric)];
  }
};

struct RunFigures {
  std::string source;  // what the user called it: a file, or an id
  std::string id, name, model, plan_hash, tool_version;
  std::string load_hash;  // empty: an older result
  std::string outcome;
  std::optional<WallTime> started_at;
  uint64_t due = 0;  // of the whole run
  size_t workers = 0;
  Figures all;
  std::vector<std::pair<std::string, Figures>> by_name;
};

inline constexpr size_t kMaxResultBytes = 64 << 20;

// Errors begin with `source`: no JSON, no result, or a value of the wrong kind, by its key.
StatusOr<RunFigures> ReadRunFigures(std::string_view json, const std::string& source);

}  // namespace muster
