#include "master/metrics/bucket_ladder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "common/base/random.h"

namespace muster {
namespace {

TEST(BucketLadderTest, BoundsAreDecimalOnesMovedUpByAtMostAThousandth) {
  const std::vector<int64_t> steps = {10, 25, 50};
  int64_t power = 1'000;
  for (size_t i = 0; i < kLadderBounds; ++i) {
    const int64_t decimal = steps[i % 3] * power;
    EXPECT_GE(LadderBounds()[i], decimal);
    EXPECT_LE(LadderBounds()[i], decimal + decimal / 1'000) << decimal;
    if (i % 3 == 2) power *= 10;
  }
  EXPECT_EQ(LadderBounds().back(), Histogram::HighestInSlot(Histogram::SlotOf(50'000'000'000)));
}

TEST(BucketLadderTest, EveryBoundIsTheLastValueOfASlot) {
  for (const int64_t bound : LadderBounds()) {
    EXPECT_NE(Histogram::SlotOf(bound), Histogram::SlotOf(bound + 1)) << bound;
  }
}

TEST(BucketLadderTest, AValueAtABoundIsInAndTheNextOneIsNot) {
  for (size_t i = 0; i < kLadderBounds; ++i) {
    Histogram histogram;
    histogram.Record(LadderBounds()[i]);
    histogram.Record(LadderBounds()[i] + 1);
    const auto counts = LadderCounts(histogram);
    EXPECT_EQ(counts[i], 1u) << LadderBounds()[i];
    EXPECT_EQ(i == 0 ? 0 : counts[i - 1], 0u);
    EXPECT_EQ(i + 1 < kLadderBounds ? counts[i + 1] : 2, 2u);
  }
}

TEST(BucketLadderTest, CountsEqualThoseOfTheExactValues) {
  Histogram histogram;
  std::vector<int64_t> values;
  for (uint64_t i = 0; i < 20'000; ++i) {
    const uint64_t bits = MixBits(i + 1);
    values.push_back(static_cast<int64_t>((bits >> 24) >> (bits % 40)));
    histogram.Record(values.back());
  }
  const auto counts = LadderCounts(histogram);
  for (size_t i = 0; i < kLadderBounds; ++i) {
    const auto exact = std::count_if(values.begin(), values.end(),
                                     [&](int64_t value) { return value <= LadderBounds()[i]; });
    EXPECT_EQ(counts[i], static_cast<uint64_t>(exact)) << LadderBounds()[i];
  }
}

TEST(BucketLadderTest, AboveTheLadderAndWithoutRecordsNothingIsCounted) {
  EXPECT_EQ(LadderCounts(Histogram()).back(), 0u);
  Histogram histogram;
  histogram.Record(INT64_MAX);
  EXPECT_EQ(LadderCounts(histogram).back(), 0u);
}

}  // namespace
}  // namespace muster
