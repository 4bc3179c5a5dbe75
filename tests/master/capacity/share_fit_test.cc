#include "master/capacity/share_fit.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/master/capacity/level_builder.h"

namespace muster {
namespace {

std::vector<JudgedLevel> Levels(uint64_t scale) {
  return {MadeLevel(90, 30, true, 3 * scale), MadeLevel(100, 30, true, 10 * scale),
          MadeLevel(110, 30, false, 30 * scale)};
}

TEST(ShareFitTest, MeetsWhatIsAllowedWhereTheCountsDo) {
  const ShareFit fit(Levels(10), 0, 0.01, std::log(100));
  EXPECT_FALSE(fit.Unlimited());
  EXPECT_NEAR(std::exp(fit.LogCapacity()), 100, 1);
  EXPECT_GE(fit.dispersion(), 1);
}

TEST(ShareFitTest, WithoutAnyBadItDoesNotLimit) {
  EXPECT_TRUE(ShareFit(Levels(0), 0, 0.01, std::log(100)).Unlimited());
}

TEST(ShareFitTest, ReplicatesAreTheSameForTheSameSeedAndLieAboutTheEstimate) {
  const std::vector<JudgedLevel> levels = Levels(10);
  const ShareFit fit(levels, 0, 0.01, std::log(100));
  double sum = 0, squares = 0;
  for (uint64_t k = 0; k < 200; ++k) {
    const double log_capacity = fit.ReplicateLogCapacity(1, k);
    EXPECT_EQ(log_capacity, fit.ReplicateLogCapacity(1, k));
    sum += log_capacity - fit.LogCapacity();
    squares += (log_capacity - fit.LogCapacity()) * (log_capacity - fit.LogCapacity());
  }
  EXPECT_LT(std::fabs(sum / 200), std::sqrt(squares / 200));
  EXPECT_GT(std::sqrt(squares / 200), 0.002);
  EXPECT_NE(fit.ReplicateLogCapacity(1, 0), fit.ReplicateLogCapacity(2, 0));
}

TEST(ShareFitTest, KnowsHowNearALevelSawSomeBad) {
  const ShareFit fit(Levels(10), 0, 0.01, std::log(100));
  EXPECT_NEAR(fit.DistanceToInformative(std::log(105)), std::log(1.05), 1e-2);
  std::vector<JudgedLevel> all_or_none{MadeLevel(90, 30, true), MadeLevel(110, 30, false, 9'000)};
  EXPECT_TRUE(std::isinf(ShareFit(all_or_none, 0, 0.01, 4.6).DistanceToInformative(4.6)));
}

}  // namespace
}  // namespace muster
