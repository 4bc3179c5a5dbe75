// The file of --trace: one line "k due_ns started" for each iteration that was decided, ascending
// by k; `started` is 1 or 0. For checking that any split of a plan over workers and threads is the
// same plan: docs/output.md. Pure; any thread.
#pragma once

#include <span>
#include <string>

#include "common/stats/delta_batch.h"

namespace muster {

// Requires entries sorted by k.
std::string TraceReport(std::span<const TraceEntry> entries);

}  // namespace muster
