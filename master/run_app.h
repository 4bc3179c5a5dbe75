// `muster run`, put together: one run from a valid plan to its reports and exit code. Everything it
// is made of is constructed here; decisions are those of the parts.
#pragma once

#include "master/master_app.h"
#include "master/plan/flags.h"
#include "master/plan/plan_loader.h"

namespace muster {

// Returns the exit code. Results go to standard output, progress and errors to standard error.
int RunPlan(const RunOptions& options, LoadedPlan loaded, const EmbedWorker& embed_worker);

}  // namespace muster
