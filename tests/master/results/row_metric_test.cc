#include "master/results/row_metric.h"

#include <gtest/gtest.h>

#include "tests/master/results/fixture.h"

namespace muster {
namespace {

struct SeenRow {
  Timeline::Row row;
  Histogram response;
};

// 6 of 1 ms, 2 of 100 ms (one a 503), 1 failed, 1 not started; 3 of the fast ones within 50 ms.
SeenRow MixedRow() {
  const std::vector<Duration> limits = {Duration::Millis(50)};
  Cell cell;
  for (int i = 0; i < 6; ++i) AddCompleted(&cell, 1'000'000, limits);
  AddCompleted(&cell, 100'000'000, limits);
  AddCompleted(&cell, 100'000'000, limits, 0, 503);
  AddFailed(&cell, ErrorClass::kTimeout);
  AddNotStarted(&cell, NotStarted::kMaxInFlight);
  SeenRow seen;
  seen.row.Add(cell);
  seen.response = cell.latency[static_cast<size_t>(LatencyKind::kResponse)];
  return seen;
}

Observation Of(const char* text, const SeenRow& seen, Duration length = Duration::Seconds(2)) {
  return ObserveRow(*ParseThreshold(text), 0, seen.row, seen.response, length);
}

Observation OfValue(double value) { return {Observation::Kind::kValue, value}; }
const Observation kRankFailed{Observation::Kind::kFailed, 0};

TEST(RowMetricTest, EachMetricSeesWhatEnded) {
  const SeenRow seen = MixedRow();
  EXPECT_GE(Of("p60(response) < 1s", seen).value, 1e6);
  EXPECT_LT(Of("p60(response) < 1s", seen).value, 1.01e6);
  EXPECT_GT(Of("p80(response) < 1s", seen).value, 99e6);
  EXPECT_EQ(Of("p90(response) < 1s", seen), kRankFailed);
  EXPECT_GT(Of("p90(response, ok) < 1s", seen).value, 99e6);
  EXPECT_EQ(Of("mean(response) < 1s", seen), OfValue((6e6 + 200e6) / 8));
  EXPECT_EQ(Of("min(response) < 1s", seen), OfValue(1e6));
  EXPECT_EQ(Of("max(response) < 1s", seen), OfValue(100e6));
  EXPECT_EQ(Of("within(50ms) > 1%", seen), OfValue(0.6));
  EXPECT_EQ(Of("error_rate < 1%", seen), OfValue(2.0 / 9));
  EXPECT_EQ(Of("not_started_rate < 1%", seen), OfValue(0.1));
  EXPECT_EQ(Of("rate > 1/s", seen), OfValue(4));
  EXPECT_EQ(Of("count(completed) < 1", seen), OfValue(8));
  EXPECT_EQ(Of("count(failed) < 1", seen), OfValue(1));
  EXPECT_EQ(Of("count(unexpected) < 1", seen), OfValue(1));
  EXPECT_EQ(Of("count(not_started) < 1", seen), OfValue(1));
  EXPECT_EQ(Of("count(started) < 1", seen), OfValue(9));
  EXPECT_EQ(Of("count(due) < 1", seen), OfValue(10));
}

TEST(RowMetricTest, AnEmptyRowHasRatesAndCountsAlone) {
  for (const char* text : {"p99(response) < 1s", "mean(response) < 1s", "within(1s) > 1%",
                           "error_rate < 1%", "not_started_rate < 1%"}) {
    EXPECT_EQ(Of(text, {}), Observation()) << text;
  }
  EXPECT_EQ(Of("rate > 1/s", {}), OfValue(0));
  EXPECT_EQ(Of("rate > 1/s", {}, Duration()), Observation()) << "no load in it";
  EXPECT_EQ(Of("count(due) < 1", {}), OfValue(0));
}

TEST(RowMetricTest, NoDataBreaksNothingAndFailedBreaksAll) {
  for (const char* text : {"p99(response) < 1s", "p99(response) > 1s"}) {
    const Threshold threshold = *ParseThreshold(text);
    EXPECT_FALSE(Breaks(threshold, {})) << text;
    EXPECT_TRUE(Breaks(threshold, kRankFailed)) << text;
  }
  EXPECT_TRUE(Breaks(*ParseThreshold("p99(response) < 1s"), OfValue(1e9)));
  EXPECT_FALSE(Breaks(*ParseThreshold("p99(response) <= 1s"), OfValue(1e9)));
}

TEST(RowMetricTest, PatienceIsTheTimeThatIsAskedFor) {
  EXPECT_EQ(Patience(*ParseThreshold("p99(response) < 1s")), Duration::Seconds(1));
  EXPECT_EQ(Patience(*ParseThreshold("within(2s) > 1%")), Duration::Seconds(2));
  for (const char* text : {"p99(response) > 1s", "within(2s) < 1%", "error_rate < 1%", "rate > 1/s",
                           "count(failed) < 1", "not_started_rate < 1%"}) {
    EXPECT_EQ(Patience(*ParseThreshold(text)), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace muster
