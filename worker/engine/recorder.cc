#include "worker/engine/recorder.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace muster {
namespace {

constexpr size_t kStatusLimit = 600;
constexpr size_t kMaxFreeCells = 1024;
constexpr size_t kMaxFreeDeltas = 8;

void Record(LatencySet* set, LatencyKind kind, Duration value) {
  (*set)[static_cast<size_t>(kind)].Record(value.nanos());
}

void CountWithin(const std::vector<Duration>& limits, Duration value,
                 std::vector<uint64_t>* counts) {
  if (counts->size() != limits.size()) counts->resize(limits.size());
  for (size_t i = limits.size(); i > 0 && value <= limits[i - 1]; --i) ++(*counts)[i - 1];
}

}  // namespace

Recorder::Recorder(const Plan& plan, uint32_t thread, RunTime load_end)
    : plan_(plan),
      thread_(thread),
      load_end_(load_end),
      interval_ns_(plan.interval().nanos()),
      names_(plan.spec().requests.size()),
      first_fields_(names_),
      delta_(std::make_unique<EngineDelta>()),
      current_(plan.spec().stages.size() * names_) {
  CHECK_GT(interval_ns_, 0);
  for (const RequestSpec& request : plan.spec().requests) {
    std::vector<bool>& expected = expected_.emplace_back(kStatusLimit);
    for (size_t s = 0; s < kStatusLimit; ++s) {
      expected[s] = request.expect.Contains(static_cast<int>(s));
    }
  }
}

void Recorder::NotBegun(RunTime due, uint16_t stage, uint16_t name, NotStarted reason) {
  ++At(due, stage, name).counts.not_started[static_cast<size_t>(reason)];
}

void Recorder::Started(RunTime now, uint16_t stage, uint16_t name) {
  Counts& counts = At(now, stage, name).counts;
  ++counts.started;
  ++counts.requests_started;
  ++in_flight_;
}

void Recorder::Connected(RunTime now, uint16_t stage, uint16_t name, Duration took, bool slow) {
  Cell& cell = At(now, stage, name);
  ++cell.counts.connects;
  if (slow || took >= kSlowConnect) ++cell.counts.slow_connect;
  Record(&cell.latency, LatencyKind::kConnect, took);
}

void Recorder::Secured(RunTime now, uint16_t stage, uint16_t name, Duration took, bool resumed) {
  Cell& cell = At(now, stage, name);
  ++cell.counts.tls_handshakes;
  if (resumed) ++cell.counts.tls_resumed;
  Record(&cell.latency, LatencyKind::kTls, took);
}

void Recorder::IdleClosed(RunTime now, uint16_t stage, uint16_t name, Duration idle) {
  Cell& cell = At(now, stage, name);
  ++cell.counts.idle_closed;
  Record(&cell.latency, LatencyKind::kIdleClosed, idle);
}

void Recorder::Unanswered(RunTime now, uint16_t stage, uint16_t name) {
  ++At(now, stage, name).counts.unanswered;
}

void Recorder::GoneAway(RunTime now, uint16_t stage, uint16_t name) {
  ++At(now, stage, name).counts.h2_goaways;
}

void Recorder::SlowConnect(RunTime now, uint16_t stage, uint16_t name) {
  ++At(now, stage, name).counts.slow_connect;
}

void Recorder::Completed(RunTime now, const RequestTimes& times, const RequestOutcome& outcome,
                         int status) {
  Cell& cell = At(now, outcome.stage, outcome.name);
  CountEnd(&cell, outcome, /*cut=*/false);
  ++cell.counts.completed;
  if (now < load_end_) ++cell.counts.load_completed;
  if (expected_[outcome.name][static_cast<size_t>(status)]) {
    CountExpected(&cell, outcome);
  } else {
    ++cell.counts.unexpected;
  }
  if (outcome.marks != 0) [[unlikely]] {
    cell.counts.compressed += (outcome.marks & kCompressed) != 0;
    cell.counts.cached += (outcome.marks & kCached) != 0;
  }
  cell.statuses.Add(static_cast<uint16_t>(status), 1);

  const Duration response = now - times.due;
  const Duration onset = now - times.handled;
  Record(&cell.latency, LatencyKind::kResponse, response);
  Record(&cell.latency, LatencyKind::kService, now - times.sent);
  Record(&cell.latency, LatencyKind::kWait, times.sent - times.handled);
  Record(&cell.latency, LatencyKind::kLag, times.handled - times.due);
  Record(&cell.latency, LatencyKind::kOnset, onset);
  Record(&cell.latency, LatencyKind::kFirstByte, times.first_byte - times.sent);
  CountWithin(plan_.within_limits(), response, &cell.within);
  CountWithin(plan_.within_limits(), onset, &cell.within_onset);
}

