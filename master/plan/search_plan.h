// What find-capacity makes of a plan: its load becomes that of the axis, whatever its levels and
// length, and its thresholds become the objectives. The rest (requests, connections, TLS, arrivals
// kind, think time) stays. Pure; any thread.
//
//   axis        --axis, else the model of the plan's load, else rate
//   objectives  --objective, else those of the plan's thresholds that are shares, else the defaults
//
// The load is a placeholder of one stage, "level", which each level replaces.
#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"
#include "master/plan/flags.h"
#include "master/plan/plan_draft.h"

namespace muster {

// Requires flags.search. Replaces the draft's load, and its thresholds by those objectives that are
// shares, in order; returns all objectives, these first. Choices made for the user go to `notes`.
// Errors begin with the flag, or with the place in the plan.
StatusOr<std::vector<Objective>> ApplySearch(const PlanFlags& flags, PlanDraft& draft,
                                             std::vector<std::string>& notes);

}  // namespace muster
