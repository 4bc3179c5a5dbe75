// A threshold's metric over one row of a time line, or several as one: what ended in it, and, for
// what the row does not know, nothing. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "common/plan/threshold.h"
#include "common/stats/histogram.h"
#include "common/time/time.h"
#include "master/results/timeline.h"

namespace muster {

// A value, nothing to measure, or a rank among what did not complete.
struct Observation {
  enum class Kind : uint8_t { kValue, kNoData, kFailed };
  Kind kind = Kind::kNoData;
  double value = 0;  // in the limit's unit
  bool operator==(const Observation&) const = default;
};
// Neither no data nor within the limit.
bool Breaks(const Threshold& threshold, const Observation& observation);

// part / whole; of nothing: no data.
Observation RatioOf(uint64_t part, uint64_t whole);
// Percentile of `completed`, with all - completed.count() more that rank above every one of them.
Observation PercentileOf(const Histogram& completed, uint32_t percentile_millis, uint64_t all);
// Mean, least or most of `completed`, as the metric says; of nothing: no data.
Observation MomentOf(const Histogram& completed, Threshold::Metric metric);

// What a row counts as `kind`.
uint64_t CountIn(const Timeline::Row& row, CountKind kind);
// `response`: of what completed in the row. `length`: of the load in it, for `rate`. Requires a
// metric of the response, if it is one of latencies. Percentiles rank over what ended in the row.
Observation ObserveRow(const Threshold& threshold, size_t within_index, const Timeline::Row& row,
                       const Histogram& response, Duration length);

// How long nothing may complete before a threshold on time is broken by that alone. nullopt: it is
// not on time, or asks to be slow.
std::optional<Duration> Patience(const Threshold& threshold);

}  // namespace muster
