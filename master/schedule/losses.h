// What is lost with a worker that ended before its part of the plan did: which of its numbers are
// in no batch, which of those may have started all the same, and the cells that balance the books
// for them. Pure functions of the plan, the owner table and what the master had merged.
#pragma once

#include <cstdint>

#include "common/plan/ownership.h"
#include "common/plan/plan.h"
#include "common/stats/delta_batch.h"

namespace muster {

// A bound on LossOf's cells (some 50 MB): beyond it, neighbouring intervals share one, at the first
// one's place in the timeline.
inline constexpr uint64_t kMaxLossCells = 8192;

// What the master knows of the worker's end.
struct WorkerEnd {
  uint32_t worker = 0;        // index in the owner table
  uint64_t due = 0;           // iterations due in its merged batches
  RunTime accounted_through;  // of its last merged batch
  RunTime may_start_until;    // it could not start anything at or after this (its lease)
  RunTime lost_at;            // when the master gave it up
  RunTime end;                // of the load phase, or the instant of an interrupt
  uint64_t in_flight = 0;     // iterations and requests in flight at its last merged batch
  uint64_t requests_in_flight = 0;
};

struct WorkerLoss {
  uint32_t worker = 0;
  RunTime from, to;  // the window in which its doings are not accounted for
  // Numbers (open) or users (closed) in doubt, first to last; meaningless when numbers is 0.
  uint64_t first = 0, last = 0;
  uint64_t numbers = 0;  // how many of first..last are its own
  // Requests that may have reached the target and are in no count. Closed model: of an unknown
  // number, so only those in flight at its last batch.
  uint64_t at_most = 0;
  uint64_t iterations_lost = 0;  // in flight at its last batch, now counted as lost
  uint64_t requests_lost = 0;
  // Open model: everything of its share that is in no batch, as due and not_started{worker_lost}.
  // To be merged with the accepted batches' cells.
  CellMap not_started;
};

// Time: some due times for each cell, and one draw per unaccounted number when the plan has more
// than one request: for a million of them 3 ms with one request, below 0.2 s with more.
WorkerLoss LossOf(const Plan& plan, const OwnerTable& table, const WorkerEnd& end);

// Whether a worker whose last batch is in had done its whole part of an uninterrupted plan. Open:
// every number of its share is accounted for. Closed: its users' time, or their limit of
// iterations, is over.
bool DidItsPart(const Plan& plan, const OwnerTable& table, uint32_t worker, uint64_t due,
                RunTime accounted_through);

// How many numbers `worker` owns that are due before `end`. Open model only.
uint64_t OwnedBefore(const Plan& plan, const OwnerTable& table, uint32_t worker, RunTime end);

}  // namespace muster
