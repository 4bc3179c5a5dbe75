#include "worker/session/delta_combiner.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace muster {
namespace {

void MergeDelta(std::unique_ptr<EngineDelta> delta, DeltaBatch* batch) {
  batch->health.Add(delta->health);
  if (batch->cells.empty()) {
    batch->cells = std::move(delta->cells);
  } else {
    MergeCells(delta->cells, &batch->cells);
  }
  batch->trace.insert(batch->trace.end(), delta->trace.begin(), delta->trace.end());
}

}  // namespace

void DeltaCombiner::Add(std::unique_ptr<EngineDelta> delta) {
  CHECK_LT(delta->thread, threads_.size());
  Thread& thread = threads_[delta->thread];
  CHECK(!thread.received_last) << "thread " << delta->thread << " after its last delta";
  CHECK_GE(delta->accounted_through, thread.received_through)
      << "thread " << delta->thread << " took its account back";
  thread.received_through = delta->accounted_through;
  thread.received = true;
  thread.received_last = delta->last;
  thread.queue.push_back(std::move(delta));
}

void DeltaCombiner::PutOffLoadEnd(RunTime before, RunTime after) {
  for (Thread& thread : threads_) {
    if (!thread.received_last || thread.received_through != before) continue;
    thread.received_through = after;
    (thread.queue.empty() ? thread.combined_through : thread.queue.back()->accounted_through) =
        after;
  }
}

std::optional<int64_t> DeltaCombiner::NextInterval() const {
  int64_t first = INT64_MAX;
  for (const Thread& thread : threads_) {
    if (!thread.received) return std::nullopt;
    if (!thread.queue.empty()) {
      first = std::min(first, IntervalOf(thread.queue.front()->accounted_through));
    }
  }
  if (first == INT64_MAX) return std::nullopt;
  for (const Thread& thread : threads_) {
    if (!thread.received_last && IntervalOf(thread.received_through) < first) return std::nullopt;
  }
  return first;
}

std::optional<DeltaBatch> DeltaCombiner::Next() {
  const std::optional<int64_t> interval = NextInterval();
  if (!interval) return std::nullopt;
  CHECK(!done_) << "a delta after the last batch";
  DeltaBatch batch;
  for (Thread& thread : threads_) {
    while (!thread.queue.empty() &&
           IntervalOf(thread.queue.front()->accounted_through) <= *interval) {
      std::unique_ptr<EngineDelta> delta = std::move(thread.queue.front());
      thread.queue.pop_front();
      thread.combined_through = delta->accounted_through;
      thread.combined_last = delta->last;
      thread.in_flight = delta->in_flight;
      thread.requests_in_flight = delta->requests_in_flight;
      MergeDelta(std::move(delta), &batch);
    }
  }
  Seal(&batch);
  done_ = batch.last;
  return batch;
}

void DeltaCombiner::Seal(DeltaBatch* batch) const {
  batch->last = true;
  batch->accounted_through = RunTime::Max();
  for (const Thread& thread : threads_) {
    batch->in_flight += thread.in_flight;
    batch->requests_in_flight += thread.requests_in_flight;
    batch->last = batch->last && thread.combined_last;
    // Threads that are done too: one that was cut early must not be passed over later.
    batch->accounted_through = std::min(batch->accounted_through, thread.combined_through);
  }
  std::sort(batch->trace.begin(), batch->trace.end());
}

}  // namespace muster
