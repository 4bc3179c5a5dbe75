// The distribution of a latency as HdrHistogram tables it: the values at percentiles that lie the
// closer, the nearer they are to 100 %. The levels are those of its PercentileIterator: so many
// steps in each half of the distance that is left. Pure; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "common/stats/histogram.h"

namespace muster {

struct PercentileRow {
  int64_t value_ns = 0;   // of the last record at this level or below it, by the rank rule
  double percentile = 0;  // 0 to 100
  uint64_t count = 0;     // records at that value or below it
};

inline constexpr int kPercentileSteps = 5;  // HdrHistogram's default

// `all` >= histogram.count(): how many the percentiles are of. Those beyond the records rank last,
// and the rows end where only they are left; a row of 100 % ends them when there are none. A few
// hundred rows at most: each has records of its own.
std::vector<PercentileRow> PercentileRows(const Histogram& histogram, uint64_t all,
                                          int steps = kPercentileSteps);

}  // namespace muster
