// OpenLimiter: bounds the rate at which connections are opened, so that the start of many users is
// no burst that the target's listen queue drops. A token bucket: one connection each `spacing`,
// and what was not used is kept for a burst of kBurst. Pure; one owner.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/time/time.h"

namespace muster {

class OpenLimiter {
 public:
  static constexpr int64_t kBurst = 100;

  // `spacing` zero: no bound.
  explicit OpenLimiter(Duration spacing = Duration()) : spacing_(spacing) {}

  // When the next one may be opened.
  RunTime next() const { return next_; }
  // True when one may be opened at `now`; it is then counted. `now` does not go back.
  bool Take(RunTime now) {
    if (spacing_ == Duration()) return true;
    if (now < next_) return false;
    const RunTime earliest = now - spacing_ * (kBurst - 1);
    next_ = std::max(next_, earliest) + spacing_;
    return true;
  }

 private:
  Duration spacing_;
  RunTime next_ = RunTime::FromNanos(INT64_MIN / 2);
};

}  // namespace muster
