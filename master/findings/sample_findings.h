// Findings about what the samples can carry: 7 too few for a percentile, 9 a closed run bound by
// its think time, 11 a warm-up or a drift. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "master/findings/findings.h"

namespace muster {

// 9: of a user's cycle, and how flat the median is over the levels of users: within a tenth, or by
// so little of the cycle that the rate does not feel it. A run of one level
// alone shows nothing flat: it must think for more.
inline constexpr double kThinkShare = 0.5;
inline constexpr double kFlatMedian = 0.1;
inline constexpr double kFlatOfCycle = 0.01;
inline constexpr double kThinkShareOfOneLevel = 0.9;

// Percentiles in thousandths, of those that reports print, that rest on too few samples.
std::vector<uint32_t> PercentilesOfFewSamples(const FindingInput& input);

void AddSampleFindings(const FindingInput& input, std::vector<Finding>* findings);

}  // namespace muster
