// Is a level's queue growing? Buffers and token buckets hide overload from latencies and errors for
// a while; what is in flight tells.
//
// The slope of a series (in-flight at the end of each row) by least squares over the means of up to
// 20 parts. Its interval by Student's t with n - 2 degrees of freedom, its variance multiplied by
// (1 + r) / (1 - r), r the residuals' lag-1 autocorrelation: what AR(1) noise does to the variance
// of a mean or a slope of a long series (Priestley, Spectral Analysis and Time Series, 1981, 7.2).
// r is corrected for the bias of a fitted line, + (2 + 4 r) / n for each of its two parameters
// (Marriott and Pope, Biometrika 41, 1954, give the mean's), and kept in [0, 0.9].
//
// Two-sided 98 %: a search asks it of some twenty levels, and only growth counts.
//
// Pure; any thread.
#pragma once

#include <cstddef>
#include <span>

#include "master/statistics/interval.h"

namespace muster {

inline constexpr size_t kMinSlopeParts = 6;

struct Slope {
  double per_value = 0;
  Interval interval;  // everything, for fewer than kMinSlopeParts values
};

Slope FitSlope(std::span<const double> values);

// How far the line rises over all values, if that is more than chance and not negligible; else 0.
// Negligible: less than 2, less than a twentieth of the values' mean, or less than `negligible`.
double Growth(std::span<const double> values, double negligible);

}  // namespace muster
