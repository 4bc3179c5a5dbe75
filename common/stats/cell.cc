#include "common/stats/cell.h"

#include <algorithm>
#include <numeric>

#include "common/base/check.h"

namespace muster {
namespace {

template <size_t N>
void AddEach(const std::array<uint64_t, N>& from, std::array<uint64_t, N>* into) {
  for (size_t i = 0; i < N; ++i) (*into)[i] += from[i];
}

// Grows to the longer of the two, so that merging stays commutative whatever the sizes.
void AddEach(const std::vector<uint64_t>& from, std::vector<uint64_t>* into) {
  if (into->size() < from.size()) into->resize(from.size());
  for (size_t i = 0; i < from.size(); ++i) (*into)[i] += from[i];
}

}  // namespace

void Counts::Add(const Counts& other) {
  due += other.due;
  AddEach(other.not_started, &not_started);
  started += other.started;
  finished += other.finished;
  cut += other.cut;
  requests_started += other.requests_started;
  completed += other.completed;
  load_completed += other.load_completed;
  failed += other.failed;
  failed_after_send += other.failed_after_send;
  unexpected += other.unexpected;
  bytes_sent += other.bytes_sent;
  bytes_received += other.bytes_received;
  slow_connect += other.slow_connect;
  connects += other.connects;
  tls_handshakes += other.tls_handshakes;
  tls_resumed += other.tls_resumed;
  h2_goaways += other.h2_goaways;
  idle_closed += other.idle_closed;
  unanswered += other.unanswered;
  compressed += other.compressed;
  cached += other.cached;
  other_fields += other.other_fields;
  AddEach(other.errors, &errors);
}

uint64_t Counts::not_started_total() const {
  return std::accumulate(not_started.begin(), not_started.end(), uint64_t{0});
}

void StatusCounts::Add(uint16_t status, uint64_t times) {
  CHECK(status >= 100 && status <= 599) << "status " << status;
  if (times == 0) return;
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), status,
                                   [](const auto& entry, uint16_t s) { return entry.first < s; });
  if (at != entries_.end() && at->first == status) {
    at->second += times;
  } else {
    entries_.insert(at, {status, times});
  }
}

void StatusCounts::Merge(const StatusCounts& other) {
  // By index: `other` may be this, whose entries then grow in value but not in number.
  for (size_t i = 0; i < other.entries_.size(); ++i) {
    const auto [status, times] = other.entries_[i];
    Add(status, times);
  }
}

void Cell::Merge(const Cell& other) {
  counts.Add(other.counts);
  statuses.Merge(other.statuses);
  AddEach(other.within, &within);
  AddEach(other.within_onset, &within_onset);
  for (size_t i = 0; i < kLatencyKinds; ++i) {
    latency[i].Merge(other.latency[i]);
    latency_failed[i].Merge(other.latency_failed[i]);
  }
}

void Cell::Clear() {
  counts = Counts{};
  statuses.Clear();
  within.clear();
  within_onset.clear();
  for (Histogram& h : latency) h.Clear();
  for (Histogram& h : latency_failed) h.Clear();
}

}  // namespace muster
