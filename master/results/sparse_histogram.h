// SparseHistogram: the records of a Histogram kept as a sorted list of (slot, count), for the
// thousands of timeline rows that would be too large as arrays: 8 bytes per used slot instead of 8
// KiB per used octave. Count, sum, min, max and saturated stay exact. Percentiles are asked of
// ToHistogram(), so the rank rule stays written once. Merging is commutative and associative. Not
// thread-safe: one owner.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/int128.h"
#include "common/stats/histogram.h"

namespace muster {

class SparseHistogram {
 public:
  // Records that one slot can hold; more is our own bug (CHECK).
  static constexpr uint64_t kMaxPerSlot = (uint64_t{1} << 48) - 1;

  void Merge(const Histogram& other);
  void Merge(const SparseHistogram& other);
  Histogram ToHistogram() const;

  uint64_t count() const { return count_; }
  size_t entries() const { return entries_.size(); }
  bool operator==(const SparseHistogram&) const = default;

 private:
  void MergeEntries(const std::vector<uint64_t>& other);

  std::vector<uint64_t> entries_;  // slot << 48 | count, ascending by slot
  uint64_t count_ = 0;
  uint64_t saturated_ = 0;
  Int128 sum_ = 0;
  int64_t min_ = INT64_MAX;
  int64_t max_ = 0;
};

}  // namespace muster
