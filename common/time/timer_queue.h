// TimerQueue: functions waiting for their time, in the order in which an Executor has to run them:
// by time, at equal times as they were added. Decides order only: it reads no clock and runs
// nothing.
//
// Owner: one thread. Add and Cancel cost O(log n); a cancelled function is destroyed at once, its
// slot in the order when it comes up.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "common/time/executor.h"

namespace muster {

class TimerQueue {
 public:
  // Never 0, never the same twice.
  TimerId Add(MonoTime when, std::function<void()> fn);
  // Harmless when `id` has run, was cancelled or is 0.
  void Cancel(TimerId id);

  bool empty() const { return live_ == 0; }
  size_t size() const { return live_; }
  // When the first one is due; MonoTime::Max() when empty.
  MonoTime NextTime();
  // Takes the first one out. Requires: not empty. The caller runs it.
  std::function<void()> PopFirst();

 private:
  struct Entry {
    MonoTime when;
    uint64_t sequence;
    uint32_t slot;
    bool operator>(const Entry& o) const {
      return when != o.when ? when > o.when : sequence > o.sequence;
    }
  };
  struct Slot {
    uint64_t sequence = 0;  // of the entry that owns the slot, 0 when none does
    uint32_t generation = 0;
    std::function<void()> fn;
  };

  void DropCancelled();
  void FreeSlot(uint32_t index);

  std::vector<Entry> heap_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_slots_;
  uint64_t next_sequence_ = 1;
  size_t live_ = 0;
};

}  // namespace muster
