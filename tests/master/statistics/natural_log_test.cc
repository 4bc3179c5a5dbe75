#include "master/statistics/natural_log.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/master/statistics/simulated_stage.h"

namespace muster {
namespace {

constexpr double kUlp = std::numeric_limits<double>::epsilon();

TEST(NaturalLogTest, KnownValues) {
  EXPECT_EQ(NaturalLog(1), 0);
  EXPECT_DOUBLE_EQ(NaturalLog(2), 0.69314718055994530942);   // OEIS A002162
  EXPECT_DOUBLE_EQ(NaturalLog(10), 2.30258509299404568402);  // OEIS A002392
  EXPECT_DOUBLE_EQ(Exp(1), 2.71828182845904523536);          // OEIS A001113
  EXPECT_EQ(Exp(0), 1);
}

// The library's are right to a unit in the last place.
TEST(NaturalLogTest, AgreesWithTheLibraryToTheLastBits) {
  StageDraws draws(1);
  for (int i = 0; i < 20'000; ++i) {
    const double x = std::exp((draws.Unit() - 0.5) * 80);
    ASSERT_NEAR(NaturalLog(x), std::log(x), 3 * kUlp * std::fabs(std::log(x))) << x;
    const double y = (draws.Unit() - 0.5) * 80;
    ASSERT_NEAR(Exp(y) / std::exp(y), 1, 20 * kUlp) << y;
  }
}

TEST(NaturalLogTest, ExponentialUndoesIt) {
  for (double x = 1; x < 1e13; x *= 1.7) EXPECT_NEAR(Exp(NaturalLog(x)) / x, 1, 1e-14) << x;
}

TEST(NaturalLogTest, EndsOfTheRange) {
  EXPECT_NEAR(NaturalLog(std::numeric_limits<double>::max()), 709.782712893384, 1e-12);
  EXPECT_NEAR(NaturalLog(std::numeric_limits<double>::denorm_min()), -744.4400719213812, 1e-12);
  EXPECT_TRUE(std::isfinite(Exp(700)));
  EXPECT_GT(Exp(-700), 0);
}

TEST(NaturalLogDeathTest, NothingBelowOrAtZero) {
  EXPECT_DEATH(NaturalLog(0), "CHECK failed");
  EXPECT_DEATH(NaturalLog(-1), "CHECK failed");
  EXPECT_DEATH(Exp(701), "CHECK failed");
}

}  // namespace
}  // namespace muster
