// CPU and memory of processes over the time of a load, out of readings taken while a cell ran.
// Between two readings CPU time is taken to grow evenly. Pure; any thread.
#pragma once

#include <optional>
#include <vector>

#include "common/time/time.h"
#include "master/suite/cell_record.h"

namespace muster {

struct UseReading {
  WallTime at;
  double target_cpu_s = 0, generator_cpu_s = 0;  // so far
  uint64_t target_memory_bytes = 0;
  double target_cores_s = 0, generator_cores_s = 0;  // work of their cores so far, for anybody
};

// Within [from, to]; absent where the readings do not cover at least half of it. Readings in the
// order of time.
HostUse UseWithin(const std::vector<UseReading>& readings, WallTime from, WallTime to);

}  // namespace muster
