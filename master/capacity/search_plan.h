// How a search spends its budget, decided in advance.
//
//   climb      short levels, at most half of the budget together
//   bisect     three short ones
//   confirm    a fifth, at most `confirm` (60 s)
//   beyond     a tenth, at most a minute; confirming again after a failure takes it first
//   hold       what is left, as 2 to 8 holds of equal length
//
// A short level lasts a sixtieth of the budget, less where fewer seconds show enough requests.
//
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/time/time.h"

namespace muster {

struct SearchOptions {
  // By objective: the largest share of bad that is allowed; 0: none at all.
  std::vector<double> allowed;
  bool closed = false;        // loads are users, whole numbers; else arrivals per second
  double from = 1;            // the first load
  std::optional<double> max;  // none above
  Duration budget = Duration::Seconds(300);  // of all levels
  Duration confirm = Duration::Seconds(60);  // of the confirming level
  Duration shortest = Duration::Seconds(2);  // no level is shorter
  Duration level_cost;                       // what a level takes beside its length
  // Resolved: the interval reaches at most this share of the estimate to each side.
  double resolution = 0.1;
  // Narrow enough to stop before the budget is spent.
  double narrow = 0.025;
  uint64_t seed = 1;
};

struct SearchPlan {
  Duration short_level;  // at most
  Duration block;        // of what is drawn from levels for intervals
  Duration climb;        // no further climbing once so much is spent
  Duration confirm;      // length
  Duration beyond;       // total
};
SearchPlan PlanSearch(const SearchOptions& options);

// Of a short level: so long that the strictest objective would see three bad requests of those it
// allows, within [shortest, short_level].
Duration ShortLength(const SearchOptions& options, double load);

struct HoldPlan {
  size_t holds = 0;
  Duration length;
};
// Of the time that is left once the coarse part is over. No holds: not enough time for one.
HoldPlan PlanHolds(const SearchOptions& options, Duration spent);
// Of each of `holds` that are still to come; 0 for none.
Duration HoldLength(const SearchOptions& options, Duration spent, size_t holds);

// A load that can be asked for: whole in the closed model, at least 1; else of four digits.
double RoundLoad(const SearchOptions& options, double load);

}  // namespace muster
