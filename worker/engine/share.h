// What of a run's numbers and limits falls to one engine thread: the plan's totals split over the
// workers by weight and then evenly over the worker's threads, by largest remainder. Pure
// functions.
#pragma once

#include <cstdint>

#include "common/plan/ownership.h"
#include "common/plan/plan.h"
#include "worker/engine/engine.h"

namespace muster {

struct EngineLimits {
  uint64_t max_in_flight = 0;
  uint64_t connections = 0;
  Duration open_spacing{};  // between new connections; a thread's part of the plan's connect_rate
};

// The limits of a whole worker. `max_in_flight` is only meant for the open model: a closed run is
// bounded by its users.
EngineLimits WorkerLimits(const Plan& plan, const Assignment& assignment);
// The limits of one of its threads.
EngineLimits ThreadLimits(const Plan& plan, const EngineShare& share);
// The iterations (open) or users (closed) that one thread owns.
ThreadShare NumbersOf(const EngineShare& share);

}  // namespace muster
