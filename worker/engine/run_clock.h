// RunClock: what time it is for one engine, as run time: the newest of the readings that came with
// events and calls. No reading used is older than one used before, except the instant at which a
// first byte was sent. One owner.
#pragma once

#include <algorithm>

#include "common/time/time.h"

namespace muster {

class RunClock {
 public:
  // `t0`: the run's start on this host's monotonic clock.
  explicit RunClock(MonoTime t0) : t0_(t0) {}

  void Tick(MonoTime now) { now_ = std::max(now_, ToRun(now)); }
  RunTime now() const { return now_; }
  RunTime ToRun(MonoTime t) const { return RunTime() + (t - t0_); }
  MonoTime ToMono(RunTime t) const { return t0_ + (t - RunTime()); }

 private:
  const MonoTime t0_;
  RunTime now_ = RunTime::FromNanos(INT64_MIN / 2);
};

}  // namespace muster
