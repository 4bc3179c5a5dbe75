// The buckets that Prometheus is given of a histogram: a fixed ladder, counted exactly.
//
// Prometheus' `le` is an upper bound, itself included. Its usual decimal bounds lie inside slots of
// our log-linear histogram, where the records on either side can't be told apart. So each bound is
// the highest value of the slot that holds the decimal one: at most 0.1 % above it (1 ms becomes
// 1,000,447 ns), and every count is exact. Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/stats/histogram.h"

namespace muster {

// 1, 2.5 and 5 times each power of ten, from 10 us to 50 s; above is +Inf's.
inline constexpr size_t kLadderBounds = 21;

// The bounds in ns, ascending.
const std::array<int64_t, kLadderBounds>& LadderBounds();

// How many records are at most each bound, ascending. Those above the last: the rest of count().
std::array<uint64_t, kLadderBounds> LadderCounts(const Histogram& histogram);

}  // namespace muster
