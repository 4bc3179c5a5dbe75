#include "common/plan/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <utility>
#include <vector>

#include "common/base/random.h"

namespace muster {
namespace {

using ::testing::HasSubstr;

TEST(ParseDurationTest, ReadsUnitsDecimalsAndSums) {
  const std::vector<std::pair<std::string_view, int64_t>> cases = {
      {"0s", 0},
      {"1ns", 1},
      {"7us", 7'000},
      {"250ms", 250'000'000},
      {"1.5s", 1'500'000'000},
      {"0.000000001s", 1},
      {"1m30s", 90'000'000'000},
      {"1h5s", 3'605'000'000'000},
      {"1h2m3s4ms5us6ns", 3'723'004'005'006},
      {"1.5h", 5'400'000'000'000},
      {"0.5m0.5s", 30'500'000'000},
      {"9223372036854775807ns", -1},  // more than 18 digits
      {"9223372036.854775807s", std::numeric_limits<int64_t>::max()},
  };
  for (const auto& [text, nanos] : cases) {
    const StatusOr<Duration> duration = ParseDuration(text);
    ASSERT_EQ(duration.ok(), nanos >= 0) << text;
    if (duration.ok()) {
      EXPECT_EQ(duration->nanos(), nanos) << text;
    }
  }
}

TEST(ParseDurationTest, RefusesWithAHint) {
  const std::vector<std::pair<std::string_view, std::string_view>> cases = {
      {"", "expected one like"},
      {"30", "write 30s for seconds or 30ms for milliseconds"},
      {"1m30", "it has no unit"},
      {"-1s", "must not be negative"},
      {"s", "a number and a unit"},
      {".5s", "a number and a unit"},
      {"5.s", "a number and a unit"},
      {"1e3s", "unknown unit"},
      {"1d", "unknown unit \"d\"; units are h, m, s, ms, us, ns"},
      {"1 s", "unknown unit"},
      {"30s1m", "largest first"},
      {"1s1s", "largest first"},
      {"0.5ns", "finer than a nanosecond"},
      {"1.0000000001s", "finer than a nanosecond"},
      {"9223372036.854775808s", "292 years"},
      {"999999999999999999h", "292 years"},
      {"1000000000000000000s", "a number and a unit"},
  };
  for (const auto& [text, part] : cases) {
    const StatusOr<Duration> duration = ParseDuration(text);
    ASSERT_FALSE(duration.ok()) << text;
    EXPECT_THAT(Message(duration.status()), HasSubstr(std::string(part))) << text;
  }
}

TEST(ParseRateTest, ReadsExactly) {
  EXPECT_EQ(*ParseRate("2000/s"), Rate::PerSecond(2000));
  EXPECT_EQ(*ParseRate("60/m"), Rate::PerSecond(1));
  EXPECT_EQ(*ParseRate("0.5/h"), Rate{500'000});
  EXPECT_EQ(*ParseRate("0.000001/h"), Rate{1});
  EXPECT_EQ(*ParseRate("0/s"), Rate{0});
  EXPECT_EQ(*ParseRate("10000000/s"), Rate{Rate::kMax});
}

TEST(ParseRateTest, RefusesWithAHint) {
  const std::vector<std::pair<std::string_view, std::string_view>> cases = {
      {"", "expected one like 2000/s"},
      {"2000", "write 2000/s for per second or 2000/m for per minute"},
      {"2000rps", "expected 2000/s, 2000/m or 2000/h"},
      {"2000/", "expected 2000/s"},
      {"2000/ms", "expected 2000/s"},
      {"5 /s", "expected 5/s"},
      {"-5/s", "must not be negative"},
      {"/s", "expected one like"},
      {"0.0000001/h", "finer than a millionth per hour"},
      {"10000000.1/s", "above the limit of 10000000/s"},
      {"999999999999999999/s", "above the limit"},
  };
  for (const auto& [text, part] : cases) {
    const StatusOr<Rate> rate = ParseRate(text);
    ASSERT_FALSE(rate.ok()) << text;
    EXPECT_THAT(Message(rate.status()), HasSubstr(std::string(part))) << text;
  }
}

TEST(ParseShareTest, IsTheDoubleNearestToWhatWasWritten) {
  EXPECT_EQ(*ParseShare("99%"), 0.99);
  EXPECT_EQ(*ParseShare("0.99"), 0.99);
  EXPECT_EQ(*ParseShare("0.1%"), 0.001);
  EXPECT_EQ(*ParseShare("99.99%"), 0.9999);
  EXPECT_EQ(*ParseShare("0"), 0.0);
  EXPECT_EQ(*ParseShare("100%"), 1.0);
}

TEST(ParseShareTest, RefusesWithAHint) {
  const std::vector<std::pair<std::string_view, std::string_view>> cases = {
      {"", "expected one like 99%"},
      {"99", "write 99% for a percentage"},
      {"101%", "above 100%"},
      {"-1%", "expected one like"},
      {"99 %", "expected one like"},
      {"99%%", "expected one like"},
      {"0.123456789012345", "15 digits"},
      {"1.01", "above 1"},
      {"1", "write 1% or 100%"},
      {"1.0", "write 1% or 100%"},
  };
  for (const auto& [text, part] : cases) {
    const StatusOr<double> share = ParseShare(text);
    ASSERT_FALSE(share.ok()) << text;
    EXPECT_THAT(Message(share.status()), HasSubstr(std::string(part))) << text;
  }
}

TEST(FormatTest, DurationsAreShortAndExact) {
  const std::vector<std::pair<int64_t, std::string>> cases = {
      {0, "0s"},
      {1, "1ns"},
      {1'500, "1.5us"},
      {250'000'000, "250ms"},
      {1'234'567, "1.234567ms"},
      {1'500'000'000, "1.5s"},
      {60'000'000'000, "1m"},
      {90'000'000'000, "1m30s"},
      {3'600'000'000'000, "1h"},
      {3'605'250'000'000, "1h5.25s"},
      {-90'000'000'000, "-1m30s"},
  };
  for (const auto& [nanos, text] : cases) EXPECT_EQ(FormatDuration(Duration::Nanos(nanos)), text);
}

TEST(FormatTest, RatesAreExactInTheFirstUnitThatSuits) {
  EXPECT_EQ(FormatRate(Rate::PerSecond(2000)), "2000/s");
  EXPECT_EQ(FormatRate(Rate{Rate::kPerMinute * 60}), "1/s");
  EXPECT_EQ(FormatRate(Rate{Rate::kPerMinute}), "1/m");
  EXPECT_EQ(FormatRate(Rate{500'000}), "0.5/h");
  EXPECT_EQ(FormatRate(Rate{0}), "0/s");
  EXPECT_EQ(FormatRate(Rate{1}), "0.000001/h");
}

TEST(FormatTest, WhatIsPrintedParsesToTheSame) {
  for (uint64_t k = 0; k < 20'000; ++k) {
    const uint64_t bits = RandomBits(1, RandomStream::kRequest, k);
    const auto nanos = static_cast<int64_t>(bits >> (1 + bits % 63));
    const StatusOr<Duration> duration = ParseDuration(FormatDuration(Duration::Nanos(nanos)));
    ASSERT_TRUE(duration.ok()) << nanos;
    ASSERT_EQ(duration->nanos(), nanos);
    const Rate rate{nanos % (Rate::kMax + 1)};
    ASSERT_EQ(*ParseRate(FormatRate(rate)), rate) << rate.micro_per_hour;
  }
}

}  // namespace
}  // namespace muster
