// ClockSync: the offset between the master's monotonic clock and this host's, from ping exchanges.
//
// Of the last kWindow exchanges the one of least round trip counts: its offset is wrong by at most
// half its round trip, whatever the two ways took. Old exchanges fall out, so that drift while
// waiting for a run does not add up. Pure. Owner: the control thread.
#pragma once

#include <cstddef>
#include <deque>

#include "common/session/message.h"
#include "common/time/time.h"

namespace muster {

class ClockSync {
 public:
  static constexpr size_t kNeeded = 8;
  static constexpr size_t kWindow = 32;

  struct Estimate {
    Duration offset;  // master's clock minus this one
    Duration error;   // half the round trip, rounded up
  };

  // `same_clock`: the master's clock is this process's own (the embedded worker's). Nothing to
  // estimate: offset and error are 0.
  explicit ClockSync(bool same_clock = false) : same_clock_(same_clock) {}

  // An answer that arrived at `now`. False, and not counted, when its times contradict each other.
  bool Add(const Pong& pong, MonoTime now);
  bool synced() const { return exchanges_.size() >= kNeeded; }
  // The best estimate of the window. Requires an exchange.
  Estimate Best() const;
  // This host's time at the master's `t`. Requires an exchange.
  MonoTime ToLocal(MonoTime master) const { return master - Best().offset; }

 private:
  bool same_clock_;
  std::deque<Estimate> exchanges_;
};

}  // namespace muster
