// DeadlineQueues: time-outs of many things at once. A plan knows few distinct time-outs, and things
// begin in time order, so the deadlines of one value form a FIFO: adding, removing and finding the
// next are O(1), however many are pending. Pure; one owner; no allocation once an index has been
// seen.
#pragma once

#include <cstdint>
#include <vector>

#include "common/time/time.h"
#include "worker/engine/index_list.h"

namespace muster {

class DeadlineQueues {
 public:
  // `values`: every time-out that Add will name; repeats are harmless.
  explicit DeadlineQueues(const std::vector<Duration>& values);

  // The queue of a value that was given to the constructor.
  uint32_t QueueOf(Duration value) const;
  // `index` expires at now + the queue's value (never, when that is beyond time). Requires: `index`
  // is not pending; `now` does not go back.
  void Add(uint32_t index, uint32_t queue, RunTime now);
  // Requires: `index` is pending.
  void Remove(uint32_t index);

  // The earliest deadline; RunTime::Max() when none is pending.
  RunTime next() const;
  // An index whose deadline is at or before `now`, the earliest first; kNoIndex when there is none.
  // It stays pending until removed.
  uint32_t Expired(RunTime now) const;
  // Some pending index; kNoIndex when there is none.
  uint32_t any() const;

 private:
  struct Queue {
    Duration value;
    IndexList list;
  };
  struct Pending {
    RunTime deadline;
    uint32_t queue = 0;
  };
  std::vector<Queue> queues_;  // ascending by value
  IndexLinks links_;
  std::vector<Pending> pending_;  // by index
};

}  // namespace muster
