// The result as Markdown (GitHub's, with tables), for a job's summary or a merge request. A pure
// function of the summary; any thread. Text of the plan's is escaped, so that no name makes a link,
// a heading or a cell of its own.
#pragma once

#include <string>

#include "master/results/summary.h"

namespace muster {

std::string MarkdownReport(const RunSummary& summary);

}  // namespace muster
