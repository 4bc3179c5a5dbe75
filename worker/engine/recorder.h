// Recorder: what one engine counted and timed, gathered in cells until the delta of an interval is
// handed over. Cells are found without a search: the current one of each (stage, name) is
// remembered.
//
// Due and not started are placed at the due time, all else at its own instant; latencies and
// outcome at completion. The stage is always that of the due time.
//
// Answers are held against the first expected one of the same request on this engine
// (`other_fields`). So engines may count from unlike references where a target's answers are mixed,
// as behind a balancer: what their sum says is not the share of this or that answer, but, by how
// it changes over time, whether the mix changed.
//
// The books are checked (law 1) at every handover. One owner; the plan outlives it. Nothing is
// allocated per event: new cells take the memory of deltas given back by Recycle.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/names.h"
#include "common/plan/plan.h"
#include "common/stats/delta_batch.h"
#include "common/time/time.h"
#include "worker/http/answer_marks.h"
#include "worker/http/field_names.h"

namespace muster {

// The life of one request. response = lag + wait + service, exactly: neighbours share a reading.
struct RequestTimes {
  static constexpr RunTime kNever = RunTime::Max();
  RunTime due;
  RunTime handled;
  RunTime sent = kNever;        // first byte handed to the kernel
  RunTime first_byte = kNever;  // first byte of the response
};

// What a request was and what came of it.
struct RequestOutcome {
  uint16_t stage = 0;
  uint16_t name = 0;
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
  AnswerMarks marks = 0;
  FieldFingerprint fields = 0;  // of a completed one
};

class Recorder {
 public:
  static constexpr Duration kSlowConnect = Duration::Seconds(1);

  // `load_end`: completions before it are the load phase's.
  Recorder(const Plan& plan, uint32_t thread, RunTime load_end);

  void Due(RunTime due, uint16_t stage, uint16_t name) { ++At(due, stage, name).counts.due; }
  void NotBegun(RunTime due, uint16_t stage, uint16_t name, NotStarted reason);
  // The iteration and its request are begun.
  void Started(RunTime now, uint16_t stage, uint16_t name);
  void Connected(RunTime now, uint16_t stage, uint16_t name, Duration took, bool slow);
  // The connection is over TLS, whose handshake took so long.
  void Secured(RunTime now, uint16_t stage, uint16_t name, Duration took, bool resumed);
  // The target closed a connection that carried nothing, and had been idle for so long.
  void IdleClosed(RunTime now, uint16_t stage, uint16_t name, Duration idle);
  // A connection has ended on which a request was sent and nothing ever came back.
  void Unanswered(RunTime now, uint16_t stage, uint16_t name);
  // The target asked to leave the connection (GOAWAY).
  void GoneAway(RunTime now, uint16_t stage, uint16_t name);
  // An attempt that failed, but only after so long that it counts as slow.
  void SlowConnect(RunTime now, uint16_t stage, uint16_t name);
  // A whole response has arrived and ends the iteration. Requires times.sent and times.first_byte.
  void Completed(RunTime now, const RequestTimes& times, const RequestOutcome& outcome, int status);
  // The request has failed and ends the iteration; `cut`: it was ended by us, not by what happened.
  void Failed(RunTime now, const RequestTimes& times, const RequestOutcome& outcome,
              ErrorClass error, bool cut);
  void Trace(const TraceEntry& entry) { delta_->trace.push_back(entry); }
  void AddHealth(const GeneratorHealth& health) { delta_->health.Add(health); }

  // The load ends earlier than planned.
  void EndLoadAt(RunTime end) { load_end_ = std::min(load_end_, end); }
  // It ends later, which is said before either end.
  void PutOffLoadEnd(RunTime end) { load_end_ = std::max(load_end_, end); }
  uint64_t in_flight() const { return in_flight_; }

  // The delta gathered so far.
  std::unique_ptr<EngineDelta> Take(RunTime accounted_through, bool last);
  void Recycle(std::unique_ptr<EngineDelta> delta);

 private:
  struct Current {
    uint64_t epoch = 0;  // of the delta that holds the cell
    uint32_t interval = 0;
    Cell* cell = nullptr;
  };

  Cell& At(RunTime t, uint16_t stage, uint16_t name);
  Cell& FindCell(const CellKey& key);
  uint32_t IntervalOf(RunTime t);
  void CountExpected(Cell* cell, const RequestOutcome& outcome);
  void CountEnd(Cell* cell, const RequestOutcome& outcome, bool cut);

  const Plan& plan_;
  const uint32_t thread_;
  RunTime load_end_;
  const int64_t interval_ns_;
  const size_t names_;
  std::vector<std::vector<bool>> expected_;                    // by name and status
  std::vector<std::optional<FieldFingerprint>> first_fields_;  // by name: of the first expected one

  std::unique_ptr<EngineDelta> delta_;
  uint64_t epoch_ = 1;            // number of the delta
  std::vector<Current> current_;  // by stage and name
  uint32_t interval_ = 0;         // the one asked for last, and its span
  int64_t interval_start_ns_ = 0;
  uint64_t in_flight_ = 0;  // iterations; each is one request
  Counts totals_;           // since the run began, of deltas handed over
  std::vector<std::unique_ptr<EngineDelta>> free_deltas_;
  std::vector<CellMap::node_type> free_cells_;
};

}  // namespace muster
