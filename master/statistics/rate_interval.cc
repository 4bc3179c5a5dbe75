#include "master/statistics/rate_interval.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "master/statistics/effective_samples.h"
#include "master/statistics/part_series.h"
#include "master/statistics/sections.h"

namespace muster {
namespace {

// Completions of `all` rows.
ShareCount SumOfPart(std::span<const uint64_t> completed, size_t parts, size_t i) {
  const size_t first = PartStart(completed.size(), parts, i);
  const size_t end = PartStart(completed.size(), parts, i + 1);
  ShareCount sum{0, end - first};
  for (size_t row = first; row < end; ++row) sum.hits += completed[row];
  return sum;
}

double Correlation(std::span<const uint64_t> completed) {
  const size_t parts = std::min(completed.size(), kMaxParts);
  std::vector<double> rates;
  for (size_t i = 0; i < parts; ++i) rates.push_back(SumOfPart(completed, parts, i).share());
  return NeighbourCorrelation(rates);
}

}  // namespace

std::optional<RateEstimate> EstimateRate(std::span<const uint64_t> completed, Duration row_length) {
  if (CheckCut(completed.size(), row_length) != CutRefusal::kNone) return std::nullopt;
  SectionCounts sections;
  for (size_t i = 0; i < kSections; ++i) sections[i] = SumOfPart(completed, kSections, i);
  const double per_second = 1 / row_length.seconds();
  RateEstimate estimate;
  estimate.point = SumOf(sections).share() * per_second;
  const double half = kStudent9 * std::sqrt(RatioVariance(sections)) * per_second;
  estimate.interval = {std::max(0.0, estimate.point - half), estimate.point + half};
  estimate.optimistic = Correlation(completed) > kCorrelated;
  return estimate;
}

}  // namespace muster
