#include "common/plan/arrivals.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/base/random.h"

namespace muster {
namespace {

constexpr int kDrawBits = 53;
// A position within a block is span * draw / 2^53: span <= 1025 * kScale < 2^73, so 126 bits
// suffice.
static_assert(static_cast<Int128>(Arrivals::kBlock + 1) * LoadProfile::kScale <
              static_cast<Int128>(1) << 73);

}  // namespace

Arrivals::Arrivals(const LoadProfile& profile, ArrivalKind kind, uint64_t seed, uint64_t limit)
    : profile_(profile), kind_(kind), seed_(seed), total_(std::min(profile.total(), limit)) {}

RunTime Arrivals::DueTime(uint64_t k) {
  CHECK_LT(k, total_);
  if (kind_ == ArrivalKind::kEven) return profile_.DueTime(k);
  if (k < block_first_ || k - block_first_ >= block_count_) LoadBlock(k);
  // Below the span's end, because the draw is below 2^53.
  const Int128 offset = (block_span_ * offsets_[k - block_first_]) >> kDrawBits;
  return profile_.TimeOf(block_start_ + offset);
}

void Arrivals::LoadBlock(uint64_t k) {
  const std::vector<LoadSection>& sections = profile_.sections();
  const auto next = std::upper_bound(
      sections.begin(), sections.end(), k,
      [](uint64_t number, const LoadSection& section) { return number < section.first; });
  const LoadSection& section = *(next - 1);
  // The profile's own total, not the limit, decides how many share the block: a limit cuts the list
  // of numbers short and moves none.
  const LoadSection end =
      next == sections.end() ? LoadSection{profile_.total(), profile_.scaled_total()} : *next;
  block_first_ = section.first + (k - section.first) / kBlock * kBlock;
  block_count_ = std::min(kBlock, end.first - block_first_);
  const auto scaled = [](uint64_t number) {
    return static_cast<Int128>(number) * LoadProfile::kScale;
  };
  // A section begins within the last unit of R of the one before it.
  block_start_ = block_first_ == section.first ? section.scaled : scaled(block_first_);
  const uint64_t block_end = block_first_ + block_count_;
  block_span_ = (block_end == end.first ? end.scaled : scaled(block_end)) - block_start_;
  for (uint64_t i = 0; i < block_count_; ++i) {
    offsets_[i] = RandomBits(seed_, RandomStream::kArrival, block_first_ + i) >> (64 - kDrawBits);
  }
  std::sort(offsets_.begin(), offsets_.begin() + static_cast<std::ptrdiff_t>(block_count_));
}

}  // namespace muster
