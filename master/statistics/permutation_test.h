// Do two sets of runs differ? The unit is the run: one figure of each, such as its p99. Within a
// run samples depend on each other and on that day's weather; between runs chance is the labels'.
//
// Exact two-sample permutation test (Pitman, JRSS Supplement 4, 1937) on the difference of the
// means of the logarithms: if the two are alike, every way of splitting the figures is as likely as
// the one that happened. p is the share of splits at least as far apart. All splits up to 10
// against 10 (184,756); beyond, up to 50,000 seeded draws and the one that happened (Phipson and
// Smyth, Permutation p-values should never be zero, 2010).
//
// The interval of the ratio inverts the test: a split that exchanges sets A and B of equal size is
// at least as far apart once the change is at least mean(B) - mean(A), so the interval's ends are
// order statistics of that over all splits (Tritchler, JASA 79, 1984).
//
// Alike means alike but for the label: runs of the two must be interleaved, else what drifts with
// time is taken for a difference. Fewer than 4 against 4 can't tell: 3 against 3 have 20 splits,
// none of which is rarer than 5 %.
//
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "master/statistics/interval.h"

namespace muster {

inline constexpr size_t kMinRuns = 4;
inline constexpr uint64_t kMaxExactSplits = 184'756;
inline constexpr uint64_t kSampledSplits = 50'000;

struct RunComparison {
  double ratio = 0;  // changed / base, of geometric means
  Interval ratio_interval;
  double p_higher = 1;  // one-sided: changed is no higher than base
  double p_lower = 1;   // one-sided: changed is no lower than base
  double p_differs = 1;
  uint64_t splits = 0;
  bool exact = false;  // all splits

  // Whether `changed` is higher by more than `size` (0.05: 5 %), and significantly higher.
  bool IsHigherBy(double size, double significance) const {
    return ratio > 1 + size && p_higher <= significance;
  }
  bool IsLowerBy(double size, double significance) const {
    return ratio < 1 - size && p_lower <= significance;
  }
};

// nullopt: fewer than kMinRuns on a side, so the noise floor is unknown. Figures > 0 and finite: a
// run whose percentile is among the failed has no figure, and the caller says so. Neither side has
// more than 1,000. No two figures differ by more than e^700.
std::optional<RunComparison> CompareRuns(std::span<const double> base,
                                         std::span<const double> changed, uint64_t seed = 1);

// Ways of choosing n of n + m; at most 10^18, which stands for more.
uint64_t CountSplits(size_t n, size_t m);

}  // namespace muster
