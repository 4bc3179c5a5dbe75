// The host that a run is made on, as its result keeps it.
#pragma once

#include <string>
#include <string_view>

#include "master/results/summary.h"

namespace muster {

// Fills in host, kernel, cpu and cores (those that this process may use). Reads /proc/cpuinfo.
void AddHostFacts(Environment* environment);

// The model of the first processor in the text of /proc/cpuinfo; empty: it names none.
std::string CpuModel(std::string_view cpuinfo);

}  // namespace muster
