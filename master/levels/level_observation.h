// What a capacity search sees of a level: the run's time line as rows of counts, and whether the
// generator could have changed the answer. Pure; any thread.
//
// Each of what was due is judged once, in the row in which it ended. What ends in the drain, and in
// a part of a row at the load phase's end, counts in the last whole row: it was due in the load
// phase. What the drain cut is bad for an objective on time, and no error where there is one: it
// was given at least twice that time.
//
// Dropped SYNs of a level are not split by rows: all stand in the last one. They are connects that
// needed a second SYN or took a second at least, and those that no answer came to.
//
// Delivered: completed with an expected status, per second, without the first quarter of the level.
//
// Generator-limited, that is, of no meaning for the target:
//   - the load was not delivered for the generator's reasons (results/verdict.h);
//   - an objective is broken, and the run's verdict says that it would hold without the generator's
//     lag, or max_in_flight was reached because it was late to read;
//   - an objective on time is broken while a worker was busy for more than kBusyShare of its time:
//     what lay unread is in `service`;
//   - so it is (open model) while a worker's own lag at p99 was more than a kLagPart-th of the
//     objective's time: who is late to start is as late to read;
//   - so it is (closed model, whose lag does not show that) while a worker was red
//     (worker_watch.h) for more than kRedLevelShare of its seconds.
#pragma once

#include <span>

#include "common/time/time.h"
#include "master/capacity/level.h"
#include "master/plan/objective.h"
#include "master/results/merger.h"
#include "master/results/summary.h"

namespace muster {

inline constexpr double kRedLevelShare = 0.2;
inline constexpr int64_t kLagPart = 10;

// `merger` and `summary` are of a run of LevelPlan's with these objectives; `spent`: from the
// request of the level to its end.
LevelObservation ObserveLevel(const RunMerger& merger, const RunSummary& summary,
                              std::span<const Objective> objectives, double load, Duration spent);

}  // namespace muster
