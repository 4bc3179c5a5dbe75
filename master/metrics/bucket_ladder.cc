#include "master/metrics/bucket_ladder.h"

namespace muster {
namespace {

constexpr int64_t kLeastDecimalNs = 10'000;

std::array<int64_t, kLadderBounds> MakeBounds() {
  std::array<int64_t, kLadderBounds> bounds{};
  int64_t power = kLeastDecimalNs;
  for (size_t i = 0; i < kLadderBounds; i += 3, power *= 10) {
    const std::array<int64_t, 3> decimals = {power, power * 5 / 2, power * 5};
    for (size_t j = 0; j < decimals.size(); ++j) {
      bounds[i + j] = Histogram::HighestInSlot(Histogram::SlotOf(decimals[j]));
    }
  }
  return bounds;
}

}  // namespace

const std::array<int64_t, kLadderBounds>& LadderBounds() {
  static const std::array<int64_t, kLadderBounds> kBounds = MakeBounds();
  return kBounds;
}

std::array<uint64_t, kLadderBounds> LadderCounts(const Histogram& histogram) {
  const std::array<int64_t, kLadderBounds>& bounds = LadderBounds();
  std::array<uint64_t, kLadderBounds> counts{};
  size_t at = 0;  // the bucket of the slots that come
  histogram.ForEachSlot([&](size_t slot, uint64_t count) {
    while (at < kLadderBounds && Histogram::HighestInSlot(slot) > bounds[at]) ++at;
    if (at < kLadderBounds) counts[at] += count;
  });
  for (size_t i = 1; i < kLadderBounds; ++i) counts[i] += counts[i - 1];
  return counts;
}

}  // namespace muster
