// CapacityResult: what a capacity search came to, as every report of it sees it; and its verdict.
// A value; any thread.
//
// Several searches (--repeat) are one answer: that of the search with the median estimate (the
// lower of two), its interval widened to cover the intervals of all. Where one has no estimate,
// nothing is averaged: the answer is that of the search that got least far.
//
// Exit code, the first that holds: interrupted 5, incomplete 3; with --at-least, 0 where so much
// was sustained; limited by the generator 4; not resolved, or less than --at-least, 1; else 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/time/time.h"
#include "master/capacity/capacity_search.h"
#include "master/plan/objective.h"
#include "master/results/summary.h"

namespace muster {

struct SearchResult {
  CapacityAnswer answer;
  std::vector<JudgedLevel> levels;
};

// The generator's side, over all levels.
struct CapacityWorker {
  std::string name;
  double busy = 0;         // at most, of its threads' time
  int64_t lag_p99_ns = 0;  // at most
};

struct CapacityResult {
  std::string tool_version;
  std::string name, target;
  std::string load_hash;  // alike where searches may be compared: the plan without seed and target
  uint64_t seed = 0;
  WallTime started_at;
  Duration duration;
  Duration budget;      // of one search
  bool closed = false;  // the axis is users
  std::string traffic;  // "arrivals evenly spaced", "users, thinking 1s to 3s"
  bool insecure_control = false, insecure_target = false;
  Environment environment;
  std::vector<Objective> objectives;
  std::vector<SearchResult> searches;  // one at least; with levels, unless nothing was run
  std::vector<CapacityWorker> workers;
  std::optional<double> wanted;         // --at-least
  std::vector<std::string> incomplete;  // why part of it is missing; empty: it is not
  std::string interrupted_by;           // "SIGINT"; empty: it was not

  // Made by Conclude.
  CapacityAnswer answer;
  Verdict verdict;
  int exit_code = 0;
};

// The answer of all searches, verdict and exit code.
void Conclude(CapacityResult* result);

// Requests per second at a load: in the open model the load itself; for users what was delivered,
// between the levels that were run by a straight line. nullopt: no level was run at or beyond it.
std::optional<double> PerSecondAt(const CapacityResult& result, double load);

}  // namespace muster
