// How many independent samples a stage's samples are worth, by what ten sections scatter, and
// whether that is enough for a percentile.
//
// Pure; any thread.
#pragma once

#include <array>
#include <cstdint>

#include "common/time/time.h"
#include "master/statistics/sections.h"

namespace muster {

// `hits` of `all`.
struct ShareCount {
  uint64_t hits = 0, all = 0;
  void Add(const ShareCount& other);
  double share() const;  // 0 of none
};
using SectionCounts = std::array<ShareCount, kSections>;

ShareCount SumOf(const SectionCounts& sections);

// Variance of the ratio P = sum hits / sum all over k sections: k / (k - 1) * sum (hits_j - P
// all_j)^2 / (sum all)^2 (Cochran, Sampling Techniques, 3rd ed., 6.4: the ratio estimator). 0 of
// none.
double RatioVariance(const SectionCounts& sections);

// P (1 - P) / RatioVariance: so many independent samples would scatter like this. Infinite when
// nothing scatters.
double EffectiveSamples(const SectionCounts& sections);

// A percentile rests on the samples beyond it.
struct Sufficiency {
  // Effective samples on the rarer side of the percentile, at most the real ones.
  double beyond = 0;
  bool enough = false;  // if not, the figure is shown greyed
  // Not enough: a stage of at least this length would do, as far as this one tells.
  Duration length_that_would_do;
};

inline constexpr double kMinEffectiveBeyond = 3;  // fewer: greyed
inline constexpr double kOptimisticBeyond = 6;    // fewer: its interval is optimistic
inline constexpr double kMinSamplesBeyond = 10;   // real ones, fewer: greyed, and no interval
inline constexpr double kWantedBeyond = 10;       // of either kind, for the length that would do

// Of `samples` taken over `length`, worth `effective`, for a percentile 0 < p < 100 % in
// thousandths. Requires samples > 0 and effective > 0.
Sufficiency JudgeSamples(uint64_t samples, double effective, uint32_t percentile_millis,
                         Duration length);

}  // namespace muster
