// Targets of known capacity, in simulated time: first come, first served by c servers (Lindley's
// recursion, for each request the server that is free first; Kiefer and Wolfowitz, 1955), from
// empty at the start of each level, as with fresh connections.
//
// Draws are counter-based, by (seed, load, number). Pure; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "master/capacity/level.h"

namespace muster {

enum class SimArrivals : uint8_t {
  kPoisson,     // exponential gaps
  kStratified,  // Muster's own: see common/plan/arrivals.h
  kEven,
};

struct SimQueue {
  int servers = 1;
  double service_s = 0.01;  // mean of one server
  bool exponential = true;  // else always the mean
  SimArrivals arrivals = SimArrivals::kPoisson;
  std::vector<double> within_s;  // one objective each: response over this is bad
  // The mean grows by this share each second of a level: a target that fills something up.
  double slower_per_s = 0;
};

// What a level at that request's load shows. Rows of 100 ms, of a second from a minute on.
LevelObservation RunSimLevel(const SimQueue& queue, const LevelRequest& request, uint64_t seed);

// nginx's limit_req: requests over `rate` are refused at once (bad, an error) unless the bucket of
// `burst` takes them. In time without any load the bucket empties.
LevelObservation RunSimLimiter(double rate, double burst, const LevelRequest& request);

}  // namespace muster
