// Findings about connections: 4 the target closes idle ones that are used again, 5 SYNs dropped or
// sent again, 6 requests that starve and tails that hide, 10 the network was measured. Pure.
#pragma once

#include <vector>

#include "master/findings/findings.h"

namespace muster {

// 4: closed while idle, of all connections. One race that failed is enough.
inline constexpr double kIdleClosedShare = 0.01;
// 6: how far in flight and rate x mean (Little's law) may be apart in a hold of ten mean latencies
// or more; how far the mean may lie above the median.
inline constexpr double kLittleGap = 0.05;
inline constexpr double kLittleSigmas = 3;  // of what the rows' in-flight scatter
inline constexpr int kLittleLatencies = 10;
inline constexpr size_t kLittleRows = 20;
inline constexpr int64_t kTailRatio = 3;
inline constexpr int64_t kTailNs = 1'000'000;
// 10: a round trip above this, and the median within a fifth of one or two of it.
inline constexpr int64_t kRoundTripNs = 1'000'000;
inline constexpr double kRoundTripTolerance = 0.2;

void AddConnectionFindings(const FindingInput& input, std::vector<Finding>* findings);

}  // namespace muster
