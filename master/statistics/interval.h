// Interval: a two-sided 95 % confidence interval of one figure, and the quantiles that make it. A
// value; any thread.
//
// A threshold decides by the point estimate. It is borderline when its limit lies in the interval;
// `confidence: 95%` gates on the end that is worse for it.
#pragma once

#include <limits>

namespace muster {

// A latency whose rank falls among the failed lies above every other.
inline constexpr double kRankFailed = std::numeric_limits<double>::infinity();

// 97.5 % quantiles: Student's t with 9 degrees of freedom, and the normal distribution.
// NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.1 and 1.3.6.7.2.
inline constexpr double kStudent9 = 2.262157;
inline constexpr double kNormal = 1.959964;

struct Interval {
  double low = 0;
  double high = 0;  // of a latency: may be kRankFailed, and then so may `low`
  bool Contains(double limit) const { return low <= limit && limit <= high; }
  bool operator==(const Interval&) const = default;
};

}  // namespace muster
