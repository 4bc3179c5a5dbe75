#include "common/plan/run_text.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(RunTextTest, CountsHaveThousandsSeparators) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1'000), "1,000");
  EXPECT_EQ(FormatCount(UINT64_MAX), "18,446,744,073,709,551,615");
  EXPECT_EQ(GroupDigits("290112.5/s"), "290,112.5/s");
}

TEST(RunTextTest, Spans) {
  EXPECT_EQ(FormatSpan(Duration::Millis(130'040)), "2m10s");
  EXPECT_EQ(FormatSpan(Duration::Millis(812)), "0.8s");
  EXPECT_EQ(FormatSpan(Duration::Millis(960)), "1s");
  EXPECT_EQ(FormatSpan(Duration::Micros(30'400)), "30ms");
  EXPECT_EQ(FormatSpan(Duration()), "0s");
}

TEST(RunTextTest, RunClock) {
  EXPECT_EQ(FormatRunClock(RunTime()), "0:00");
  EXPECT_EQ(FormatRunClock(RunTime() + Duration::Millis(4'250)), "0:04.2");
  EXPECT_EQ(FormatRunClock(RunTime() + Duration::Millis(47'900)), "0:47");
  EXPECT_EQ(FormatRunClock(RunTime() + Duration::Seconds(3'723)), "1:02:03");
}

}  // namespace
}  // namespace muster
