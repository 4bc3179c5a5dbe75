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

TEST(WallClockTest, ReadsBackWhatItWrites) {
  for (const int64_t ms : {int64_t{0}, int64_t{1'709'210'096'789}, int64_t{-1},
                           int64_t{4'107'542'399'999}, int64_t{-8'520'336'000'000}}) {
    const WallTime time = WallTime::FromNanos(ms * 1'000'000);
    EXPECT_EQ(ParseUtc(FormatUtc(time)), time) << FormatUtc(time);
  }
}

TEST(WallClockTest, RefusesAnyOtherText) {
  for (const char* text :
       {"", "2024-02-29", "2024-02-29T12:34:56Z", "2024-02-29 12:34:56.789Z",
        "2023-02-29T12:34:56.789Z", "2024-13-01T12:34:56.789Z", "2024-02-29T24:00:00.000Z",
        "2024-02-29T12:60:00.000Z", "2024-02-29T12:34:60.000Z", "9999-01-01T00:00:00.000Z",
        "0001-01-01T00:00:00.000Z", "2024-02-29T12:34:5x.789Z"}) {
    EXPECT_EQ(ParseUtc(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace muster
