// The smallest plan that runs, for tests that need one and not what is in it.
#pragma once

#include "common/plan/plan.h"

namespace muster {

// One request, one stage, and as many arrivals a second as asked, evenly, from 0 to `length`.
inline PlanSpec SmallSpec(int64_t per_second = 10, Duration length = Duration::Seconds(10)) {
  PlanSpec spec;
  spec.name = "small";
  spec.target.host = "10.0.0.1";
  spec.target.authority = "10.0.0.1";
  spec.stages = {Stage{"steady"}};
  spec.requests.resize(1);
  spec.requests[0].name = "home";
  OpenLoad load;
  load.segments = {{Rate::PerSecond(per_second), Rate::PerSecond(per_second), length, 0}};
  spec.load = load;
  return spec;
}

}  // namespace muster
