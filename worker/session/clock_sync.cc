#include "worker/session/clock_sync.h"

#include <algorithm>

#include "common/base/check.h"

namespace muster {

bool ClockSync::Add(const Pong& pong, MonoTime now) {
  const Duration round_trip = (now - pong.ping_sent) - (pong.replied - pong.received);
  if (pong.ping_sent > now || pong.replied < pong.received || round_trip < Duration()) return false;
  Estimate estimate;
  estimate.offset = ((pong.received - pong.ping_sent) + (pong.replied - now)) / 2;
  estimate.error = Duration::Nanos((round_trip.nanos() + 1) / 2);
  exchanges_.push_back(estimate);
  if (exchanges_.size() > kWindow) exchanges_.pop_front();
  return true;
}

ClockSync::Estimate ClockSync::Best() const {
  CHECK(!exchanges_.empty());
  if (same_clock_) return {};
  return *std::min_element(exchanges_.begin(), exchanges_.end(),
                           [](const Estimate& a, const Estimate& b) { return a.error < b.error; });
}

}  // namespace muster
