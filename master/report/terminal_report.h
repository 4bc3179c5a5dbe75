// The end of a run, as people see it: one block of text. A pure function of the summary and the
// options; any thread. The layout is shown and explained in docs/output.md.
#pragma once

#include <string>

#include "master/report/text_style.h"
#include "master/results/summary.h"

namespace muster {

std::string TerminalReport(const RunSummary& summary, const TextOptions& options);

}  // namespace muster