void Recorder::Failed(RunTime now, const RequestTimes& times, const RequestOutcome& outcome,
                      ErrorClass error, bool cut) {
  Cell& cell = At(now, outcome.stage, outcome.name);
  CountEnd(&cell, outcome, cut);
  ++cell.counts.failed;
  ++cell.counts.errors[static_cast<size_t>(error)];
  const bool sent = times.sent != RequestTimes::kNever;
  if (sent) ++cell.counts.failed_after_send;

  LatencySet* set = &cell.latency_failed;
  Record(set, LatencyKind::kResponse, now - times.due);
  Record(set, LatencyKind::kLag, times.handled - times.due);
  Record(set, LatencyKind::kOnset, now - times.handled);
  Record(set, LatencyKind::kWait, (sent ? times.sent : now) - times.handled);
  if (sent) Record(set, LatencyKind::kService, now - times.sent);
  if (times.first_byte != RequestTimes::kNever) {
    Record(set, LatencyKind::kFirstByte, times.first_byte - times.sent);
  }
}

void Recorder::CountExpected(Cell* cell, const RequestOutcome& outcome) {
  std::optional<FieldFingerprint>& first = first_fields_[outcome.name];
  if (!first) first = outcome.fields;
  cell->counts.other_fields += *first != outcome.fields;
}

void Recorder::CountEnd(Cell* cell, const RequestOutcome& outcome, bool cut) {
  ++(cut ? cell->counts.cut : cell->counts.finished);
  cell->counts.bytes_sent += outcome.bytes_sent;
  cell->counts.bytes_received += outcome.bytes_received;
  --in_flight_;
}

uint32_t Recorder::IntervalOf(RunTime t) {
  const int64_t ns = t.nanos();
  if (ns < interval_start_ns_ || ns - interval_start_ns_ >= interval_ns_) {
    interval_ = ns <= 0 ? 0 : static_cast<uint32_t>(ns / interval_ns_);
    interval_start_ns_ = static_cast<int64_t>(interval_) * interval_ns_;
  }
  return interval_;
}

Cell& Recorder::At(RunTime t, uint16_t stage, uint16_t name) {
  const uint32_t interval = IntervalOf(t);
  Current& current = current_[stage * names_ + name];
  if (current.epoch != epoch_ || current.interval != interval) {
    current = {epoch_, interval, &FindCell({interval, stage, name})};
  }
  return *current.cell;
}

Cell& Recorder::FindCell(const CellKey& key) {
  const auto it = delta_->cells.lower_bound(key);
  if (it != delta_->cells.end() && it->first == key) return it->second;
  if (free_cells_.empty()) return delta_->cells.emplace_hint(it, key, Cell())->second;
  CellMap::node_type node = std::move(free_cells_.back());
  free_cells_.pop_back();
  node.key() = key;
  return delta_->cells.insert(it, std::move(node))->second;
}

std::unique_ptr<EngineDelta> Recorder::Take(RunTime accounted_through, bool last) {
  std::unique_ptr<EngineDelta> delta = std::move(delta_);
  delta->thread = thread_;
  delta->accounted_through = accounted_through;
  delta->in_flight = in_flight_;
  delta->requests_in_flight = in_flight_;
  delta->last = last;
  for (const auto& [key, cell] : delta->cells) totals_.Add(cell.counts);
  const Status books = CheckBooks(totals_, in_flight_, 0, in_flight_, 0);
  CHECK(books.ok()) << Message(books);
  CHECK(!last || in_flight_ == 0) << "in flight at the end: " << in_flight_;

  ++epoch_;
  if (free_deltas_.empty()) {
    delta_ = std::make_unique<EngineDelta>();
  } else {
    delta_ = std::move(free_deltas_.back());
    free_deltas_.pop_back();
  }
  return delta;
}

void Recorder::Recycle(std::unique_ptr<EngineDelta> delta) {
  while (!delta->cells.empty() && free_cells_.size() < kMaxFreeCells) {
    CellMap::node_type node = delta->cells.extract(delta->cells.begin());
    node.mapped().Clear();
    free_cells_.push_back(std::move(node));
  }
  delta->cells.clear();
  delta->trace.clear();
  delta->health = {};
  if (free_deltas_.size() < kMaxFreeDeltas) free_deltas_.push_back(std::move(delta));
}

}  // namespace muster
