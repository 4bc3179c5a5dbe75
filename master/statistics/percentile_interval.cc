#include "master/statistics/percentile_interval.h"

#include <algorithm>
#include <cmath>

#include "common/base/check.h"
#include "master/statistics/natural_log.h"
#include "master/statistics/part_series.h"
#include "master/statistics/share_interval.h"

namespace muster {
namespace {

double LogOf(double ns) { return NaturalLog(std::max(ns, 1.0)); }

// Widened to the edges of the buckets that the ends fall into.
double LowEdge(double ns) {
  if (ns == kRankFailed) return ns;
  return static_cast<double>(
      Histogram::LowestInSlot(Histogram::SlotOf(static_cast<int64_t>(std::max(ns, 0.0)))));
}
double HighEdge(double ns) {
  if (ns == kRankFailed) return ns;
  // Above the histogram's range its last bucket has no upper edge.
  const auto value = static_cast<int64_t>(std::min(std::ceil(ns), 9e18));
  return static_cast<double>(std::max(value, Histogram::HighestInSlot(Histogram::SlotOf(value))));
}

// nullopt: a section is empty, or its percentile is among the failed.
std::optional<Interval> LogInterval(const Sections& sections, uint32_t percentile_millis,
                                    double point) {
  const double centre = LogOf(point);
  double squares = 0;
  for (const Section& part : sections.parts) {
    if (part.all() == 0) return std::nullopt;
    const double value = part.AtPercentile(percentile_millis);
    if (value == kRankFailed) return std::nullopt;
    squares += (LogOf(value) - centre) * (LogOf(value) - centre);
  }
  const double half = kStudent9 * std::sqrt(squares / ((kSections - 1) * kSections));
  // No latency is beyond e^40 ns; that it can't overflow is all that matters.
  return Interval{Exp(std::max(centre - half, 0.0)), Exp(std::min(centre + half, 40.0))};
}

// The value that the share `above` of all ranks above.
double ValueBelow(double above, const Section& whole) {
  const auto all = static_cast<double>(whole.all());
  const double rank = std::clamp(std::ceil((1 - above) * all), 1.0, all);
  return whole.AtRank(static_cast<uint64_t>(rank));
}

Interval InvertedInterval(const Section& whole, uint32_t percentile_millis, double effective) {
  const double p = static_cast<double>(percentile_millis) / Histogram::kPercentileScale;
  const Interval above = WilsonInterval(1 - p, effective, static_cast<double>(whole.all()));
  return {ValueBelow(above.high, whole), ValueBelow(above.low, whole)};
}

}  // namespace

std::optional<PercentileEstimate> EstimatePercentile(const Sections& sections,
                                                     uint32_t percentile_millis) {
  const Section& whole = sections.whole;
  if (whole.all() == 0) return std::nullopt;
  PercentileEstimate estimate;
  estimate.point_ns = whole.AtPercentile(percentile_millis);
  if (percentile_millis == Histogram::kPercentileScale) {
    estimate.samples.enough = true;
    return estimate;
  }
  SectionCounts above;
  bool empty = false;
  for (size_t i = 0; i < kSections; ++i) {
    above[i] = {sections.parts[i].Above(estimate.point_ns), sections.parts[i].all()};
    empty |= above[i].all == 0;
  }
  const double effective = EffectiveSamples(above);
  estimate.samples = JudgeSamples(whole.all(), effective, percentile_millis, sections.length);
  const double p = static_cast<double>(percentile_millis) / Histogram::kPercentileScale;
  if (static_cast<double>(whole.all()) * std::min(p, 1 - p) < kMinSamplesBeyond * (1 - 1e-9)) {
    return estimate;
  }
  std::optional<Interval> found;
  if (estimate.point_ns != kRankFailed) {
    found = LogInterval(sections, percentile_millis, estimate.point_ns);
  }
  if (!found) found = InvertedInterval(whole, percentile_millis, effective);
  // What logarithms rounded, and 0 ns, must not leave the point outside.
  estimate.interval = Interval{LowEdge(std::min(found->low, estimate.point_ns)),
                               HighEdge(std::max(found->high, estimate.point_ns))};
  estimate.optimistic =
      estimate.samples.beyond < kOptimisticBeyond || sections.correlation > kCorrelated || empty;
  return estimate;
}

}  // namespace muster
