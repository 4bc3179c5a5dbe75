// The plan of one level of a capacity search: the search's plan, its load held at one value. Pure;
// any thread.
//
//   rate    even or Poisson arrivals from the start on; max_in_flight is two seconds' worth unless
//           the user set it, so that an overloaded level is bounded
//   users   they join over the first eighth, not all at once: a burst of connections is not what is
//           searched for
//   drain   with an objective on time, twice the longest such time and two seconds at least, and no
//           longer than the plan's: what takes longer is bad already
//
// A level ends early when it is hopeless: after a third of it, more than kHopelessShare of what
// ended was bad by one objective. That a warm-up (a quarter of the level) was all bad is not enough
// for it.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/status.h"
#include "common/plan/plan.h"
#include "common/time/time.h"
#include "master/plan/plan_loader.h"

namespace muster {

inline constexpr double kHopelessShare = 0.8;
// An open level has so many arrivals at least; or it shows nothing.
inline constexpr int kLeastArrivals = 8;

// How long a level of `load` is run that should be `asked` long: longer where arrivals are rare.
// nullopt: that would be more than a quarter of `budget`.
std::optional<Duration> LevelLength(bool open, double load, Duration asked, Duration budget);

// `search`: as LoadPlan makes it for a search; its objectives that are shares are the first
// thresholds of the level's plan, in order. `number`: of the level in the search; each draws its
// requests anew. Errors: a load that no plan can have.
StatusOr<Plan> LevelPlan(const LoadedPlan& search, double load, Duration length, uint64_t number);

}  // namespace muster
