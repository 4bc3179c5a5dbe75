// What happens beyond the capacity: the knee and the breaking point.
//
// Knee: the lowest load that failed and at which less than 98 % of what was asked was delivered. In
// the closed model users ask for what they would do if responses took no longer than at any lower
// number of users: delivered per user, at its best so far.
//
// Breaking point: the lowest load above the sustained one at which a SYN was dropped, a request
// failed or had an unexpected status, or the target collapsed: it delivered less than 90 % of the
// best that it delivered at any lower load. Several at once are all named, for the order within a
// level is not known.
//
// Generator-limited levels count for nothing. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "master/capacity/judged_level.h"

namespace muster {

inline constexpr double kKneeShare = 0.98;
inline constexpr double kCollapsedShare = 0.9;

struct BreakingPoint {
  double load = 0;
  bool dropped_syns = false, errors = false, collapsed = false;
  double in_flight = 0;  // on average
};

std::optional<double> FindKnee(std::span<const JudgedLevel> levels, bool closed);
// `above`: the sustained load; 0 where none was.
std::optional<BreakingPoint> FindBreakingPoint(std::span<const JudgedLevel> levels, double above);

}  // namespace muster
