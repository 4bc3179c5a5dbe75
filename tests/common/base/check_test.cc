#include "common/base/check.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(CheckTest, PassesInSilenceAndEvaluatesOnce) {
  int calls = 0;
  CHECK(++calls == 1) << "not printed";
  CHECK_EQ(calls, 1);
  CHECK_LT(calls, 2);
  CHECK_GE(calls, 1) << "not printed";
  EXPECT_EQ(calls, 1);
}

TEST(CheckDeathTest, AbortsWithExpressionPlaceAndDetail) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(CHECK(1 + 1 == 3) << " because " << 42,
               "CHECK failed at .*check_test.cc:[0-9]+: 1 \\+ 1 == 3 because 42");
}

TEST(CheckDeathTest, ComparisonsPrintBothValues) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const int small = 3;
  EXPECT_DEATH(CHECK_GT(small, 4), "small > 4 \\(3 vs 4\\)");
}

}  // namespace
}  // namespace muster
