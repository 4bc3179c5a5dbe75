#include "common/plan/ownership.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "common/base/check.h"
#include "common/base/int128.h"

namespace muster {
namespace {

constexpr uint64_t kMaxPeriod = 1'000;

uint64_t Sum(std::span<const uint32_t> weights) {
  return std::accumulate(weights.begin(), weights.end(), uint64_t{0});
}

void DivideByGcd(std::vector<uint32_t>* weights) {
  uint32_t divisor = 0;
  for (const uint32_t w : *weights) divisor = std::gcd(divisor, w);
  for (uint32_t& w : *weights) w /= divisor;
}

// Scales to a sum of kMaxPeriod, each at least 1: what raising the smallest costs, the largest pay.
std::vector<uint32_t> ScaleDown(std::span<const uint32_t> weights) {
  std::vector<uint32_t> scaled;
  uint64_t excess = 0;
  for (const uint64_t part : SplitByLargestRemainder(kMaxPeriod, weights)) {
    scaled.push_back(static_cast<uint32_t>(std::max<uint64_t>(part, 1)));
    excess += part == 0 ? 1 : 0;
  }
  for (; excess > 0; --excess) --*std::max_element(scaled.begin(), scaled.end());
  return scaled;
}

}  // namespace

StatusOr<std::vector<uint32_t>> ReduceWeights(std::span<const uint32_t> weights) {
  if (weights.empty()) return InvalidArgument("there are no workers");
  if (weights.size() > kMaxPeriod) {
    return InvalidArgument("there are more than " + std::to_string(kMaxPeriod) + " workers");
  }
  if (std::find(weights.begin(), weights.end(), 0U) != weights.end()) {
    return InvalidArgument("a worker's weight must be at least 1");
  }
  std::vector<uint32_t> reduced(weights.begin(), weights.end());
  DivideByGcd(&reduced);
  if (Sum(reduced) > kMaxPeriod) {
    reduced = ScaleDown(reduced);
    DivideByGcd(&reduced);
  }
  return reduced;
}

std::vector<uint64_t> SplitByLargestRemainder(uint64_t total, std::span<const uint32_t> weights) {
  const uint64_t sum = Sum(weights);
  CHECK_GT(sum, 0U);
  std::vector<uint64_t> parts(weights.size());
  std::vector<uint64_t> remainders(weights.size());
  uint64_t rest = total;
  for (size_t i = 0; i < weights.size(); ++i) {
    const Uint128 share = static_cast<Uint128>(total) * weights[i];  // < 2^96
    parts[i] = static_cast<uint64_t>(share / sum);
    remainders[i] = static_cast<uint64_t>(share % sum);
    rest -= parts[i];
  }
  std::vector<size_t> order(weights.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return remainders[a] > remainders[b]; });
  for (size_t i = 0; i < rest; ++i) ++parts[order[i]];  // rest < weights.size()
  return parts;
}

// The m-th turn of a worker of weight w in a period of W slots may be taken from slot floor(m * W /
// w) on and must be before slot ceil((m + 1) * W / w): these windows say exactly that the worker's
// count in every prefix is less than one from its share. Each slot goes to the open window with the
// earliest deadline, the lower index among equals. That meets every deadline: the shares
// themselves, as fractions of slots, fill the windows (so whole slots can, one of them being one
// machine), and the earliest deadline first is optimal for unit jobs on one machine.
OwnerTable::OwnerTable(std::vector<uint32_t> weights)
    : weights_(std::move(weights)), positions_(weights_.size()) {
  const uint64_t period = Sum(weights_);
  CHECK(period >= 1 && period <= kMaxPeriod) << period;
  for (uint64_t slot = 0; slot < period; ++slot) {
    size_t best = weights_.size();
    for (size_t i = 0; i < weights_.size(); ++i) {
      const uint64_t turn = positions_[i].size();
      const bool open = turn * period < (slot + 1) * weights_[i];
      // Deadlines (turn + 1) * W / w, compared without dividing.
      const bool earlier =
          best == weights_.size() ||
          (turn + 1) * weights_[best] < (positions_[best].size() + 1) * weights_[i];
      if (open && earlier) best = i;
    }
    CHECK_LT(best, weights_.size());
    table_.push_back(static_cast<uint32_t>(best));
    positions_[best].push_back(static_cast<uint32_t>(slot));
  }
  for (size_t i = 0; i < weights_.size(); ++i) CHECK_EQ(positions_[i].size(), weights_[i]);
}

uint64_t OwnerTable::CountOwned(uint32_t worker, uint64_t total) const {
  const std::vector<uint32_t>& own = positions_[worker];
  const auto below = std::lower_bound(own.begin(), own.end(), total % period());
  return total / period() * own.size() + static_cast<uint64_t>(below - own.begin());
}

uint64_t ThreadShare::CountBelow(uint64_t total) const {
  const auto below = std::lower_bound(positions_.begin(), positions_.end(), total % period_);
  const uint64_t own = total / period_ * positions_.size() +
                       static_cast<uint64_t>(below - positions_.begin());  // of the worker
  return own / threads_ + (own % threads_ > thread_ ? 1 : 0);
}

}  // namespace muster
