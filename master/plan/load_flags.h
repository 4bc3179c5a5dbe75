// The flags that shape the load (--users, --rate, --stage, --duration, --iterations and the limits
// that belong to one model) over the load of a plan. The rules stand in plan_loader.h. Pure; any
// thread.
#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"
#include "master/plan/flags.h"
#include "master/plan/plan_draft.h"

namespace muster {

// Replaces or adapts the draft's load and stages; afterwards the draft has a load. A choice made
// for the user is added to `notes`. Errors begin with the flag. In a search the load is what
// ApplySearch made it, and the limits alone are set.
Status ApplyLoadFlags(const PlanFlags& flags, PlanDraft& draft, std::vector<std::string>& notes);

// Two seconds' worth of the peak rate, at least 100, at most 10,000.
uint32_t DefaultMaxInFlight(const OpenLoad& load);

}  // namespace muster
