// DeltaBatch: what one worker measured since its batch before, numbered. Sequence numbers start at
// 1 and have no gaps; the master merges each exactly once. EngineDelta: the same from one engine
// thread before it is numbered. Values.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "common/base/status.h"
#include "common/stats/cell.h"
#include "common/time/time.h"

namespace muster {

// Cells by key, in order of key: no hash order reaches an output.
using CellMap = std::map<CellKey, Cell>;

// How the generator itself fared in the span of a delta. Sums over threads.
struct GeneratorHealth {
  uint64_t handler_ns = 0;    // time spent in handlers (spinning before a deadline is not)
  uint64_t span_ns = 0;       // wall time of all engine threads
  uint64_t cpu_ns = 0;        // CPU time used by the engine threads
  uint64_t run_queue_ns = 0;  // time that engine threads were ready and had no core
  uint64_t throttled_ns = 0;  // time that the process' control group was held back
  uint64_t steal_ns = 0;      // of host_ns, what the hypervisor gave to others
  uint64_t host_ns = 0;       // time of all cores of the host
  uint64_t listen_drops = 0;  // SYNs that this host dropped as a listen queue was full
  // What the process holds, and what it may: the most in the span; 0: unknown, or no limit.
  uint64_t memory_bytes = 0, memory_limit_bytes = 0;
  uint64_t descriptors = 0, descriptor_limit = 0;
  // Ports of the host: how many wait to be free again (TIME_WAIT), of how many for one address.
  uint64_t time_wait = 0, local_ports = 0;

  void Add(const GeneratorHealth& other);
  bool operator==(const GeneratorHealth&) const = default;
};

// One line of --trace: what became of one iteration (open model) at the moment it was decided.
struct TraceEntry {
  uint64_t k = 0;
  RunTime due;
  bool started = false;
  auto operator<=>(const TraceEntry&) const = default;
};

struct EngineDelta {
  uint32_t thread = 0;
  // Every iteration of this thread due before this is in this delta or an earlier one. Never goes
  // back, not even when the run is stopped; 0 at least.
  RunTime accounted_through;
  uint64_t in_flight = 0;  // iterations in flight at that point
  uint64_t requests_in_flight = 0;
  bool last = false;  // the engine is done: in_flight is 0
  GeneratorHealth health;
  CellMap cells;
  std::vector<TraceEntry> trace;  // only when asked for
};

struct DeltaBatch {
  uint64_t sequence = 0;
  RunTime accounted_through;  // the least of the engine threads'
  uint64_t in_flight = 0;
  uint64_t requests_in_flight = 0;
  bool last = false;  // nothing follows
  GeneratorHealth health;
  CellMap cells;
  std::vector<TraceEntry> trace;
  bool operator==(const DeltaBatch&) const = default;
};

// Adds every cell of `from` to `into`.
void MergeCells(const CellMap& from, CellMap* into);
// The law asserted wherever cells cross a boundary. Errors name the law and the numbers. The
// in-flight numbers are those at the end of the span that `totals` covers from the start of the
// run.
Status CheckBooks(const Counts& totals, uint64_t iterations_in_flight, uint64_t iterations_lost,
                  uint64_t requests_in_flight, uint64_t requests_lost);

}  // namespace muster
