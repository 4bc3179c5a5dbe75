// What reports say of a threshold beside its value, its limit and its interval. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "master/results/summary.h"

namespace muster {

// In order: "worst 0:40 to 0:50: 612ms", "ended the run at 0:21", the result's own remark.
std::vector<std::string> RemarksOn(const ThresholdResult& result);

}  // namespace muster
