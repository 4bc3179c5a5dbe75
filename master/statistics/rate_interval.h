// A 95 % confidence interval of the rate of completions of a hold stage: the whole stage's rate,
// and around it what ten sections scatter, times Student's t with 9 degrees of freedom.
//
// For closed runs and capacity only. An open run's rate is the schedule's: what completes is what
// was due, so its scatter says nothing of the target, and the caller must not ask.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "common/time/time.h"
#include "master/statistics/interval.h"

namespace muster {

struct RateEstimate {
  double point = 0;  // per second
  Interval interval;
  bool optimistic = false;  // neighbouring parts of the stage have much in common
};

// Completions of each row. nullopt: refused, see CheckCut.
std::optional<RateEstimate> EstimateRate(std::span<const uint64_t> completed, Duration row_length);

}  // namespace muster
