// Spans in which a simulated server serves nothing: service under way is frozen and resumed where
// it was.
#pragma once

#include <vector>

#include "common/time/time.h"

namespace muster {

// [from, to).
struct SimStall {
  MonoTime from;
  MonoTime to;
};

// When service that starts at `from` and needs `need` is done. `stalls`: in order, not overlapping.
MonoTime ServiceEnd(const std::vector<SimStall>& stalls, MonoTime from, Duration need);

}  // namespace muster
