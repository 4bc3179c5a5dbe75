// DescribePlan: what `muster validate` prints: target, stages with the iterations each expects,
// total, peak, requests, limits, thresholds, seed, and the limits that the plan would meet on this
// host. The host's limits are given, not looked up. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "master/plan/plan_loader.h"

namespace muster {

// Of the host on which the load would run, if it ran on one host.
struct HostLimits {
  uint64_t descriptors = 0;  // open files of one process, the soft limit raised to the hard one
  uint64_t local_ports = 0;  // ephemeral ports
};

// Whole lines, the last one ended.
std::string DescribePlan(const LoadedPlan& loaded, const HostLimits& host);

// What would go wrong on a host with these limits, one line each, without a line's end; empty when
// nothing would.
std::vector<std::string> HostWarnings(const Plan& plan, const HostLimits& host);

}  // namespace muster
