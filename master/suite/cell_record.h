// CellRecord: what one cell of a suite came to: the figures of its run, what the run cost the
// target and the generator, or why there are none. Kept as one JSON file a cell, so that a suite
// can go on where it was stopped. Latencies in nanoseconds, CPU in cores (1.0: one core's whole
// time). Values and pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace muster {

// A search's answer in one unit. Absent: it has none.
struct CapacityNumbers {
  std::optional<double> estimate{}, low{}, high{}, sustained{}, failed_at{}, at_least{};
  bool operator==(const CapacityNumbers&) const = default;
};

// What a search found.
struct CapacityFigures {
  std::string axis;  // "rate", "users"
  CapacityNumbers per_s;
  std::optional<CapacityNumbers> users;  // on that axis alone
  std::string limited_by;
  bool resolved = false;
  std::string text;  // the answer in words
  bool operator==(const CapacityFigures&) const = default;
};

// Of one run, all of them of the same one; of a search those of the level that it confirmed.
struct CellFigures {
  // The load phase as run, and what completed in it: total / rate = duration.
  std::optional<uint64_t> requests_total;
  std::optional<double> rate_per_s, duration_s;
  // Response over all that was due, failed last. Absent though some failed: it falls among them.
  std::optional<int64_t> median_ns, p99_ns;
  std::optional<int64_t> mean_ns, max_ns;  // of what completed
  std::optional<uint64_t> failed, unexpected, not_started;
  std::optional<uint64_t> dropped_syns;  // connects with a retransmitted SYN, or of 1 s and more
  std::optional<double> reuse;           // share of the requests that did not open a connection
  std::optional<CapacityFigures> capacity;
  std::string outcome;                // of the verdict: "passed", "failed", "generator_limited"
  std::vector<std::string> reasons;   // of the verdict
  std::vector<std::string> findings;  // their codes, worst first
  bool generator_limited = false;
  int exit_code = 0;
  bool operator==(const CellFigures&) const = default;
};

// While the load ran. Absent: not known.
struct HostUse {
  std::optional<double> generator_cpu{}, target_cpu{};  // cores
  std::optional<uint64_t> target_memory_bytes{};        // the greatest sum of resident memory seen
  // Cores that anything else took of theirs: other programs, the host's host.
  std::optional<double> others_on_target_cores{}, others_on_generator_cores{};
  bool operator==(const HostUse&) const = default;
};

enum class CellState : uint8_t {
  kMeasured,
  kNeedsMissing,  // what the target needs isn't there: foreseen
  kNotMeasured,   // it didn't start, died, or the run came to nothing
  kInterrupted
};
std::string CellStateName(CellState state);

struct CellRecord {
  std::string key;  // of suite_schedule.h
  std::string target, plan;
  uint32_t repeat = 0;
  CellState state = CellState::kNotMeasured;
  std::string reason;      // where it wasn't measured
  std::string version;     // of the target
  std::string started_at;  // UTC
  std::optional<CellFigures> figures;
  HostUse use;
  std::vector<std::string> not_enforced;  // limits and pinning that the host does not allow
  bool operator==(const CellRecord&) const = default;
};

std::string CellJson(const CellRecord& record);
StatusOr<CellRecord> ReadCell(std::string_view json);

}  // namespace muster
