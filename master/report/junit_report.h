// The result as JUnit XML, which CI servers show as tests: one test case for each threshold, and
// one for the run as such ("run"). A pure function of the summary; any thread.
//
//   <failure>  the target's fault: a threshold failed (no data included), or nothing completed
//   <error>    no verdict on the target: the run was incomplete (exit code 3), limited by its
//              generator (4), interrupted (5) or hit a fault of Muster's own (70). The case "run"
//              has the reasons; a threshold that failed in such a run is an error too.
//
// Nothing is ever marked as skipped. Times are in seconds. What Muster found about the run by
// itself is the suite's <system-out>.
#pragma once

#include <string>

#include "master/results/summary.h"

namespace muster {

std::string JunitReport(const RunSummary& summary);

}  // namespace muster
