#include "master/statistics/quantile.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

// Abramowitz and Stegun, table 26.1.
TEST(QuantileTest, TailsAreThoseOfTheTables) {
  EXPECT_DOUBLE_EQ(NormalTail(0), 0.5);
  EXPECT_NEAR(NormalTail(1.96), 0.0249978951, 1e-10);
  EXPECT_NEAR(NormalTail(-1), 0.8413447461, 1e-10);
  EXPECT_NEAR(NormalTail(3), 1.349898e-3, 1e-9);
  EXPECT_NEAR(NormalTail(3.001) / 1.345473e-3, 1, 1e-4);  // on the other side of the seam
  EXPECT_NEAR(NormalTail(6) / 9.865876e-10, 1, 1e-6);
  EXPECT_EQ(NormalTail(40), 0);
}

TEST(QuantileTest, QuantilesInvertTails) {
  EXPECT_NEAR(NormalQuantile(0.975), 1.959963985, 1e-8);
  EXPECT_NEAR(NormalQuantile(0.01), -2.326347874, 1e-8);
  for (const double p : {1e-6, 0.2, 0.5, 0.9999})
    EXPECT_NEAR(1 - NormalTail(NormalQuantile(p)), p, 1e-9);
}

// NIST/SEMATECH e-Handbook, 1.3.6.7.2.
TEST(QuantileTest, StudentsApproachTheNormal) {
  EXPECT_NEAR(StudentQuantile(0.975, 9), 2.262, 2e-3);
  EXPECT_NEAR(StudentQuantile(0.975, 4), 2.776, 2e-2);
  EXPECT_NEAR(StudentQuantile(0.99, 18), 2.552, 2e-3);
  EXPECT_NEAR(StudentQuantile(0.975, 1e9), 1.959964, 1e-6);
}

}  // namespace
}  // namespace muster
