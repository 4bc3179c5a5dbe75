// A level: one run at one load, and what was seen of it. Values; any thread.
//
// A load is arrivals per second (open model) or users (closed model). Levels are runs of their own,
// on fresh connections; time of a level counts from the start of its load phase.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/time/time.h"
#include "master/statistics/effective_samples.h"

namespace muster {

enum class LevelPurpose : uint8_t {
  kClimb,    // short, by 1.5 up to the first failure (or down to the first that holds)
  kBisect,   // short, between what held and what failed
  kHold,     // long, near the estimate: what the estimate is made of
  kConfirm,  // longest, the load that is to be called sustained; judged whole
  kBeyond,   // short, above what failed: what breaks, and when
};
const char* NameOf(LevelPurpose purpose);  // "climb"

struct LevelRequest {
  double load = 0;
  Duration length;  // of the load phase
  LevelPurpose purpose = LevelPurpose::kClimb;
  bool operator==(const LevelRequest&) const = default;
};

// One interval of a level's time line.
struct LevelRow {
  uint64_t due = 0, started = 0, completed = 0, failed = 0, not_started = 0;
  uint64_t in_flight = 0;  // at its end
  // By objective: of all that were judged in this row, how many broke it (hits). Where the
  // objective counts something else (dropped SYNs): that many hits, of at least as many.
  std::vector<ShareCount> bad;
};

struct LevelObservation {
  double load = 0;  // asked
  Duration length;  // of the load phase as run
  Duration spent;   // with start, drain and all; less than `length`: unknown, the length
  Duration row_length;
  std::vector<LevelRow> rows;
  uint64_t dropped_syns = 0;
  uint64_t errors = 0;         // failed and unexpected
  uint64_t completed = 0;      // in the load phase
  double delivered_per_s = 0;  // completed as expected, the first quarter dropped
  double in_flight_mean = 0;
  double p50_ns = 0, p99_ns = 0;  // response, for charts
  // The generator could have changed the answer: the level says nothing of the target.
  bool generator_limited = false;
  std::string generator_reason;
  bool interrupted = false;  // the user wants no more levels
};

}  // namespace muster
