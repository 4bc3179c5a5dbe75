// Where the capacity lies, from all levels.
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
};

// nullopt: no level was sustained, or none failed.
std::optional<CapacityEstimate> EstimateCapacity(std::span<const JudgedLevel> levels,
                                                 std::span<const double> allowed, double alpha,
                                                 uint64_t seed);

}  // namespace muster
