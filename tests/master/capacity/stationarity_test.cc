#include "master/capacity/stationarity.h"

#include <gtest/gtest.h>

#include <vector>

#include "common/base/random.h"

namespace muster {
namespace {

double Noise(uint64_t series, uint64_t i) {
  return static_cast<double>(RandomBits(3, RandomStream::kRequest, series, i) >> 11) * 0x1p-53 -
         0.5;
}

// AR(1) about `slope` i.
std::vector<double> Series(uint64_t number, double carried, double slope) {
  std::vector<double> values;
  double state = 0;
  for (uint64_t i = 0; i < 300; ++i) {
    state = carried * state + 10 * Noise(number, i);
    values.push_back(50 + state + slope * static_cast<double>(i));
  }
  return values;
}

int Growing(double carried, double slope) {
  int growing = 0;
  for (uint64_t number = 0; number < 200; ++number) {
    growing += FitSlope(Series(number, carried, slope)).interval.low > 0;
  }
  return growing;
}

TEST(StationarityTest, ALineIsItsOwnSlope) {
  std::vector<double> values;
  for (int i = 0; i < 100; ++i) values.push_back(3 + 0.5 * i);
  const Slope slope = FitSlope(values);
  EXPECT_NEAR(slope.per_value, 0.5, 1e-12);
  EXPECT_NEAR(slope.interval.low, 0.5, 1e-9);
  EXPECT_NEAR(Growth(values, 0), 50, 1e-9);
}

TEST(StationarityTest, TooFewValuesSayNothing) {
  const std::vector<double> values{1, 2, 3, 4, 5};
  EXPECT_TRUE(FitSlope(values).interval.Contains(-1e9));
  EXPECT_EQ(Growth(values, 0), 0);
  EXPECT_EQ(Growth({}, 0), 0);
}

// 1 % is claimed, one-sided.
TEST(StationarityTest, NoiseRarelyGrowsHoweverMuchItCarries) {
  EXPECT_LE(Growing(0, 0), 8);
  EXPECT_LE(Growing(0.9, 0), 8);
  EXPECT_LE(Growing(0.97, 0), 16);
}

TEST(StationarityTest, GrowthIsFound) {
  EXPECT_GE(Growing(0, 0.05), 190);
  EXPECT_GE(Growing(0.9, 0.2), 190);
}

TEST(StationarityTest, NegligibleGrowthIsNone) {
  std::vector<double> values;
  for (int i = 0; i < 100; ++i) values.push_back(1000 + 0.4 * i);
  EXPECT_EQ(Growth(values, 0), 0);  // 4 % of the mean
  for (double& value : values) value -= 1000;
  EXPECT_GT(Growth(values, 0), 0);
  EXPECT_EQ(Growth(values, 41), 0);
}

}  // namespace
}  // namespace muster
