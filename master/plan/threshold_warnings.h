// What a user should know of a plan's thresholds before the run: those that chance alone breaks,
// and those that can't be decided. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "common/plan/plan.h"

namespace muster {

// One line each, beginning with the threshold.
std::vector<std::string> ThresholdWarnings(const Plan& plan);

}  // namespace muster
