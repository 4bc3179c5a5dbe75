// What was the generator's own doing, and what a perfect one would have made of the same answers.
// Pure functions of a cell; any thread.
#pragma once

#include <cstdint>

#include "common/stats/cell.h"

namespace muster {

// The cell as it would be had the generator been perfect: nothing not started for its own reasons,
// no request failed by this host's limits, response = onset. What fails on a cell and passes on
// this one was the generator's doing.
Cell WithoutGeneratorFaults(const Cell& cell);
// The same for rates and counts, which do not get better by leaving out what was not delivered: all
// that was due is, and what the generator kept back has completed in the load phase.
Cell AsIfDelivered(const Cell& cell);
// Iterations not begun for the generator's own reasons: late, descriptors, ports, spool_full.
uint64_t NotStartedByGenerator(const Counts& counts);
// Requests failed by this host's limits: descriptors, ports, other.
uint64_t FailedByGenerator(const Counts& counts);

}  // namespace muster
