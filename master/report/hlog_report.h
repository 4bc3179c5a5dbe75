// The response times of each interval of a run as HdrHistogram's interval log
// (common/stats/hlog.h): a line without a tag for each row of the time line, and one with Tag=name
// for each request name whose time line was kept, by their starts. Of completed requests, in all
// stages. Pure; any thread.
#pragma once

#include <string>

#include "master/results/summary.h"

namespace muster {

std::string HlogReport(const RunSummary& summary);

}  // namespace muster
