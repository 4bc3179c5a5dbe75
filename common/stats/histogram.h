// Histogram: HdrHistogram's log-linear layout, one fixed configuration for all of Muster:
// nanoseconds, lowest discernible value 1, highest trackable 1 hour, 3 significant digits (2,048
// sub-buckets).
//
// Beside the buckets it keeps count, sum, min and max exactly. A value above the range is counted
// in the last bucket and as saturated; its sum and max stay exact. Buckets are kept by octave and
// allocated when first used, so recording allocates at most 33 times in a histogram's life; Clear
// keeps the memory. Merging is commutative and associative, bit for bit. Not thread-safe: one
// owner.
//
// The rank rule, written once: the value at rank r (1 <= r <= count) is the highest value
// equivalent to the bucket that holds the r-th smallest record, but never above max(); the rank of
// percentile p of n records is max(1, ceil(p * n / 100)), in integers.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "common/base/int128.h"
#include "common/base/status.h"

namespace muster {

class Histogram {
 public:
  static constexpr int64_t kHighest = 3'600'000'000'000;  // 1 hour in ns
  static constexpr int kSubBucketHalfBits = 10;           // 2,048 sub-buckets, halves of 1,024
  static constexpr size_t kOctaveSlots = size_t{1} << kSubBucketHalfBits;
  static constexpr size_t kOctaves = 33;  // octave 0 and 1 hold 0..2047, one more per doubling
  static constexpr size_t kSlots = kOctaves * kOctaveSlots;
  static constexpr int64_t kPercentileScale =
      100'000;  // percentiles in thousandths: p99.9 is 99900
  // Hash of this configuration; in every batch, so that unlike layouts are never merged.
  static uint32_t ConfigHash();

  Histogram() = default;
  Histogram(Histogram&&) noexcept = default;
  Histogram& operator=(Histogram&&) noexcept = default;
  Histogram(const Histogram& other);
  Histogram& operator=(const Histogram& other);

  // `ns` >= 0; a negative value is our own bug (CHECK).
  void Record(int64_t ns) { RecordMany(ns, 1); }
  void RecordMany(int64_t ns, uint64_t times) {
    if (ns < 0) [[unlikely]]
      NegativeValue(ns);
    if (times == 0) [[unlikely]]
      return;
    CountInSlot(SlotOf(ns), times);
    saturated_ += ns > kHighest ? times : 0;
    sum_ += static_cast<Int128>(ns) * times;
    min_ = std::min(min_, ns);
    max_ = std::max(max_, ns);
  }
  void Merge(const Histogram& other);
  void Clear();

  uint64_t count() const { return count_; }
  uint64_t saturated() const { return saturated_; }
  Int128 sum() const { return sum_; }
  int64_t min() const { return count_ == 0 ? 0 : min_; }  // 0 when empty
  int64_t max() const { return max_; }                    // 0 when empty
  double mean() const;                                    // 0 when empty
  // Exact records in slot `i` (0 <= i < kSlots).
  uint64_t CountAtSlot(size_t i) const;

  // See the rank rule above. Requires 1 <= rank <= count().
  int64_t ValueAtRank(uint64_t rank) const;
  // The rank of a percentile in thousandths (0 < p <= kPercentileScale) among n >= 1 records.
  static uint64_t RankOf(uint32_t percentile_millis, uint64_t n);
  // ValueAtRank(RankOf(p, count())); 0 when empty.
  int64_t ValueAtPercentile(uint32_t percentile_millis) const;

  // Values above kHighest: the slot of kHighest. Requires `ns` >= 0.
  static constexpr size_t SlotOf(int64_t ns) {
    const auto value = static_cast<uint64_t>(std::min(ns, kHighest));
    // How far the value is shifted so that 11 significant bits remain: 0 below 2,048.
    const int shift = (63 - kSubBucketHalfBits) - std::countl_zero(value | (2 * kOctaveSlots - 1));
    return (static_cast<size_t>(shift) << kSubBucketHalfBits) + (value >> shift);
  }
  static int64_t LowestInSlot(size_t slot);
  static int64_t HighestInSlot(size_t slot);

  // Calls `fn(slot, count)` for each slot with records, ascending.
  void ForEachSlot(const std::function<void(size_t, uint64_t)>& fn) const;

  // Octaves with records, each 8 KiB: what the histogram costs in memory.
  size_t octaves_used() const;

  // Equal values: same buckets, count, sum, min, max and saturated.
  bool operator==(const Histogram& other) const;

  // For the decoders alone: adds `times` records to a slot, at most that of kHighest, without
  // touching sum, min and max.
  void AddToSlot(size_t slot, uint64_t times);
  // For the decoders alone: sets what AddToSlot left open (all 0 for an empty histogram). Refuses
  // values that no records in these buckets could have.
  Status SetExact(Int128 sum, int64_t min, int64_t max, uint64_t saturated);

 private:
  struct Octave {
    std::array<uint64_t, kOctaveSlots> counts{};
    uint32_t low = kOctaveSlots;  // used slots lie in [low, high]
    uint32_t high = 0;
  };
  void CountInSlot(size_t slot, uint64_t times) {
    Octave* octave = octaves_[slot / kOctaveSlots].get();
    if (octave == nullptr) [[unlikely]]
      octave = Allocate(slot / kOctaveSlots);
    const auto at = static_cast<uint32_t>(slot % kOctaveSlots);
    octave->counts[at] += times;
    octave->low = std::min(octave->low, at);
    octave->high = std::max(octave->high, at);
    count_ += times;
  }
  Octave* Allocate(size_t i);
  [[noreturn]] static void NegativeValue(int64_t ns);

  std::array<std::unique_ptr<Octave>, kOctaves> octaves_;
  uint64_t count_ = 0;
  uint64_t saturated_ = 0;
  Int128 sum_ = 0;
  int64_t min_ = INT64_MAX;
  int64_t max_ = 0;
};

}  // namespace muster
