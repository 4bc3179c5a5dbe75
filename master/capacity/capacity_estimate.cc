#include "master/capacity/capacity_estimate.h"

#include <cmath>

namespace muster {

std::optional<CapacityEstimate> EstimateCapacity(std::span<const JudgedLevel> levels,
                                                 std::span<const double> /*allowed*/,
                                                 double /*alpha*/, uint64_t /*seed*/) {
  const Bracket bracket = FindBracket(levels, false);
  if (!bracket.low || !bracket.high) return std::nullopt;
  const double low = levels[*bracket.low].load(), high = levels[*bracket.high].load();
  return CapacityEstimate{
      std::sqrt(low * high), {low, high}, *levels[*bracket.high].judgement.failure};
}

}  // namespace muster
