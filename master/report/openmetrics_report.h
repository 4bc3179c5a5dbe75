// The result in OpenMetrics' text format, for GitLab's metrics report and whatever else reads it:
// an end state, not a scrape, so without time stamps. A pure function of the summary; any thread.
//
// GitLab compares a branch with its target by metric and labels, so no label tells one run of a
// plan from another: no id, seed or time. Sums over names are metrics of their own (muster_...),
// names have theirs (muster_request_...). A percentile that falls among the failed is +Inf, one
// without data NaN.
#pragma once

#include <string>

#include "master/results/summary.h"

namespace muster {

std::string OpenMetricsReport(const RunSummary& summary);

}  // namespace muster
