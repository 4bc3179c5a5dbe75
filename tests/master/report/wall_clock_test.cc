#include "master/report/wall_clock.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(WallClockTest, IsRfc3339InUtcWithMilliseconds) {
  EXPECT_EQ(FormatUtc(WallTime()), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatUtc(WallTime::FromNanos(1'709'210'096'789'999'999)), "2024-02-29T12:34:56.789Z");
  EXPECT_EQ(FormatUtc(WallTime::FromNanos(4'107'542'399'999'000'000)), "2100-02-28T23:59:59.999Z");
}

TEST(WallClockTest, BeforeTheEpochCountsForwardWithinTheDay) {
  EXPECT_EQ(FormatUtc(WallTime::FromNanos(-1'000'000)), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace muster
