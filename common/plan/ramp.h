// Ramp: the exact area under one linear stretch of a load profile, and its inverse. The inner maths
// of LoadProfile, apart so that both widths of integer can be tested against each other.
//
// Over the stretch's first x nanoseconds the rate goes from `from` towards `to`; the area, in
// LoadProfile's units of S, is
//
//   A(x) = 2 * from * x + (to - from) / length * x^2
//
// so A(length) = (from + to) * length is whole. Limits (LoadProfile checks them): 0 <= rates <=
// Rate::kMax = 3.6e16 < 2^55, 0 < length <= 30 days = 2.592e15 ns < 2^52.
//
// Values; any thread. Integers decide: floating point gives a first guess, never an answer.
#pragma once

#include <cstdint>

#include "common/base/int128.h"

namespace muster {

struct Ramp {
  int64_t from = 0;  // micro per hour
  int64_t to = 0;
  int64_t length = 1;  // ns
  // (to - from) / length in lowest terms.
  int64_t slope_num = 0;
  int64_t slope_den = 1;
  bool wide = false;  // 128 bits could overflow: compare in 256
};

// Derives slope and width.
Ramp MakeRamp(int64_t from, int64_t to, int64_t length);

// A(length).
inline Int128 RampArea(const Ramp& ramp) {
  return (static_cast<Int128>(ramp.from) + ramp.to) * ramp.length;
}

// The largest whole x with A(x) <= area. Requires 0 <= area < A(length); so x < length.
int64_t RampOffset(const Ramp& ramp, Int128 area);

// ceil(A(x)). Requires 0 <= x <= length.
Int128 RampAreaCeil(const Ramp& ramp, int64_t x);

}  // namespace muster
