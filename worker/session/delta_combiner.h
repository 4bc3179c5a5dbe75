// DeltaCombiner: makes one batch per timeline interval out of the deltas of all engine threads.
//
// A barrier on accounted_through: a batch that ends at t is made when every thread that is still at
// work has handed over what it did up to t; threads that are done hold nobody up. In-flight numbers
// are sums over the threads at their last combined delta, so the books balance in every batch. A
// thread that races ahead is queued; its deltas are bounded by the lag between threads of one
// process. Owner: the control thread. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "common/stats/delta_batch.h"

namespace muster {

class DeltaCombiner {
 public:
  explicit DeltaCombiner(uint32_t threads) : threads_(threads) {}

  // CHECKs what the engines promise: each thread's deltas in order, none after its last.
  void Add(std::unique_ptr<EngineDelta> delta);
  // The next batch that is complete, without a sequence number; call until empty. The batch with
  // `last` comes when every thread's last delta is in it.
  std::optional<DeltaBatch> Next();

 private:
  struct Thread {
    std::deque<std::unique_ptr<EngineDelta>> queue;
    RunTime received_through = RunTime::FromNanos(INT64_MIN);
    bool received_last = false;
    RunTime combined_through;  // nothing is due before 0
    bool combined_last = false;
    uint64_t in_flight = 0;
    uint64_t requests_in_flight = 0;
  };
  // The end of the earliest batch that can be made now, if one can.
  std::optional<RunTime> NextBoundary() const;
  void Seal(RunTime boundary, DeltaBatch* batch) const;

  std::vector<Thread> threads_;
  bool done_ = false;
};

}  // namespace muster
