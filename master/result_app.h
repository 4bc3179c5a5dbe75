// `muster runs`, `muster report` and `muster compare`, put together: from their words to their exit
// codes. They read results and send nothing.
#pragma once

#include <span>
#include <string>

#include "common/base/status.h"
#include "master/plan/flags.h"

namespace muster {

// Where a run with these options is kept; empty: nowhere. The environment decides what the options
// leave open.
StatusOr<std::string> StoreFor(const RunOptions& options);

// `args` without the command. Return the exit code: 0, 2 for wrong usage and what can't be read, 70
// for what can't be written, and of compare 1 for a regression.
int RunsMain(std::span<const std::string> args);
int ReportMain(std::span<const std::string> args);
int CompareMain(std::span<const std::string> args);

}  // namespace muster
