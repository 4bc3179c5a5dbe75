// LatencySummary: one latency as printed, with the buckets that it was made from, so that a
// reporter can say what the printed percentiles do not. A value; pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/int128.h"
#include "common/stats/histogram.h"

namespace muster {

// A percentile without data, or that falls among the failed, is nullopt.
struct LatencySummary {
  uint64_t count = 0;      // with those that rank last, which are in no bucket
  uint64_t saturated = 0;  // above the histogram's range
  std::optional<int64_t> min_ns, mean_ns, max_ns;
  std::optional<int64_t> p50_ns, p90_ns, p95_ns, p99_ns, p999_ns;
  // The histogram's sparse counts (common/stats/histogram_codec.h) and its exact sum.
  std::string buckets;
  Int128 sum_ns = 0;
  bool operator==(const LatencySummary&) const = default;
};

// `all`: how many were due; those beyond the histogram's records rank above every one of them, so a
// percentile that falls there is nullopt. min, mean and max are of the records.
LatencySummary Summarize(const Histogram& histogram, uint64_t all = 0);

// The histogram that was summarized. Requires buckets that Summarize made.
Histogram HistogramOf(const LatencySummary& latency);

// Any percentile, in thousandths (0 < p <= 100,000), by the same rule as the members above.
std::optional<int64_t> PercentileOf(const LatencySummary& latency, const Histogram& histogram,
                                    uint32_t percentile_millis);

}  // namespace muster
