#include "master/capacity/alpha_spending.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "common/base/random.h"
#include "master/statistics/quantile.h"

namespace muster {
namespace {

// Lan and DeMets' alpha* of O'Brien and Fleming's type at 0.05: 0.0000 at 0.2, 0.0056 at 0.5.
TEST(AlphaSpendingTest, SpendsLittleEarlyAndAllInTheEnd) {
  const std::vector<double> halves = SpendAlpha(0.05, std::vector<double>{0.5, 1});
  EXPECT_NEAR(halves[0], 0.0056, 5e-5);
  EXPECT_NEAR(halves[0] + halves[1], 0.05, 1e-12);
  EXPECT_LT(SpendAlpha(0.05, std::vector<double>{0.2, 1})[0], 5e-5);
  EXPECT_EQ(SpendAlpha(0.05, std::vector<double>{1}), std::vector<double>{0.05});
}

constexpr int kLooks = 20, kPerLook = 200, kSeries = 2'000;

// The share of series of fair coins that an interval looked at after each of 20 parts calls unfair.
double WronglyDecided(const std::vector<double>& alpha) {
  std::vector<double> bounds;
  for (const double a : alpha) bounds.push_back(NormalQuantile(1 - std::max(a, 1e-11) / 2));
  int wrong = 0;
  for (uint64_t series = 0; series < kSeries; ++series) {
    double sum = 0;
    for (uint64_t look = 0; look < kLooks; ++look) {
      for (uint64_t i = 0; i < kPerLook; ++i) {
        sum += (RandomBits(5, RandomStream::kRequest, series, look * kPerLook + i) >> 63) != 0
                   ? 0.5
                   : -0.5;
      }
      const double n = static_cast<double>(look + 1) * kPerLook;
      if (std::fabs(sum) > bounds[look] * 0.5 * std::sqrt(n)) {
        ++wrong;
        break;
      }
    }
  }
  return wrong / static_cast<double>(kSeries);
}

TEST(AlphaSpendingTest, PeekingAtANaiveIntervalIsWrongFiveTimesAsOftenAsClaimed) {
  const double wrong = WronglyDecided(std::vector<double>(kLooks, 0.05));
  EXPECT_GE(wrong, 0.22);
  EXPECT_LE(wrong, 0.28);
}

TEST(AlphaSpendingTest, SpendingKeepsTheClaim) {
  std::vector<double> fractions;
  for (int i = 1; i <= kLooks; ++i)
    fractions.push_back(i == kLooks ? 1 : i / static_cast<double>(kLooks));
  const double wrong = WronglyDecided(SpendAlpha(0.05, fractions));
  EXPECT_LE(wrong, 0.05);
  EXPECT_GE(wrong, 0.01);  // not by never deciding
}

}  // namespace
}  // namespace muster
