#include "master/results/per_second.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(PerSecondTest, AWholeRateIsExactAtEveryLength) {
  for (int64_t ms = 100; ms <= 120'000; ms += 100) {
    for (int64_t rate = 10; rate <= 2'000; rate += 70) {
      const auto n = static_cast<uint64_t>(rate * ms / 100);
      ASSERT_EQ(PerSecond(n, Duration::Millis(ms)), static_cast<double>(rate * 10))
          << rate << " over " << ms << " ms";
    }
  }
}

TEST(PerSecondTest, APartOfARateIsTheNearestDouble) {
  EXPECT_EQ(PerSecond(333, Duration::Seconds(10)), 33.3);
  EXPECT_EQ(PerSecond(1, Duration::Seconds(10)), 0.1);
  EXPECT_EQ(PerSecond(1, Duration::Nanos(1)), 1e9);
}

TEST(PerSecondTest, NoLengthHasNoRate) {
  EXPECT_EQ(PerSecond(5, Duration()), 0);
  EXPECT_EQ(PerSecond(5, Duration::Seconds(-1)), 0);
}

TEST(PerSecondTest, TheLargestCountDoesNotOverflow) {
  EXPECT_EQ(PerSecond(UINT64_MAX, Duration::Seconds(1)), static_cast<double>(UINT64_MAX));
}

}  // namespace
}  // namespace muster
