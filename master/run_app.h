// `muster run`, put together: one run from a valid plan to its reports and exit code. Everything it
// is made of is constructed here; decisions are those of the parts.
#pragma once

#include <string>

#include "master/master_app.h"
#include "master/plan/flags.h"
#include "master/plan/plan_loader.h"
#include "master/results/summary.h"

namespace muster {

// What is kept of a run beside its figures.
struct RunRecord {
  Environment environment;
  std::string store;  // path of the run store; empty: the run is kept nowhere
};

// Returns the exit code. Results go to standard output, progress and errors to standard error.
int RunPlan(const RunOptions& options, LoadedPlan loaded, RunRecord record,
            const EmbedWorker& embed_worker);

}  // namespace muster
