// Plans for the engine's tests: a spec to start from, and Create without the Status.
#pragma once

#include <memory>
#include <utility>

#include "common/base/check.h"
#include "common/plan/plan.h"

namespace muster {

inline PlanSpec BaseSpec() {
  PlanSpec spec;
  spec.name = "test";
  spec.target.host = "192.0.2.1";
  spec.target.authority = "192.0.2.1";
  spec.stages = {{"main", true}};
  RequestSpec request;
  request.name = "home";
  spec.requests = {request};
  return spec;
}

// `per_second` for `seconds`.
inline PlanSpec OpenSpec(int64_t per_second, int64_t seconds, uint32_t max_in_flight = 1000) {
  PlanSpec spec = BaseSpec();
  OpenLoad load;
  load.segments = {
      {Rate::PerSecond(per_second), Rate::PerSecond(per_second), Duration::Seconds(seconds), 0}};
  load.max_in_flight = max_in_flight;
  spec.load = load;
  return spec;
}

// `users` for `seconds`.
inline PlanSpec ClosedSpec(uint32_t users, int64_t seconds) {
  PlanSpec spec = BaseSpec();
  ClosedLoad load;
  load.segments = {{users, users, Duration::Seconds(seconds), 0}};
  spec.load = load;
  return spec;
}

inline OpenLoad& Open(PlanSpec& spec) { return std::get<OpenLoad>(spec.load); }
inline ClosedLoad& Closed(PlanSpec& spec) { return std::get<ClosedLoad>(spec.load); }

inline std::shared_ptr<const Plan> MakePlan(PlanSpec spec) {
  StatusOr<Plan> plan = Plan::Create(std::move(spec));
  CHECK(plan.ok()) << Message(plan.status());
  return std::make_shared<const Plan>(*std::move(plan));
}

}  // namespace muster
