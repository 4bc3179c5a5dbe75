#include "tests/sim/sim_stall.h"

namespace muster {

MonoTime ServiceEnd(const std::vector<SimStall>& stalls, MonoTime from, Duration need) {
  MonoTime at = from;
  for (const SimStall& stall : stalls) {
    if (stall.to <= at) continue;
    if (at + need < stall.from) break;
    // What was served before the stall counts; the rest goes on when it is over.
    if (at < stall.from) need -= stall.from - at;
    at = stall.to;
  }
  return at + need;
}

}  // namespace muster
