#include "common/time/timer_queue.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace muster {
namespace {

// An id is the slot and how often the slot was used: a stale id meets another generation.
constexpr int kSlotBits = 32;

TimerId MakeId(uint32_t slot, uint32_t generation) {
  return (static_cast<TimerId>(generation) << kSlotBits) | slot;
}

}  // namespace

TimerId TimerQueue::Add(MonoTime when, std::function<void()> fn) {
  CHECK(fn != nullptr);
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const uint32_t index = free_slots_.back();
  free_slots_.pop_back();
  Slot& slot = slots_[index];
  slot.sequence = next_sequence_++;
  ++slot.generation;
  slot.fn = std::move(fn);
  heap_.push_back({when, slot.sequence, index});
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  ++live_;
  return MakeId(index, slot.generation);
}

void TimerQueue::Cancel(TimerId id) {
  const auto index = static_cast<uint32_t>(id);
  if (index >= slots_.size()) return;
  const Slot& slot = slots_[index];
  if (slot.sequence == 0 || MakeId(index, slot.generation) != id) return;
  FreeSlot(index);
}

MonoTime TimerQueue::NextTime() {
  DropCancelled();
  return heap_.empty() ? MonoTime::Max() : heap_.front().when;
}

std::function<void()> TimerQueue::PopFirst() {
  DropCancelled();
  CHECK(!heap_.empty());
  const uint32_t index = heap_.front().slot;
  std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
  heap_.pop_back();
  std::function<void()> fn = std::move(slots_[index].fn);
  FreeSlot(index);
  return fn;
}

void TimerQueue::DropCancelled() {
  while (!heap_.empty() && slots_[heap_.front().slot].sequence != heap_.front().sequence) {
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
    heap_.pop_back();
  }
}

void TimerQueue::FreeSlot(uint32_t index) {
  Slot& slot = slots_[index];
  slot.sequence = 0;
  // Destroyed last: what the function owns may call back into this queue.
  const std::function<void()> dropped = std::exchange(slot.fn, nullptr);
  free_slots_.push_back(index);
  --live_;
}

}  // namespace muster
