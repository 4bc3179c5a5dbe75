// `muster find-capacity`, put together: searches, each a sequence of levels that are runs of their
// own on fresh connections, to their reports and exit code. Which level comes next and what they
// mean is CapacitySearch's (master/capacity); how a run is made is OneRun's.
#pragma once

#include "master/master_app.h"
#include "master/plan/flags.h"
#include "master/plan/plan_loader.h"
#include "master/results/summary.h"

namespace muster {

// `loaded`: of a search (LoadPlan with PlanFlags::search). Returns the exit code. Results go to
// standard output, progress and errors to standard error.
int FindCapacity(const RunOptions& options, const SearchFlags& search, LoadedPlan loaded,
                 Environment environment, const EmbedWorker& embed_worker);

}  // namespace muster
