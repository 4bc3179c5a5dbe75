// A 95 % confidence interval of a percentile of a hold stage, by sectioning.
//
// In the centre the percentile P of the whole stage; around it what the ten sections' own
// percentiles P_j scatter, in logarithms: ln P +- t9 * sqrt(sum (ln P_j - ln P)^2 / (9 * 10)). That
// is sectioning (Asmussen and Glynn, Stochastic Simulation, III.5a; Nakayama, Confidence intervals
// for quantiles using sectioning, ACM TOMACS 24(4), 2014), as opposed to batching, with the
// sections' mean in the centre, which is biased by what ten short sections never see: for a queue
// at load 0.9 it held 51 % where this held 85. Both ends are widened to the edges of their buckets.
//
// Where a section's percentile is among the failed, or a section has no samples, logarithms can't
// say how far: the ends are then the percentiles at the ends of the interval of the share that
// ranks above (Woodruff, Confidence intervals for medians and other position measures, JASA 47,
// 1952; that share's interval is share_interval.h's). They are kRankFailed where the rank falls
// among the failed.
//
// Optimistic: the interval is likely too narrow, because
//   - what exceeds the percentile comes in few clusters: worth fewer than 6 independent samples
//     (kOptimisticBeyond); or
//   - neighbouring parts of the stage have much in common (kCorrelated); or
//   - a section is empty.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "common/time/time.h"
#include "master/statistics/effective_samples.h"
#include "master/statistics/interval.h"
#include "master/statistics/sections.h"

namespace muster {

struct PercentileEstimate {
  double point_ns = 0;               // upper edge of its bucket; kRankFailed: among the failed
  std::optional<Interval> interval;  // nullopt: fewer than kMinSamplesBeyond, or p100
  bool optimistic = false;           // without an interval: false
  Sufficiency samples;               // of p100, which estimates nothing: enough
};

// Percentile in thousandths, 0 < p <= Histogram::kPercentileScale. nullopt: no data.
std::optional<PercentileEstimate> EstimatePercentile(const Sections& sections,
                                                     uint32_t percentile_millis);

}  // namespace muster
