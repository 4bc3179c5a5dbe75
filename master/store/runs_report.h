// `muster runs`: a list of stored runs for people, and as JSON ("muster-runs/1", docs/runs.md).
// Pure functions; any thread.
#pragma once

#include <string>

#include "master/report/text_style.h"
#include "master/store/run_store.h"

namespace muster {

// A table, newest first, and a line for what the limit left out.
std::string RunsTable(const RunList& list, const TextOptions& options);
std::string RunsJson(const RunList& list);

}  // namespace muster
