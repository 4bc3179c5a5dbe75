// Findings about what the samples can carry: 7 too few for a percentile, 9 a closed run bound by
// its think time, 11 a warm-up or a drift. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "master/findings/findings.h"

namespace muster {

// 9: of a user's cycle, and how flat the median is over the levels of users: within a tenth, or by
// so little of the cycle that the rate does not feel it. A run of one level alone shows nothing
// flat, and of one whose generator was red the median is not the target's: users must think for
// more, so much that no latency could matter.
inline constexpr double kThinkShare = 0.5;
inline constexpr double kFlatMedian = 0.1;
inline constexpr double kFlatOfCycle = 0.01;
inline constexpr double kThinkShareAlone = 0.9;

// Percentiles in thousandths, of those that reports print, that rest on too few samples.
std::vector<uint32_t> PercentilesOfFewSamples(const FindingInput& input);

// A closed run whose rate follows from how long its users think.
struct ThinkBound {
  double think_ns = 0, cycle_ns = 0;  // means; the cycle is think time and response
  // Of the response in ns, by the level of users; empty: they show nothing, and think time alone
  // decides.
  std::map<double, int64_t> flat_medians;
};
std::optional<ThinkBound> FindThinkBound(const FindingInput& input);

void AddSampleFindings(const FindingInput& input, std::vector<Finding>* findings);

}  // namespace muster
