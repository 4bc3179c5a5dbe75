// Where the capacity lies, from all levels: the load at which the curve of bad shares meets what is
// allowed (share_curve.h), of several objectives the lowest; and its interval.
//
// Interval: a bootstrap from the curve (share_fit.h; Efron and Tibshirani, An Introduction to the
// Bootstrap, 1993, 6.5 and 13.4: the basic interval). On each side of the estimate it is as far as
// the replicates' 2.5 % (97.5 %) quantile is on the other, scaled to Student's t for so many
// effective bad requests, at least 4, and by another 1.2: simulation chose that
// (docs/statistics.md). It reaches at least 2 % to each side: near saturation a queue takes longer
// to settle than a hold.
//
// It is cut to what is clear from levels alone, that is where a level's share lies beyond what is
// allowed by more than the levels' pooled dispersion explains, or its queue grew: at a limit that
// sets in at once a curve says nothing, and these bracket it. An objective that allows none at all
// is bracketed alone, between the highest level without and the lowest with a hit.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "master/capacity/judged_level.h"
#include "master/statistics/interval.h"

namespace muster {

struct CapacityEstimate {
  double load = 0;
  Interval interval;
  Limit limited_by;
  double log_deviation = 0;    // standard deviation of ln load
  double slope = 0;            // of the logit of the bad share in ln load; 0: bracketed alone
  bool supported = false;      // a long level near it saw some, but not all, bad
  std::optional<double> held;  // long, with a third of what is allowed, just below what failed
  double dispersion = 1;       // so many times a binomial's is the variance of bad requests
};

// An interval of 1 - alpha, 0 < alpha < 1; without alpha: interval and deviation mean nothing, at a
// thousandth of the time. nullopt: no level failed, or none was sustained.
std::optional<CapacityEstimate> EstimateCapacity(std::span<const JudgedLevel> levels,
                                                 std::span<const double> allowed,
                                                 std::optional<double> alpha, uint64_t seed);

}  // namespace muster
