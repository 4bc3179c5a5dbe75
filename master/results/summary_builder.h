// Builds the RunSummary of a run that has ended: what was merged, the plan, and what only the
// session knows. Checks laws 1 and 2 over everything and judges the run. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/plan/plan.h"
#include "master/results/abort_rules.h"
#include "master/results/merger.h"
#include "master/results/summary.h"

namespace muster {

// What the session knows of one worker; its index is the merger's.
struct WorkerFacts {
  std::string name;
  std::string state = "finished";  // "finished", "lost", "left"
  Duration clock_offset, clock_error;
  std::string group{};  // empty: none
};

struct SessionFacts {
  std::string tool_version;
  std::string run_id;
  std::string plan_hash, load_hash;
  std::string target;  // as the user wrote it; empty: made from the plan
  WallTime started_at;
  // Of the load phase as run. A closed run that a limit of iterations ends earlier has `ended` as
  // its end.
  RunTime load_end;
  RunTime ended;  // the last event
  std::vector<WorkerFacts> workers;
  std::vector<Loss> losses;
  std::vector<std::string> incomplete_reasons;  // what else makes the result incomplete
  std::string interrupted_by;                   // "SIGINT"; empty: it was not
  std::optional<AbortDecision> aborted;         // by a threshold
  std::string internal_error;                   // empty: none
  bool insecure_control = false;
  // Where the plan's thresholds stand, in their order; fewer: unknown.
  std::vector<std::string> threshold_places{};
};

// Requires facts.workers.size() == merger.workers().size().
RunSummary BuildSummary(const RunMerger& merger, const SessionFacts& facts);

// "2,000/s", "0/s to 8,000/s", "50 users", "1 to 200 users".
std::string AskedText(const Plan& plan);
// What the load is in a hold that begins at `at`: "stage steady is held at 2,000/s".
std::string HeldText(const Plan& plan, RunTime at);
// "http://127.0.0.1:8080", "http+unix:///run/app.sock".
std::string TargetText(const Target& target);

}  // namespace muster
