// DeltaCombiner: makes one batch per timeline interval out of the deltas of all engine threads.
//
// A barrier on the interval of accounted_through: the batch of an interval is made when every
// thread that is still at work has handed over what it did in that interval or later; threads that
// are done hold nobody up. In-flight numbers are sums over the threads at their last combined
// delta, so the books balance in every batch. A thread that races ahead is queued; the lag between
// threads of one process bounds that. Owner: the control thread. Pure.
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
  // `interval`: of the plan.
  DeltaCombiner(uint32_t threads, Duration interval) : interval_(interval), threads_(threads) {}

  // CHECKs what the engines promise: each thread's deltas in order, none after its last.
  void Add(std::unique_ptr<EngineDelta> delta);
  // The load ends later than so far. A thread that has done its part for good, which it said by
  // accounting for the whole load, accounts for the longer one.
  void PutOffLoadEnd(RunTime before, RunTime after);
  // The next batch that is complete, without a sequence number; call until empty. The batch with
  // `last` comes when every thread's last delta is in it.
  std::optional<DeltaBatch> Next();

 private:
  struct Thread {
    std::deque<std::unique_ptr<EngineDelta>> queue;
    RunTime received_through;  // nothing is due before 0
    bool received = false;
    bool received_last = false;
    RunTime combined_through;
    bool combined_last = false;
    uint64_t in_flight = 0;
    uint64_t requests_in_flight = 0;
  };
  int64_t IntervalOf(RunTime t) const { return t.nanos() / interval_.nanos(); }
  // The earliest interval of which a batch can be made now, if there is one.
  std::optional<int64_t> NextInterval() const;
  void Seal(DeltaBatch* batch) const;

  const Duration interval_;
  std::vector<Thread> threads_;
  bool done_ = false;
};

}  // namespace muster
