// What must hold for a PlanSpec beyond its load profile: names, target, requests, thresholds,
// limits. Decides nothing about the load's shape (LoadProfile, UserProfile) and fills in no
// defaults (Plan). Pure; any thread. Errors name the part and what would be right.
#pragma once

#include "common/base/status.h"
#include "common/plan/plan.h"

namespace muster {

// Whether a threshold's filters by name and tag select `request`.
bool Selects(const Threshold& threshold, const RequestSpec& request);

// Whether `threshold` fits `spec`, but for what depends on the load's length (Plan). An error
// begins with the threshold.
Status CheckThreshold(const PlanSpec& spec, const Threshold& threshold);

// OK, or the first thing wrong, in the order of PlanSpec's fields.
Status CheckPlanSpec(const PlanSpec& spec);

}  // namespace muster
