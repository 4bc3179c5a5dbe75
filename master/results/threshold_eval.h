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
//   - A window is judged by what ended in it (window_judge.h); too few samples for it in the whole
//   run
//     is no data.
#pragma once

#include <optional>
#include <vector>

#include "common/plan/stage_spans.h"
#include "common/plan/threshold.h"
#include "common/stats/cell.h"
#include "master/results/generator_faults.h"
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

// Of the whole scope, whatever the threshold's window: `first_breach` and what follows it are left
// empty.
ThresholdResult EvaluateThreshold(const Threshold& threshold, const ThresholdScope& scope);

// A threshold with a window, judged by `windows`, the rows of which are windows (WindowJudge).
ThresholdResult EvaluateWindows(const Threshold& threshold, bool open, size_t within_index,
                                const Timeline& windows, const std::vector<Stretch>& stages);
// "with 95% confidence": passed only if the bound of the interval of `result` holds as well.
void RequireConfidence(ThresholdResult* result);

// Start of the first row that breaks the threshold alone: the metric over what ended in it fails,
// or (a threshold on time) it begins a silence, longer than the limit, of rows in which something
// was due, or still outstanding, and nothing completed. nullopt: none, or the metric has no meaning
// in one row (rate, counts, other latencies than response).
std::optional<RunTime> FirstBreach(const Threshold& threshold, size_t within_index,
                                   const Timeline& timeline);

// Length of the plan's stages that `stage` selects (none: all measured ones), up to `load_end`.
Duration StageLengthAsRun(const Plan& plan, std::optional<uint16_t> stage, RunTime load_end);

// Index of its D in Plan::within_limits(); of other metrics: of no meaning.
size_t WithinIndex(const Plan& plan, const Threshold& threshold);

// One threshold of the plan, as it came out and as it would have with a perfect generator.
struct ThresholdJudgement {
  ThresholdResult result;
  bool passes_without_generator_faults = false;
};
// Every threshold of the plan, in its order.
std::vector<ThresholdJudgement> EvaluateThresholds(const RunMerger& merger, RunTime load_end);

}  // namespace muster
