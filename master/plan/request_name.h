// Names of requests: what a plan may give, and what a request without one is called. Ids in a path
// become {id}, so that /users/17 and /users/18 are one name; requests of one name are one row of
// every report and one {name=...} of thresholds. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/plan/plan.h"

namespace muster {

// A name of a stage's kind (values.h), which may also hold balanced braces: "GET /users/{id}".
Status CheckRequestName(std::string_view name);
// `path` with each segment that is an id as {id}: digits alone, a UUID, or 16 and more hexadecimal
// digits of which one at least is no letter.
std::string CollapseIds(std::string_view path);
// For a request without a name: its method, and the path without the query, its ids collapsed.
std::string DefaultRequestName(const RequestSpec& request);

}  // namespace muster
