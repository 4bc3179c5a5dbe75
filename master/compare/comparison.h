// Comparison: did the new runs get worse than the base's? Decides which runs may be compared, what
// is tested, what counts as a regression, and what has to be said beside the figures. How two sets
// of figures are tested is statistics/permutation_test.h's; docs/compare.md has it in words.
//
//   the unit      is the run; every metric of the whole run is tested by itself, and of each
//   request
//                 with Holm's correction over the requests, by metric
//   worse         response and error rate higher, the rate of a closed run lower
//   a regression  by more than `size`, and p of that side at most `alpha`; an error rate also by
//                 kErrorFloor or more: 3 errors in a million against 1 are three times as many
//   too few runs  below 4 against 4, or where even the clearest split is not rarer than alpha:
//                 differences are shown, nothing is judged
//
// Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "master/compare/run_figures.h"
#include "master/statistics/permutation_test.h"

namespace muster {

inline constexpr size_t kMaxComparedRuns = 100;  // on a side
inline constexpr double kErrorFloor = 0.001;     // of an error rate

struct CompareOptions {
  double size = 0.05;
  double alpha = 0.05;
  bool force = false;  // compares what is unlike
};

enum class Change : uint8_t {
  kNotJudged,  // too few runs, or runs without a figure
  kNone,       // none that is both large and significant
  kWorse,
  kBetter
};

struct MetricChange {
  CompareMetric metric = CompareMetric::kP50;
  std::string request;                                  // empty: the whole run
  std::vector<std::optional<double>> base, changed;     // by run; nullopt: no figure
  std::optional<double> base_typical, changed_typical;  // geometric means; error rates: means
  std::optional<double> ratio;                          // of them; error rates: see SmoothedRate
  std::optional<Interval> ratio_interval;
  std::optional<double> p_worse, p_better;  // one-sided; of requests: corrected
  Change change = Change::kNotJudged;
};

struct Comparison {
  std::vector<RunFigures> base, changed;
  CompareOptions options;
  bool judged = false;  // enough runs
  // nullopt: not all runs say when they began.
  std::optional<bool> interleaved;
  std::vector<MetricChange> metrics;  // the whole run's first, then by request
  std::vector<std::string> unlike;    // what --force passed over
  std::vector<std::string> notes;
  bool regression() const;
};

// Refuses (InvalidArgument) a run that is given twice, and without `force` runs that are unlike, by
// what differs. Requires 1 to kMaxComparedRuns runs on each side.
StatusOr<Comparison> CompareSides(std::vector<RunFigures> base, std::vector<RunFigures> changed,
                                  const CompareOptions& options);

// In order of time the sides alternate at least as often as the smaller one has runs.
std::optional<bool> AreInterleaved(std::span<const RunFigures> base,
                                   std::span<const RunFigures> changed);

// An error rate that has a logarithm: half an error more in one request more.
double SmoothedRate(const Figures& figures);

// How many runs a side make the clearest of all splits, corrected for `tests`, as rare as `alpha`.
size_t RunsNeeded(double alpha, size_t tests);

}  // namespace muster
