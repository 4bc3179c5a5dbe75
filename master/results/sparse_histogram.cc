#include "master/results/sparse_histogram.h"

#include <algorithm>

#include "common/base/check.h"

namespace muster {
namespace {

constexpr int kSlotShift = 48;
static_assert(Histogram::kSlots <= size_t{1} << 16);

uint64_t SlotIn(uint64_t entry) { return entry >> kSlotShift; }
uint64_t CountIn(uint64_t entry) { return entry & SparseHistogram::kMaxPerSlot; }

uint64_t MakeEntry(uint64_t slot, uint64_t count) {
  CHECK_LE(count, SparseHistogram::kMaxPerSlot);
  return slot << kSlotShift | count;
}

}  // namespace

void SparseHistogram::Merge(const Histogram& other) {
  if (other.count() == 0) return;
  std::vector<uint64_t> entries;
  other.ForEachSlot(
      [&](size_t slot, uint64_t count) { entries.push_back(MakeEntry(slot, count)); });
  MergeEntries(entries);
  count_ += other.count();
  saturated_ += other.saturated();
  sum_ += other.sum();
  min_ = std::min(min_, other.min());
  max_ = std::max(max_, other.max());
}

void SparseHistogram::Merge(const SparseHistogram& other) {
  if (other.count_ == 0) return;
  MergeEntries(other.entries_);
  count_ += other.count_;
  saturated_ += other.saturated_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void SparseHistogram::MergeEntries(const std::vector<uint64_t>& other) {
  std::vector<uint64_t> merged;
  merged.reserve(entries_.size() + other.size());
  auto a = entries_.begin();
  auto b = other.begin();
  while (a != entries_.end() && b != other.end()) {
    if (SlotIn(*a) == SlotIn(*b)) {
      merged.push_back(MakeEntry(SlotIn(*a), CountIn(*a) + CountIn(*b)));
      ++a;
      ++b;
    } else {
      merged.push_back(*a < *b ? *a++ : *b++);
    }
  }
  merged.insert(merged.end(), a, entries_.end());
  merged.insert(merged.end(), b, other.end());
  merged.shrink_to_fit();
  entries_ = std::move(merged);
}

Histogram SparseHistogram::ToHistogram() const {
  Histogram histogram;
  if (count_ == 0) return histogram;
  for (const uint64_t entry : entries_) histogram.AddToSlot(SlotIn(entry), CountIn(entry));
  const Status exact = histogram.SetExact(sum_, min_, max_, saturated_);
  CHECK(exact.ok()) << Message(exact);
  return histogram;
}

}  // namespace muster
