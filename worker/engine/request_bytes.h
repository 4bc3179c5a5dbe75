// A plan's requests as they are sent, made once and sent again and again.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/plan/plan.h"
#include "worker/http/http2_requests.h"

namespace muster {

// One entry per request of the plan, in its order. Errors name the request that cannot be written
// as HTTP/1.1.
StatusOr<std::vector<std::string>> SerializeRequests(const Plan& plan);
// The same for HTTP/2.
StatusOr<std::shared_ptr<const Http2Requests>> PrepareHttp2(const Plan& plan);

}  // namespace muster
