// PerSecond: a count over a length as a rate, without a rounding that could turn a comparison.
// Pure; any thread.
#pragma once

#include <cstdint>

#include "common/time/time.h"

namespace muster {

// n / length in 1/s; 0 for a length of 0 or less. A rate that is a whole number comes out as that
// number, so 30,000 completions in 30 s reach a limit of 1000/s.
double PerSecond(uint64_t n, Duration length);

}  // namespace muster
