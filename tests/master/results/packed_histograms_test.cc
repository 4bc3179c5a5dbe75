#include "master/results/packed_histograms.h"

#include <gtest/gtest.h>

#include <vector>

#include "common/base/random.h"

namespace muster {
namespace {

// `records` values over a few octaves, a function of the seed.
Histogram Random(uint64_t seed, uint64_t records) {
  Histogram histogram;
  for (uint64_t i = 0; i < records; ++i) {
    const uint64_t bits = RandomBits(seed, RandomStream::kRequest, i);
    histogram.Record(static_cast<int64_t>((bits & 0xfffff) >> (bits >> 60)));
  }
  return histogram;
}

TEST(PackedHistogramsTest, WhatComesOutEqualsWhatWentIn) {
  PackedHistograms packed(1 << 20);
  for (size_t i = 0; i < 50; ++i) ASSERT_TRUE(packed.Put(i, Random(i, i * i)));
  for (size_t i = 0; i < 50; ++i) EXPECT_EQ(packed.Get(i), Random(i, i * i)) << i;
  EXPECT_FALSE(packed.Has(50));
  EXPECT_EQ(packed.Get(50).count(), 0u);
}

TEST(PackedHistogramsTest, SaturatedAndHugeValuesSurvive) {
  Histogram histogram;
  histogram.RecordMany(Histogram::kHighest + 7, 3);
  histogram.RecordMany(1, uint64_t{1} << 40);
  PackedHistograms packed(1'000);
  ASSERT_TRUE(packed.Put(0, histogram));
  EXPECT_EQ(packed.Get(0), histogram);
  EXPECT_EQ(packed.Get(0).saturated(), 3u);
}

TEST(PackedHistogramsTest, AnewReplaces) {
  PackedHistograms packed(1 << 16);
  ASSERT_TRUE(packed.Put(3, Random(1, 500)));
  ASSERT_TRUE(packed.Put(3, Random(2, 10)));
  EXPECT_EQ(packed.Get(3), Random(2, 10));
  const size_t bytes = packed.bytes();
  EXPECT_EQ(packed.Take(3), Random(2, 10));
  EXPECT_EQ(packed.bytes(), 0u);
  ASSERT_TRUE(packed.Put(0, Random(2, 10)));
  EXPECT_EQ(packed.bytes(), bytes);
}

TEST(PackedHistogramsTest, WhatDoesNotFitChangesNothing) {
  PackedHistograms packed(3'000);
  ASSERT_TRUE(packed.Put(0, Random(1, 300)));
  EXPECT_FALSE(packed.Put(1, Random(2, 3'000)));
  EXPECT_FALSE(packed.Put(0, Random(2, 3'000)));
  EXPECT_FALSE(packed.Has(1));
  EXPECT_EQ(packed.Get(0), Random(1, 300));
  packed.PutAnyway(1, Random(2, 3'000));
  EXPECT_EQ(packed.Get(0), Random(1, 300));
  EXPECT_EQ(packed.Get(1), Random(2, 3'000));
}

// What was replaced leaves holes: they are found again, however often.
TEST(PackedHistogramsTest, HolesAreUsedAgain) {
  PackedHistograms packed(5'000);
  for (uint64_t round = 0; round < 1'000; ++round) {
    ASSERT_TRUE(packed.Put(round % 4, Random(round, 200))) << round;
  }
  for (uint64_t i = 0; i < 4; ++i) EXPECT_EQ(packed.Get(i), Random(996 + i, 200));
}

TEST(PackedHistogramsTest, NeighboursMergeWithinTheirOwnBytes) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    PackedHistograms packed(1 << 18);
    std::vector<Histogram> held(9);
    for (size_t i = 0; i < held.size(); ++i) {
      if ((seed + i) % 4 == 3) continue;
      held[i] = Random(seed * 100 + i, (seed * i) % 700 + 1);
      ASSERT_TRUE(packed.Put(i, held[i]));
    }
    const size_t before = packed.bytes();
    packed.MergeNeighbours();
    EXPECT_LE(packed.bytes(), before);
    for (size_t i = 0; i < 5; ++i) {
      Histogram both = held[2 * i];
      if (2 * i + 1 < held.size()) both.Merge(held[2 * i + 1]);
      EXPECT_EQ(packed.Get(i), both) << seed << " " << i;
    }
  }
}

// The timeline's rows depend on what was added alone because of this.
TEST(PackedHistogramsTest, MoreValuesAreNeverFewerBytes) {
  PackedHistograms packed(1 << 20);
  Histogram histogram;
  size_t before = 0;
  for (uint64_t i = 0; i < 20'000; ++i) {
    const uint64_t bits = RandomBits(7, RandomStream::kRequest, i);
    histogram.Record(static_cast<int64_t>((bits & 0xffffffff) >> (bits >> 59)));
    if (i % 7 != 0) continue;
    ASSERT_TRUE(packed.Put(0, histogram));
    ASSERT_GE(packed.bytes(), before) << i;
    before = packed.bytes();
  }
}

}  // namespace
}  // namespace muster
