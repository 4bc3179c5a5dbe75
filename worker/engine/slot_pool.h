// SlotPool: objects named by small indices that stay where they are. A released slot is the next to
// be taken again, as it was left, so that its memory (and that of its members) is reused: nothing
// is allocated once the most slots ever needed at a time have been taken. One owner.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace muster {

template <typename T>
class SlotPool {
 public:
  // Takes a free slot. Its value is what the last holder left there.
  uint32_t Acquire() {
    if (free_.empty()) Grow();
    const uint32_t i = free_.back();
    free_.pop_back();
    return i;
  }
  // Requires: `i` is taken.
  void Release(uint32_t i) { free_.push_back(i); }

  T& operator[](uint32_t i) { return (*chunks_[i / kChunk])[i % kChunk]; }
  const T& operator[](uint32_t i) const { return (*chunks_[i / kChunk])[i % kChunk]; }

  size_t taken() const { return capacity() - free_.size(); }
  // Every index is below this.
  size_t capacity() const { return chunks_.size() * kChunk; }

 private:
  static constexpr uint32_t kChunk = 64;

  void Grow() {
    const auto first = static_cast<uint32_t>(capacity());
    chunks_.push_back(std::make_unique<std::array<T, kChunk>>());
    if (free_.capacity() < capacity()) free_.reserve(2 * capacity());
    for (uint32_t i = kChunk; i > 0; --i) free_.push_back(first + i - 1);
  }

  std::vector<std::unique_ptr<std::array<T, kChunk>>> chunks_;
  std::vector<uint32_t> free_;  // the last one is taken next
};

}  // namespace muster
