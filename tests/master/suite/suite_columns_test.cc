#include "master/suite/suite_columns.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

#include "tests/master/suite/sample_rows.h"

namespace muster {
namespace {

const SuiteColumn& Column(std::string_view key) {
  for (const SuiteColumn& column : SuiteColumns()) {
    if (key == column.key) return column;
  }
  ADD_FAILURE() << key;
  return SuiteColumns()[0];
}

TEST(SuiteColumnsTest, KeysAreUniqueAndEveryShownColumnHasItsText) {
  std::set<std::string> keys;
  for (const SuiteColumn& column : SuiteColumns()) {
    EXPECT_TRUE(keys.insert(column.key).second) << column.key;
    EXPECT_EQ(column.head == nullptr, column.text == nullptr) << column.key;
  }
}

TEST(SuiteColumnsTest, ARowWithoutFiguresHasNoNumbers) {
  const SuiteRow row;
  for (const SuiteColumn& column : SuiteColumns()) {
    if (std::string_view(column.key) == "repeats") continue;
    EXPECT_EQ(column.raw(row), "") << column.key;
    if (column.text == nullptr) continue;
    EXPECT_TRUE(column.text(row) == "-" || column.text(row).empty()) << column.key;
  }
}

TEST(SuiteColumnsTest, AnUnknownPercentileIsAmongTheFailedOnlyWhereSomeFailed) {
  SuiteRow row;
  row.figures = CellFigures();
  EXPECT_EQ(Column("p99_ms").text(row), "-");
  row.figures->failed = 1;
  EXPECT_EQ(Column("p99_ms").text(row), "failed");
  EXPECT_EQ(Column("max_ms").text(row), "-");
  EXPECT_EQ(Column("p99_ms").raw(row), "");
}

TEST(SuiteColumnsTest, WithoutAnEstimateACapacityIsAtLeast) {
  SuiteRow row;
  row.figures = CellFigures();
  row.figures->capacity = CapacityFigures();
  EXPECT_EQ(Column("capacity_per_s").text(row), "-");
  row.figures->capacity->per_s.at_least = 5000;
  EXPECT_EQ(Column("capacity_per_s").text(row), "at least 5,000/s");
  EXPECT_EQ(Column("capacity_per_s").raw(row), "");
  EXPECT_EQ(Column("at_least_per_s").raw(row), "5000.000000");
  row.figures->capacity->per_s.estimate = 1890;
  row.figures->capacity->users = CapacityNumbers{.estimate = 45};
  EXPECT_EQ(Column("capacity_per_s").text(row), "1,890/s, 45 users");
}

TEST(SuiteColumnsTest, MillisecondsAreExact) {
  EXPECT_EQ(MillisOf(0), "0");
  EXPECT_EQ(MillisOf(1), "0.000001");
  EXPECT_EQ(MillisOf(12'100'000), "12.1");
  EXPECT_EQ(MillisOf(1'000'000'000), "1000");
}

}  // namespace
}  // namespace muster
