#include "master/results/certainty.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/base/random.h"
#include "tests/master/results/fixture.h"

namespace muster {
namespace {

RunTime At(int64_t seconds) { return RunTime() + Duration::Seconds(seconds); }

Threshold Parsed(const std::string& text) { return *ParseThreshold(text); }

// `seconds` rows of 1 s with 200 requests each: 10 ms and, one in twenty, 10 to 30 ms more.
Timeline Held(int64_t seconds, uint64_t failed_in_each = 0) {
  Timeline timeline(Duration::Seconds(1));
  for (int64_t row = 0; row < seconds; ++row) {
    Cell cell;
    for (uint64_t i = 0; i < 200; ++i) {
      const uint64_t bits =
          RandomBits(1, RandomStream::kRequest, static_cast<uint64_t>(row) * 200 + i);
      const int64_t extra =
          bits % 20 == 0 ? 10'000'000 + static_cast<int64_t>((bits >> 32) % 20'000'000) : 0;
      AddCompleted(&cell, 10'000'000 + extra, {Duration::Millis(15)});
    }
    cell.counts.failed += failed_in_each;
    cell.counts.due += failed_in_each;
    timeline.Add(static_cast<uint32_t>(row), cell);
  }
  return timeline;
}

std::optional<Certainty> Of(const std::string& threshold, const Timeline& timeline,
                            bool open = true) {
  return CertaintyOf(Parsed(threshold), open, 0, timeline,
                     {At(0), At(static_cast<int64_t>(timeline.rows().size()))});
}

TEST(CertaintyTest, ALimitWithinTheIntervalIsBorderline) {
  const Timeline timeline = Held(60);
  const auto far = Of("p99(response) < 1s", timeline);
  ASSERT_TRUE(far && far->interval);
  EXPECT_FALSE(far->borderline);
  EXPECT_LT(far->interval->low, far->interval->high);
  const int64_t p99 = timeline.WindowResponse(0, 60).ValueAtPercentile(99'000);
  EXPECT_TRUE(far->interval->Contains(static_cast<double>(p99)));
  const auto near = Of("p99(response) < " + std::to_string(p99) + "ns", timeline);
  EXPECT_TRUE(near->borderline);
}

TEST(CertaintyTest, SharesHaveIntervalsToo) {
  const Timeline timeline = Held(60);
  const auto share = static_cast<double>(timeline.Window(0, 60).within[0]) / (60 * 200);
  const auto within = Of("within(15ms) >= " + std::to_string(share), timeline);
  ASSERT_TRUE(within && within->interval);
  EXPECT_TRUE(within->borderline);
  EXPECT_GT(within->interval->low, share - 0.01);
  EXPECT_LT(within->interval->high, share + 0.01);
  EXPECT_FALSE(Of("within(15ms) >= 50%", Held(60))->borderline);
  EXPECT_TRUE(Of("error_rate < 1%", Held(60, 2))->borderline);
  EXPECT_FALSE(Of("error_rate < 3%", Held(60, 2))->borderline);
}

// What failed ranks above every completed one, unless the threshold leaves it out.
TEST(CertaintyTest, APercentileAmongTheFailedHasNoEnd) {
  const Timeline timeline = Held(60, 10);
  EXPECT_TRUE(std::isinf(Of("p99(response) < 1s", timeline)->interval->high));
  EXPECT_TRUE(std::isfinite(Of("p99(response, ok) < 1s", timeline)->interval->high));
}

TEST(CertaintyTest, NoneBelowThirtySeconds) {
  EXPECT_EQ(Of("p99(response) < 1s", Held(29)), std::nullopt);
  EXPECT_NE(Of("p99(response) < 1s", Held(30)), std::nullopt);
}

TEST(CertaintyTest, TooFewSamplesSayHowLongWouldDo) {
  const auto certainty = Of("p99.99(response) < 1s", Held(30));
  ASSERT_TRUE(certainty && certainty->length_that_would_do);
  EXPECT_GT(*certainty->length_that_would_do, Duration::Seconds(30));
  EXPECT_FALSE(Of("p50(response) < 1s", Held(30))->length_that_would_do);
}

TEST(CertaintyTest, AnOpenRunsRateIsTheSchedules) {
  EXPECT_EQ(Of("rate > 1/s", Held(60), /*open=*/true), std::nullopt);
  const auto closed = Of("rate > 200/s", Held(60), /*open=*/false);
  ASSERT_TRUE(closed && closed->interval);
  EXPECT_TRUE(closed->interval->Contains(200));
}

TEST(CertaintyTest, NoneForOtherMetrics) {
  for (const char* text : {"p99(service) < 1s", "mean(response) < 1s", "count(failed) < 1"}) {
    EXPECT_EQ(Of(text, Held(60)), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace muster
