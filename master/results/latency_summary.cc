#include "master/results/latency_summary.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/stats/histogram_codec.h"

namespace muster {
namespace {

// Of `all` values, of which those beyond the histogram's records rank above every record.
std::optional<int64_t> PercentileAmong(const Histogram& histogram, uint64_t all,
                                       uint32_t percentile_millis) {
  if (all == 0) return std::nullopt;
  const uint64_t rank = Histogram::RankOf(percentile_millis, all);
  if (rank > histogram.count()) return std::nullopt;
  return histogram.ValueAtRank(rank);
}

}  // namespace

LatencySummary Summarize(const Histogram& histogram, uint64_t all) {
  LatencySummary summary;
  const uint64_t records = histogram.count();
  summary.count = std::max(all, records);
  summary.saturated = histogram.saturated();
  if (summary.count == 0) return summary;
  const auto percentile = [&](uint32_t millis) {
    return PercentileAmong(histogram, summary.count, millis);
  };
  summary.p50_ns = percentile(50'000);
  summary.p90_ns = percentile(90'000);
  summary.p95_ns = percentile(95'000);
  summary.p99_ns = percentile(99'000);
  summary.p999_ns = percentile(99'900);
  if (records == 0) return summary;
  summary.min_ns = histogram.min();
  const Int128 half = static_cast<Int128>(records / 2);
  summary.mean_ns = static_cast<int64_t>((histogram.sum() + half) / static_cast<Int128>(records));
  summary.max_ns = histogram.max();
  summary.sum_ns = histogram.sum();
  AppendSparseCounts(histogram, &summary.buckets);
  return summary;
}

Histogram HistogramOf(const LatencySummary& latency) {
  Histogram histogram;
  CHECK(AddSparseCounts(latency.buckets, &histogram).ok());
  if (histogram.count() > 0) {
    CHECK(histogram
              .SetExact(latency.sum_ns, latency.min_ns.value_or(0), latency.max_ns.value_or(0),
                        latency.saturated)
              .ok());
  }
  return histogram;
}

std::optional<int64_t> PercentileOf(const LatencySummary& latency, const Histogram& histogram,
                                    uint32_t percentile_millis) {
  return PercentileAmong(histogram, std::max(latency.count, histogram.count()), percentile_millis);
}

}  // namespace muster
