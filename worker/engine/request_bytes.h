// The bytes of a plan's requests, serialised once and sent again and again.
#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/plan/plan.h"

namespace muster {

// One entry per request of the plan, in its order. Errors name the request that cannot be written
// as HTTP/1.1.
StatusOr<std::vector<std::string>> SerializeRequests(const Plan& plan);

}  // namespace muster
