// Histogram: HdrHistogram's log-linear layout, one fixed configuration for all of Muster:
// nanoseconds, lowest discernible value 1, highest trackable 1 hour, 3 significant digits (2,048
// sub-buckets).
//
// Beside the buckets it keeps count, sum, min and max exactly. A value above the range is counted
// in the last bucket and as saturated; its sum and max stay exact. Merging is commutative and
// associative, bit for bit. Not thread-safe: one owner.
//
// Two forms, which no result depends on. Recording spreads it: counters by octave, allocated when
// first used, at most 34 allocations in a histogram's life; Clear keeps the memory. What was only
// decoded and merged is a list of (slot, count), 8 bytes for each used slot, up to kMaxListed of
// them, and is spread beyond: thousands of cells and timeline rows would be too large, and too slow
// to merge, as arrays. An empty histogram has no memory of its own.
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
#include <memory>
#include <vector>

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
  static constexpr size_t kMaxListed = 2 * kOctaveSlots;
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
  template <typename Fn>
  void ForEachSlot(Fn&& fn) const {
    for (const uint64_t entry : list_) fn(SlotIn(entry), CountIn(entry));
    if (octaves_ == nullptr) return;
    for (size_t i = 0; i < kOctaves; ++i) {
      const Octave* octave = (*octaves_)[i].get();
      if (octave == nullptr) continue;
      for (uint32_t at = octave->low; at <= octave->high; ++at) {
        if (octave->counts[at] > 0) fn(i * kOctaveSlots + at, octave->counts[at]);
      }
    }
  }

  // Octaves with records.
  size_t octaves_used() const;
  // Counters that it keeps, each 8 bytes: what it costs in memory. A function of what was merged,
  // in whatever order, as long as nothing was recorded or cleared.
  size_t counters_held() const;

  // Equal values: same buckets, count, sum, min, max and saturated.
  bool operator==(const Histogram& other) const;

  // For the decoders alone: adds `times` records to a slot, at most that of kHighest, without
  // touching sum, min and max. Ascending slots on an empty histogram keep it a list.
  void AddToSlot(size_t slot, uint64_t times) {
    const bool follows = list_.empty() || slot > SlotIn(list_.back());
    if (octaves_ != nullptr || !follows || list_.size() >= kMaxListed || times == 0 ||
        times > kMaxListedCount - count_) [[unlikely]] {
      return AddToSpread(slot, times);
    }
    list_.push_back(MakeEntry(slot, times));
    count_ += times;
  }
  // For the decoders alone: room for about so many slots to come.
  void ReserveSlots(size_t slots);
  // For the decoders alone: sets what AddToSlot left open (all 0 for an empty histogram). Refuses
  // values that no records in these buckets could have.
  Status SetExact(Int128 sum, int64_t min, int64_t max, uint64_t saturated);

 private:
  struct Octave {
    std::array<uint64_t, kOctaveSlots> counts{};
    uint32_t low = kOctaveSlots;  // used slots lie in [low, high]
    uint32_t high = 0;
  };
  using Octaves = std::array<std::unique_ptr<Octave>, kOctaves>;
  // An entry of the list: the slot above, its count below.
  static constexpr int kSlotShift = 48;
  static constexpr uint64_t kMaxListedCount = (uint64_t{1} << kSlotShift) - 1;
  static constexpr size_t SlotIn(uint64_t entry) { return entry >> kSlotShift; }
  static constexpr uint64_t CountIn(uint64_t entry) { return entry & kMaxListedCount; }
  static constexpr uint64_t MakeEntry(size_t slot, uint64_t count) {
    return uint64_t{slot} << kSlotShift | count;
  }

  void CountInSlot(size_t slot, uint64_t times) {
    if (octaves_ == nullptr) [[unlikely]]
      Spread();
    Octave* octave = (*octaves_)[slot / kOctaveSlots].get();
    if (octave == nullptr) [[unlikely]]
      octave = Allocate(slot / kOctaveSlots);
    const auto at = static_cast<uint32_t>(slot % kOctaveSlots);
    octave->counts[at] += times;
    octave->low = std::min(octave->low, at);
    octave->high = std::max(octave->high, at);
    count_ += times;
  }
  Octave* Allocate(size_t i);
  void AddToSpread(size_t slot, uint64_t times);
  // From the list to octaves.
  void Spread();
  // These three leave count_ alone.
  void AddOctaves(const Octaves& other);
  void AddEntries(const std::vector<uint64_t>& entries);
  void MergeIntoList(const std::vector<uint64_t>& entries);
  // The used slots as a list, however they are kept; one more than kMaxListed stands for too many.
  std::vector<uint64_t> Listed() const;
  [[noreturn]] static void NegativeValue(int64_t ns);

  std::unique_ptr<Octaves> octaves_;  // null: a list
  std::vector<uint64_t> list_;        // ascending by slot; empty when spread
  uint64_t count_ = 0;                // of a list: at most kMaxListedCount
  uint64_t saturated_ = 0;
  Int128 sum_ = 0;
  int64_t min_ = INT64_MAX;
  int64_t max_ = 0;
};

}  // namespace muster
