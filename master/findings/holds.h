// The holds of a run: stretches of one rate or one number of users, in which figures may be
// compared over time. Pure; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "common/plan/plan.h"
#include "master/results/summary.h"

namespace muster {

struct Hold {
  RunTime from, to;
  double level = 0;  // per second, or users
  bool measured = true;
  Duration length() const { return to - from; }
};

// In order, as run until `load_end`; neighbours of one level are one.
std::vector<Hold> HoldsOf(const Plan& plan, RunTime load_end);

// The summary's rows that lie wholly in [from, to). Its rows are of equal length.
std::span<const TimelineRow> RowsIn(const RunSummary& summary, RunTime from, RunTime to);

// The end of the load phase as run.
inline RunTime LoadEndOf(const RunSummary& summary) { return RunTime() + summary.load_duration; }

}  // namespace muster
