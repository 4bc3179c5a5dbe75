#include "master/report/percentile_rows.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

Histogram OneToN(int64_t n) {
  Histogram histogram;
  for (int64_t i = 1; i <= n; ++i) histogram.Record(i);
  return histogram;
}

TEST(PercentileRowsTest, NothingHasNoRows) {
  EXPECT_TRUE(PercentileRows(Histogram(), 0).empty());
  EXPECT_TRUE(PercentileRows(Histogram(), 7).empty());
}

TEST(PercentileRowsTest, OneRecordIsBothEnds) {
  const auto rows = PercentileRows(OneToN(1), 1);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].percentile, 0);
  EXPECT_EQ(rows[1].percentile, 100);
  EXPECT_EQ(rows[1].value_ns, 1);
}

TEST(PercentileRowsTest, StepsHalveWithTheDistanceThatIsLeft) {
  const auto rows = PercentileRows(OneToN(1000), 1000);
  const double levels[] = {0, 10, 20, 30, 40, 50, 55, 60, 65, 70, 75, 77.5, 80, 82.5, 85, 87.5};
  for (size_t i = 0; i < std::size(levels); ++i) EXPECT_DOUBLE_EQ(rows[i].percentile, levels[i]);
  EXPECT_EQ(rows[5].value_ns, 500);
  EXPECT_EQ(rows[5].count, 500u);
  EXPECT_EQ(rows.back().percentile, 100);
  EXPECT_EQ(rows.back().value_ns, 1000);
}

// Each value is the one that the rank rule gives for the row's level.
TEST(PercentileRowsTest, AgreesWithTheRankRule) {
  Histogram histogram;
  for (int64_t i = 0; i < 5'000; ++i) histogram.Record(i * i * 977 % 40'000'000);
  for (const PercentileRow& row : PercentileRows(histogram, histogram.count())) {
    const auto millis = static_cast<uint32_t>(row.percentile * 1000);
    if (millis == 0 || static_cast<double>(millis) != row.percentile * 1000) continue;
    EXPECT_EQ(row.value_ns, histogram.ValueAtPercentile(millis)) << row.percentile;
  }
}

TEST(PercentileRowsTest, RowsEndWhereOnlyTheFailedAreLeft) {
  const auto rows = PercentileRows(OneToN(90), 100);
  EXPECT_DOUBLE_EQ(rows.back().percentile, 90);
  EXPECT_EQ(rows.back().value_ns, 90);
  EXPECT_EQ(rows.back().count, 90u);
}

}  // namespace
}  // namespace muster
