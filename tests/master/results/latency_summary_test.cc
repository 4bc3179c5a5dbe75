#include "master/results/latency_summary.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(LatencySummaryTest, RanksWhatIsMissingLast) {
  Histogram histogram;
  for (int i = 1; i <= 95; ++i) histogram.Record(i);
  const LatencySummary all = Summarize(histogram, 100);
  EXPECT_EQ(all.count, 100u);
  EXPECT_EQ(all.p95_ns, 95);
  EXPECT_EQ(all.p99_ns, std::nullopt);
  EXPECT_EQ(all.max_ns, 95);
  EXPECT_EQ(all.mean_ns, 48);
  EXPECT_EQ(Summarize(histogram).p99_ns, 95);
  histogram.Record(96);
  EXPECT_EQ(Summarize(histogram).mean_ns, 49) << "48.5 rounds up";
  EXPECT_EQ(Summarize(Histogram()).p50_ns, std::nullopt);
  EXPECT_EQ(Summarize(Histogram(), 3).min_ns, std::nullopt);
}

TEST(LatencySummaryTest, TheHistogramComesBackWhole) {
  Histogram histogram;
  for (int64_t ns = 1; ns < 5'000'000'000'000; ns = ns * 3 + 1) histogram.Record(ns);
  const LatencySummary latency = Summarize(histogram);
  EXPECT_GT(latency.saturated, 0u);
  EXPECT_EQ(HistogramOf(latency), histogram);
  EXPECT_EQ(HistogramOf(LatencySummary()), Histogram());
}

TEST(LatencySummaryTest, AnyPercentileByTheSameRule) {
  Histogram histogram;
  for (int i = 1; i <= 95; ++i) histogram.Record(i);
  const LatencySummary all = Summarize(histogram, 100);
  EXPECT_EQ(PercentileOf(all, histogram, 66'000), 66);
  EXPECT_EQ(PercentileOf(all, histogram, 95'000), all.p95_ns);
  EXPECT_EQ(PercentileOf(all, histogram, 100'000), std::nullopt);
  EXPECT_EQ(PercentileOf(LatencySummary(), Histogram(), 50'000), std::nullopt);
}

}  // namespace
}  // namespace muster
