#include "master/statistics/share_interval.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/base/check.h"
#include "master/statistics/part_series.h"
#include "master/statistics/sections.h"

namespace muster {
namespace {

ShareCount SumOfPart(std::span<const ShareCount> rows, size_t parts, size_t i) {
  ShareCount sum;
  const size_t end = PartStart(rows.size(), parts, i + 1);
  for (size_t row = PartStart(rows.size(), parts, i); row < end; ++row) sum.Add(rows[row]);
  return sum;
}

double Correlation(std::span<const ShareCount> rows) {
  const size_t parts = std::min(rows.size(), kMaxParts);
  std::vector<double> shares;
  for (size_t i = 0; i < parts; ++i) {
    const ShareCount part = SumOfPart(rows, parts, i);
    if (part.all > 0) shares.push_back(part.share());
  }
  return NeighbourCorrelation(shares);
}

}  // namespace

Interval WilsonInterval(double share, double effective, double samples) {
  CHECK(share >= 0 && share <= 1) << share;
  CHECK(samples >= 1 && effective > 0) << samples << " " << effective;
  constexpr double t2 = kStudent9 * kStudent9;
  // With t instead of the normal quantile, so many are as wide as `samples` independent ones.
  const double n = std::min(effective, samples * t2 / (kNormal * kNormal));
  const double centre = share + t2 / (2 * n);
  const double half = kStudent9 * std::sqrt(share * (1 - share) / n + t2 / (4 * n * n));
  const double whole = 1 + t2 / n;
  // Exactly 0 of no hits, exactly 1 of all: what rounding leaves is cut.
  const double low = share <= 0 ? 0 : std::max(0.0, (centre - half) / whole);
  const double high = share >= 1 ? 1 : std::min(1.0, (centre + half) / whole);
  return {low, high};
}

std::optional<ShareEstimate> EstimateShare(std::span<const ShareCount> rows, Duration row_length) {
  if (CheckCut(rows.size(), row_length) != CutRefusal::kNone) return std::nullopt;
  SectionCounts sections;
  for (size_t i = 0; i < kSections; ++i) sections[i] = SumOfPart(rows, kSections, i);
  const ShareCount whole = SumOf(sections);
  if (whole.all == 0) return std::nullopt;
  const auto samples = static_cast<double>(whole.all);
  const double worth = EffectiveSamples(sections);
  ShareEstimate estimate;
  estimate.point = whole.share();
  estimate.interval = WilsonInterval(estimate.point, worth, samples);
  estimate.effective = std::min(worth, samples);
  const double hits = estimate.effective * std::min(estimate.point, 1 - estimate.point);
  const bool clustered = worth < samples / 2 && hits < kOptimisticBeyond;
  estimate.optimistic = clustered || Correlation(rows) > kCorrelated;
  return estimate;
}

}  // namespace muster
