// Verdict: from what was measured and what went wrong to one outcome, its exit code, and every
// reason in plain words. A pure function; the table of rules is docs/exit-codes.md.
//
// Order, the first that holds decides: internal error 70, interrupted 5, incomplete 3,
// generator-limited 4, a threshold failed (or an abort by one, or nothing completed) 1, passed 0.
//
// Generator-limited only where the generator could have changed the answer:
//   - more than kNotDeliveredShare of what was due, in the whole run or in its measured stages, was
//     not begun, or failed, for this side's reasons (late, descriptors, ports, a full spool);
//   - a threshold fails that passes with a perfect generator (threshold_eval.h);
//   - the load met max_in_flight while the generator itself was saturated (kSaturatedLagNs);
//   - a closed run's threshold on rate fails (or, as an upper limit, passes) while a worker was
//     busy for more than kBusyShare of its time. A lower limit that it reached stays reached.
// Lag in a run that passed with it is a note; a busy core alone is a finding's to tell
// (master/findings).
#pragma once

#include <string>
#include <vector>

#include "common/plan/plan.h"
#include "master/results/summary.h"
#include "master/results/threshold_eval.h"

namespace muster {

inline constexpr double kNotDeliveredShare = 0.001;
// A median lag above this: the generator is saturated, and max_in_flight was reached because it was
// late to read what had long arrived.
inline constexpr int64_t kSaturatedLagNs = 5'000'000;
inline constexpr double kBusyShare = 0.9;

// Everything that a verdict depends on.
struct VerdictInput {
  bool open = true;
  Counts counts;    // the whole run
  Counts measured;  // its measured stages
  uint64_t iterations_lost = 0;
  std::vector<ThresholdJudgement> thresholds;
  std::vector<WorkerSummary> workers;
  std::vector<Loss> losses;
  std::vector<std::string> book_errors;         // laws broken
  std::vector<std::string> incomplete_reasons;  // the session's: too few workers, a refusal, ...
  std::string internal_error;                   // empty: none
  std::string interrupted_by;                   // "SIGINT"; empty: it was not
  std::string aborted_by;  // the threshold that ended the run, when and why; empty: none
  LatencySummary lag;      // measured stages
};

struct Judged {
  Verdict verdict;
  int exit_code = 0;
  std::vector<std::string> notes;
};

Judged JudgeRun(const VerdictInput& input);

// The reason that a failed threshold adds; a report that shows the threshold itself can leave it
// out.
std::string FailedThresholdReason(const ThresholdResult& result);

}  // namespace muster
