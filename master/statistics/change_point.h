// Does the latency of a hold stage change its level, as in a warm-up or a drift? What is found is
// shown, with the figures with and without the part before; nothing is cut in silence.
//
// CUSUM: of n parts' log mean latencies x_i, max over k of |S_k - k/n S_n| / sqrt(n V), S the
// running sum and V the long-run variance. Where nothing changes its limit is the supremum of a
// Brownian bridge, Kolmogorov's distribution (Ploberger and Kraemer, The CUSUM test with OLS
// residuals, Econometrica 60, 1992); the change is at the maximum.
//
// V: of the residuals about a straight line on each side of the change (five values or more; else
// about their mean), so that neither the change nor a warm-up that fades or a steady rise counts as
// variance and hides itself. Prewhitened by an AR(1), then a Bartlett kernel with Andrews'
// bandwidth 1.1447 (a n)^(1/3), a = 4 r^2 / ((1 - r)(1 + r))^2, at most n / 4 (Andrews,
// Econometrica 59, 1991; Andrews and Monahan, Econometrica 60, 1992). What lines take off makes the
// AR(1) too small: r is corrected by 2 (2 + 4 r) / n, the bias of one line (Marriott and Pope,
// Biometrika 41, 1954, give the mean's) for each, and kept in [0, 0.9].
//
// A change is what exceeds Kolmogorov's 0.1 % by 1 + 10/60 (60/n)^2 ((1 + r) / (1 - r))^2: few
// values that are slow to forget, as near saturation, pass for a change else, because two lines
// take off most of what they wander. Simulation chose that margin; docs/statistics.md has the false
// alarms.
//
// Then the effect: the levels (geometric means of the parts' means) differ by 10 % and by 1 ms.
//
// What follows a change in the first half is asked again, so that a warm-up that fades ends where
// it is over. No further change: a warm-up. Otherwise, or later: a drift.
//
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/time/time.h"
#include "master/statistics/sections.h"

namespace muster {

inline constexpr double kMinChangeRatio = 1.1;
inline constexpr double kMinChangeNs = 1e6;
inline constexpr uint64_t kMinChangeRecords = 1'000;

struct ChangePoint {
  enum class Kind : uint8_t {
    // Refused (see CheckCut), or fewer than kMinChangeRecords, or than kMinParts parts with any.
    kNotJudged,
    kNone,
    kWarmUp,  // an early change, to a level that then held
    kDrift,   // a change in the second half, or one after another
  };
  Kind kind = Kind::kNotJudged;
  // Of a warm-up and a drift: the first row after the change (`rows.subspan(row)` is the result
  // without the part before) and the levels on both sides.
  size_t row = 0;
  double before_ns = 0, after_ns = 0;
};

// The rows of a hold stage; what failed is left out.
ChangePoint FindChangePoint(std::span<const RowView> rows, Duration row_length);

}  // namespace muster
