#include "master/statistics/effective_samples.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/base/check.h"

namespace muster {
namespace {

constexpr double kLongest = 1e9;  // seconds; beyond, a length is no advice

}  // namespace

void ShareCount::Add(const ShareCount& other) {
  hits += other.hits;
  all += other.all;
}

double ShareCount::share() const {
  return all == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(all);
}

ShareCount SumOf(const SectionCounts& sections) {
  ShareCount sum;
  for (const ShareCount& section : sections) sum.Add(section);
  return sum;
}

double RatioVariance(const SectionCounts& sections) {
  const ShareCount whole = SumOf(sections);
  if (whole.all == 0) return 0;
  double squares = 0;
  for (const ShareCount& section : sections) {
    const double off =
        static_cast<double>(section.hits) - whole.share() * static_cast<double>(section.all);
    squares += off * off;
  }
  constexpr double k = kSections;
  const auto all = static_cast<double>(whole.all);
  return k / (k - 1) * squares / (all * all);
}

double EffectiveSamples(const SectionCounts& sections) {
  const double share = SumOf(sections).share();
  const double variance = RatioVariance(sections);
  if (share <= 0 || share >= 1 || variance <= 0) return std::numeric_limits<double>::infinity();
  return share * (1 - share) / variance;
}

Sufficiency JudgeSamples(uint64_t samples, double effective, uint32_t percentile_millis,
                         Duration length) {
  CHECK_GT(samples, 0U);
  CHECK_GT(effective, 0);
  CHECK(percentile_millis > 0 && percentile_millis < Histogram::kPercentileScale);
  const double p = static_cast<double>(percentile_millis) / Histogram::kPercentileScale;
  const double rarer = std::min(p, 1 - p);
  const double real_beyond = static_cast<double>(samples) * rarer;
  Sufficiency result;
  result.beyond = std::min(effective * rarer, real_beyond);
  // The products are rounded: 1,000 samples are ten beyond p99.
  result.enough =
      result.beyond >= kMinEffectiveBeyond && real_beyond >= kMinSamplesBeyond * (1 - 1e-9);
  if (!result.enough) {
    const double seconds = std::ceil(length.seconds() * kWantedBeyond / result.beyond);
    result.length_that_would_do = Duration::Seconds(
        static_cast<int64_t>(std::clamp(seconds, kMinSectioned.seconds(), kLongest)));
  }
  return result;
}

}  // namespace muster
