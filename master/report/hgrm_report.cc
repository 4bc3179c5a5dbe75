#include "master/report/hgrm_report.h"

#include <cmath>
#include <cstdio>

#include "master/report/percentile_rows.h"

namespace muster {
namespace {

constexpr double kNsPerMs = 1e6;

template <typename... Values>
std::string Printed(const char* format, Values... values) {
  char text[160];
  std::snprintf(text, sizeof(text), format, values...);
  return text;
}

// Of the middles of the buckets, as HdrHistogram computes it, around the exact mean.
double StandardDeviation(const Histogram& histogram) {
  const double mean = histogram.mean();
  double squares = 0;
  histogram.ForEachSlot([&](size_t slot, uint64_t records) {
    const double middle = static_cast<double>(Histogram::LowestInSlot(slot)) / 2 +
                          static_cast<double>(Histogram::HighestInSlot(slot) + 1) / 2;
    squares += (middle - mean) * (middle - mean) * static_cast<double>(records);
  });
  return histogram.count() == 0 ? 0 : std::sqrt(squares / static_cast<double>(histogram.count()));
}

}  // namespace

std::string HgrmReport(const LatencyTable& latency) {
  const LatencySummary& completed = latency.by_kind[static_cast<size_t>(LatencyKind::kResponse)];
  const Histogram histogram = HistogramOf(completed);
  std::string text =
      Printed("%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
  for (const PercentileRow& row : PercentileRows(histogram, histogram.count())) {
    const double share = row.percentile / 100;
    text += Printed("%12.6f %2.12f %10llu", static_cast<double>(row.value_ns) / kNsPerMs, share,
                    static_cast<unsigned long long>(row.count));
    text += row.percentile < 100 ? Printed(" %14.2f\n", 1 / (1 - share)) : "\n";
  }
  text += Printed("#[Mean    = %12.6f, StdDeviation   = %12.6f]\n", histogram.mean() / kNsPerMs,
                  StandardDeviation(histogram) / kNsPerMs);
  text += Printed("#[Max     = %12.6f, Total count    = %12llu]\n",
                  static_cast<double>(histogram.max()) / kNsPerMs,
                  static_cast<unsigned long long>(histogram.count()));
  text += Printed("#[Buckets = %12zu, SubBuckets     = %12zu]\n", Histogram::kOctaves - 1,
                  2 * Histogram::kOctaveSlots);
  const uint64_t all = latency.response_all.count;
  if (all > histogram.count()) {
    text += Printed("#[Failed or not started, in no row: %llu of %llu that were due]\n",
                    static_cast<unsigned long long>(all - histogram.count()),
                    static_cast<unsigned long long>(all));
  }
  return text;
}

}  // namespace muster
