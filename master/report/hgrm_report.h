// The distribution of response times as HdrHistogram's percentile table (.hgrm), which its plotter
// reads: value in milliseconds, percentile, how many up to there, 1 / (1 - percentile). One table a
// file: the whole run's, and one for each request name when there are several.
//
// The records are those of completed requests in measured stages. HdrHistogram has no place for
// what failed or was not started; a last comment says how many there were. Pure; any thread.
#pragma once

#include <string>

#include "master/results/summary.h"

namespace muster {

std::string HgrmReport(const LatencyTable& latency);

}  // namespace muster
