// Evaluates thresholds over what was counted. Pure functions of a cell (the sum over a threshold's
// filter) and its timeline; any thread.
//
// Rules, for every metric:
//   - No data fails, whatever the threshold asks.
//   - p(response) ranks over all that was due: whatever did not complete ranks above every
//   completed one.
//     A rank that falls there is "failed" and fails. With (ok), and for other latencies, over what
//     completed.
//   - A percentile is the upper edge of its bucket (never above the exact maximum): at most 0.1 %
//   above
//     the true value, never below it.
//   - within(D) is an exact share, of all due.
#pragma once

#include <optional>
#include <vector>

#include "common/plan/threshold.h"
#include "common/stats/cell.h"
#include "master/results/merger.h"
#include "master/results/summary.h"

namespace muster {

// What one threshold is evaluated over.
struct ThresholdScope {
  const Cell* cell = nullptr;
  // Index of the threshold's D in Plan::within_limits(); unused by other metrics.
  size_t within_index = 0;
  // Length of the load phase that the cell's completions fall into, as run; for `rate`.
  Duration load_length;
};

// `first_breach` is left empty.
ThresholdResult EvaluateThreshold(const Threshold& threshold, const ThresholdScope& scope);

// Start of the first row that breaks the threshold alone: the metric over what ended in it fails,
// or (a threshold on time) it begins a silence, longer than the limit, of rows in which something
// was due, or still outstanding, and nothing completed. nullopt: none, or the metric has no meaning
// in one row (rate, counts, other latencies than response).
std::optional<RunTime> FirstBreach(const Threshold& threshold, size_t within_index,
                                   const Timeline& timeline);

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

// Length of the plan's stages that `stage` selects (none: all measured ones), up to `load_end`.
Duration StageLengthAsRun(const Plan& plan, std::optional<uint16_t> stage, RunTime load_end);

// One threshold of the plan, as it came out and as it would have with a perfect generator.
struct ThresholdJudgement {
  ThresholdResult result;
  bool passes_without_generator_faults = false;
};
// Every threshold of the plan, in its order.
std::vector<ThresholdJudgement> EvaluateThresholds(const RunMerger& merger, RunTime load_end);

}  // namespace muster
