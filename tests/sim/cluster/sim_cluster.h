// SimCluster: a whole run in simulated time: a master, its workers with their real sessions and
// engines, the links between them and a server for each worker. One seed draws the plan, the clocks
// and every fault; the laws of the design are checked at the end.
//
//   const ClusterResult result = RunCluster({.seed = 7});
//   result.violations is empty, whatever happened
//
// Planted faults (Mutation) change what passes between the parts, never the parts: each must show
// up as a violation for some seed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "master/schedule/run_controller.h"

namespace muster {

enum class Mutation : uint8_t {
  kNone,
  kAckBeforeMerge,   // the sink says yes before it has the batch, then may not take it
  kNoDeduplication,  // the master merges a repeat
  kRebuiltResend,    // a resent batch holds whatever is unacknowledged by then
  kEarlyFree,        // the outbox forgets a batch once it is sent
  kSharedBucket,     // two workers own the same numbers
  kHoldUnheard,      // a worker says that it follows a hold, and its engines do not
  kHoldUnasked,      // the master takes a worker to follow a hold that it was not told of
};

struct ClusterOptions {
  uint64_t seed = 1;
  Mutation mutation = Mutation::kNone;
  bool keep_trace = false;
  // A load phase of ten seconds, in which the user holds and releases the load now and then.
  bool hold = false;
};

struct ClusterResult {
  std::vector<std::string> violations;       // of the laws; empty is right
  std::map<std::string, uint64_t> occurred;  // faults that did something, by kind
  RunOutcome outcome;
  std::string trace;  // everything that happened, when asked for
};

ClusterResult RunCluster(const ClusterOptions& options);

}  // namespace muster
