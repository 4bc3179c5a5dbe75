// Cell: what was counted and timed for one (interval, stage, request name). All counts are deltas;
// cells add up (Merge), in any order, to the same result.
//
// The interval is that of the event: due, not started and started at their own instants; completed,
// failed and all latencies at completion. The stage is that of the iteration's due time throughout.
// Not thread-safe: one owner.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/base/names.h"
#include "common/stats/histogram.h"

namespace muster {

// The counters of a cell.
struct Counts {
  // Iterations: due = not_started + started; started = finished + cut + in flight + lost.
  uint64_t due = 0;
  std::array<uint64_t, kNotStartedReasons> not_started{};
  uint64_t started = 0;
  uint64_t finished = 0;
  uint64_t cut = 0;  // in flight when the drain limit passed or the run was stopped
  // Requests: started = completed + failed + in flight + lost.
  uint64_t requests_started = 0;
  uint64_t completed = 0;
  uint64_t load_completed = 0;  // of those, before the load phase's end
  uint64_t failed = 0;
  uint64_t failed_after_send = 0;  // of those, after at least one byte was handed to the kernel
  uint64_t unexpected = 0;         // of completed
  uint64_t bytes_sent = 0;         // handed to the kernel
  uint64_t bytes_received = 0;
  uint64_t slow_connect = 0;    // connects of a second or more, or with a retransmitted SYN
  uint64_t connects = 0;        // connections established for this cell's requests
  uint64_t tls_handshakes = 0;  // of those, made over TLS
  uint64_t tls_resumed = 0;     // of those, by a session of an earlier connection
  uint64_t h2_goaways = 0;      // connections that the target asked to leave by GOAWAY
  uint64_t idle_closed = 0;     // connections that the target closed while they carried nothing
  uint64_t unanswered = 0;      // connections that ended with a request sent and no answer ever
  uint64_t compressed = 0;      // of completed: with a content coding
  uint64_t cached = 0;          // of completed: a cache says that it answered
  uint64_t other_fields = 0;    // of expected: header fields unlike the first's on that engine
  std::array<uint64_t, kErrorClasses> errors{};

  void Add(const Counts& other);
  uint64_t not_started_total() const;
  bool operator==(const Counts&) const = default;
};

// A small sorted map from status (100..599) to count; keeps its memory over Clear.
class StatusCounts {
 public:
  void Add(uint16_t status, uint64_t times);
  void Merge(const StatusCounts& other);
  void Clear() { entries_.clear(); }
  const std::vector<std::pair<uint16_t, uint64_t>>& entries() const { return entries_; }
  bool operator==(const StatusCounts&) const = default;

 private:
  std::vector<std::pair<uint16_t, uint64_t>> entries_;  // ascending by status
};

using LatencySet = std::array<Histogram, kLatencyKinds>;  // by LatencyKind

struct Cell {
  Counts counts;
  StatusCounts statuses;
  // Completed with response <= D, whatever the status, by Plan::within_limits(). Same size in every
  // cell of a run, or empty when nothing completed.
  std::vector<uint64_t> within;
  // The same on onset = wait + service: what the generator's own lag costs a within() threshold.
  std::vector<uint64_t> within_onset;
  LatencySet latency;  // completed requests (connect, tls: connections)
  LatencySet
      latency_failed;  // failed requests: response, service, wait, lag, onset where they exist

  void Merge(const Cell& other);
  void Clear();
  bool operator==(const Cell&) const = default;
};

struct CellKey {
  uint32_t interval = 0;
  uint16_t stage = 0;
  uint16_t name = 0;  // index of the request in the plan
  auto operator<=>(const CellKey&) const = default;
};

}  // namespace muster
