// What a capacity search came to, as text for a terminal: verdict and answer first, then what
// limited it, the chart, and every level. Without `unicode` ASCII alone. Pure; any thread.
#pragma once

#include <string>

#include "master/capacity_report/capacity_result.h"
#include "master/report/text_style.h"

namespace muster {

std::string CapacityTerminal(const CapacityResult& result, const TextOptions& options);

// One line of progress when a level has ended: "climb 1,500/s for 3s: held; p99 12.1ms".
std::string LevelLine(const CapacityResult& result, const JudgedLevel& level,
                      const TextOptions& options);

}  // namespace muster
