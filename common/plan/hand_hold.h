// Holds by hand: stretches that were inserted into a plan while it ran. In a hold the plan's own
// time stands still: the rate, or the number of users, stays what it is at that moment, and
// whatever the plan has for later comes later by the hold's length.
//
// A plan's holds are the history of its amendments, oldest first: the plan with one hold more
// equals the plan without it for all that is due before the hold's start, to the nanosecond. So a
// hold is lengthened by a further one that starts where it ends.
//
// Values, immutable after Create; any thread.
#pragma once

#include <cstddef>
#include <vector>

#include "common/base/status.h"
#include "common/time/time.h"

namespace muster {

struct HandHold {
  RunTime at;       // of the run, the holds before it counted
  Duration length;  // > 0
  bool operator==(const HandHold&) const = default;
};

inline constexpr size_t kMaxHandHolds = 1'200;  // of one plan

// Run time and plan time, which is run time without the holds.
class HeldTime {
 public:
  // Holds that follow each other directly are one stop.
  struct Stop {
    RunTime at;       // run time
    RunTime plan_at;  // where the plan's time stands
    Duration length;
    bool operator==(const Stop&) const = default;
  };

  HeldTime() = default;  // without a hold
  // `plan_end`: where the load ends in plan time. Refuses more than kMaxHandHolds, a length <= 0 or
  // more than 30 days in all, a hold that begins before 0, before the end of the one before it, or
  // not before the load's end.
  static StatusOr<HeldTime> Create(const std::vector<HandHold>& holds, RunTime plan_end);

  const std::vector<Stop>& stops() const { return stops_; }  // in order
  Duration total() const { return total_; }
  // Where the plan's time stands at `run`; never decreases.
  RunTime ToPlan(RunTime run) const;
  // The first moment of the run at which the plan's time is `plan`; strictly increasing.
  RunTime ToRun(RunTime plan) const;

 private:
  std::vector<Stop> stops_;
  Duration total_;
};

}  // namespace muster
