#include "master/results/format.h"

#include <gtest/gtest.h>

#include "common/base/random.h"

namespace muster {
namespace {

TEST(FormatTest, LatenciesHaveThreeDigitsInTheUnitOfTheirSize) {
  EXPECT_EQ(FormatLatency(0), "0us");
  EXPECT_EQ(FormatLatency(450), "450ns");
  EXPECT_EQ(FormatLatency(2'012), "2.01us");
  EXPECT_EQ(FormatLatency(12'100'000), "12.1ms");
  EXPECT_EQ(FormatLatency(271'400'000), "271ms");
  EXPECT_EQ(FormatLatency(1'040'000'000), "1.04s");
  EXPECT_EQ(FormatLatency(3'600'000'000'000), "3600s");
  EXPECT_EQ(FormatLatency(12'345'678, 5), "12.346ms");
}

TEST(FormatTest, RoundingCarriesIntoTheNextUnit) {
  EXPECT_EQ(FormatLatency(999'499), "999us");
  EXPECT_EQ(FormatLatency(999'500), "1.00ms");
  EXPECT_EQ(FormatLatency(999'950'000), "1.00s");
  EXPECT_EQ(FormatLatency(9'999), "10.0us");
  EXPECT_EQ(FormatLatency(99'960), "100us");
}

TEST(FormatTest, AShareBelowAllIsNeverPrintedAsAll) {
  EXPECT_EQ(FormatShare(1), "100 %");
  EXPECT_EQ(FormatShare(0), "0 %");
  EXPECT_EQ(FormatShare(0.981), "98.1 %");
  EXPECT_EQ(FormatShare(0.0004), "0.04 %");
  EXPECT_EQ(FormatShare(0.99986), "99.99 %");
  EXPECT_EQ(FormatShare(0.9999999), "99.99999 %");
  EXPECT_EQ(FormatShare(0.0000123), "0.0012 %");
}

TEST(FormatTest, Rates) {
  EXPECT_EQ(FormatRatePerSecond(1998.2), "1,998/s");
  EXPECT_EQ(FormatRatePerSecond(12.34), "12.3/s");
  EXPECT_EQ(FormatRatePerSecond(0), "0/s");
}

TEST(FormatTest, AnObservedValueIsPrintedOnItsSideOfTheLimit) {
  const Threshold latency = *ParseThreshold("p99(response) < 400ms");
  EXPECT_EQ(FormatObserved(latency, 389e6), "389ms");
  EXPECT_EQ(FormatObserved(latency, 400'400'000), "400ms");  // 400ms is not below 400ms
  EXPECT_EQ(FormatObserved(latency, 399'960'000), "399.96ms");
  const Threshold within = *ParseThreshold("within(250ms) >= 99%");
  EXPECT_EQ(FormatObserved(within, 0.98999), "98.999 %");
  EXPECT_EQ(FormatObserved(within, 0.99), "99.0 %");
}

// Read back, the printed number gives the same verdict as the number.
TEST(FormatTest, PrintedValuesAgreeWithTheVerdict) {
  for (uint64_t i = 0; i < 2'000; ++i) {
    const uint64_t bits = RandomBits(1, RandomStream::kRequest, i);
    Threshold threshold = *ParseThreshold(i % 2 == 0 ? "error_rate < 1%" : "error_rate <= 1%");
    const double observed = 0.01 + (static_cast<double>(bits % 2'001) - 1'000) * 1e-7;
    const std::string text = FormatObserved(threshold, observed);
    EXPECT_EQ(Satisfies(std::strtod(text.c_str(), nullptr), threshold.op, 1),
              Satisfies(observed, threshold.op, 0.01))
        << observed << " as " << text;
  }
}

TEST(FormatTest, WantedIsTheUsersOwnLimit) {
  EXPECT_EQ(FormatWanted(*ParseThreshold("within(250ms) >= 99.9%")), ">= 99.9 %");
  EXPECT_EQ(FormatWanted(*ParseThreshold("p99(response) < 1.5s")), "< 1.5s");
  EXPECT_EQ(FormatWanted(*ParseThreshold("rate >= 1000/s")), ">= 1,000/s");
  EXPECT_EQ(FormatWanted(*ParseThreshold("count(failed) <= 10")), "<= 10");
}

}  // namespace
}  // namespace muster
