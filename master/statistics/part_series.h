// A stage as a series of at most 60 values, and how much its neighbours have in common: finer than
// sections, because ten values can't show that they depend on each other.
//
// Pure; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "master/statistics/sections.h"

namespace muster {

inline constexpr size_t kMaxParts = 60;
inline constexpr size_t kMinParts = 20;
// Neighbours of a series that have more in common than this are no longer separate observations:
// e^-(1/1.1), so what happens now is felt for more than a part, a sixth of a section. 60
// independent values exceed it once in a thousand times, 20 once in thirty.
inline constexpr double kCorrelated = 0.4;

struct PartSeries {
  std::vector<double> values;
  std::vector<size_t> first_row;  // of each part
};

// Natural logarithm of the mean of each part's latencies (at least 1 ns); a part is rows [i * n /
// parts, (i + 1) * n / parts). Parts without a record are left out.
PartSeries LogMeanSeries(std::span<const RowView> rows);

// Lag-1 autocorrelation, sum (x_i - m)(x_i-1 - m) / sum (x_i - m)^2 (Box and Jenkins, Time Series
// Analysis, 2.1.5). 0 for fewer than kMinParts values and for values that are all the same.
double NeighbourCorrelation(std::span<const double> values);

}  // namespace muster
