// What a capacity search came to, as JSON: docs/capacity.schema.json. A function of the result
// alone; any thread.
//
// Names ending in per_s are requests per second, on either axis; what is in users stands in
// capacity.users. A percentile that falls among the failed is null, as in a run's result.
#pragma once

#include <string>

#include "master/capacity_report/capacity_result.h"

namespace muster {

std::string CapacityJson(const CapacityResult& result);

}  // namespace muster
