#include "common/plan/arrivals.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/base/random.h"

namespace muster {
namespace {

constexpr int kDrawBits = 53;
// A position within a block is span * draw / 2^53: span <= 1024 * kScale < 2^73, so 126 bits
// suffice.
static_assert(static_cast<Int128>(Arrivals::kBlock) * LoadProfile::kScale < static_cast<Int128>(1)
                                                                                << 73);

}  // namespace

Arrivals::Arrivals(const LoadProfile& profile, ArrivalKind kind, uint64_t seed, uint64_t limit)
    : profile_(profile), kind_(kind), seed_(seed), total_(std::min(profile.total(), limit)) {}

RunTime Arrivals::DueTime(uint64_t k) {
  CHECK_LT(k, total_);
  if (kind_ == ArrivalKind::kEven) return profile_.DueTime(k);
  const uint64_t block = k / kBlock;
  if (block != block_) LoadBlock(block);
  const Int128 start = static_cast<Int128>(block * kBlock) * LoadProfile::kScale;
  const Int128 whole = static_cast<Int128>(kBlock) * LoadProfile::kScale;
  const Int128 span = std::min(whole, profile_.scaled_total() - start);
  // Below start + span <= scaled_total, because the draw is below 2^53.
  return profile_.TimeOf(start + ((span * offsets_[k % kBlock]) >> kDrawBits));
}

void Arrivals::LoadBlock(uint64_t block) {
  // The profile's own total, not the limit, decides how many share the block: a limit cuts the list
  // of numbers short and moves none.
  const uint64_t first = block * kBlock;
  const uint64_t count = std::min(kBlock, profile_.total() - first);
  for (uint64_t i = 0; i < count; ++i) {
    offsets_[i] = RandomBits(seed_, RandomStream::kArrival, first + i) >> (64 - kDrawBits);
  }
  std::sort(offsets_.begin(), offsets_.begin() + static_cast<std::ptrdiff_t>(count));
  block_ = block;
}

}  // namespace muster
