#include "master/results/sparse_histogram.h"

#include <gtest/gtest.h>

#include "common/base/random.h"

namespace muster {
namespace {

Histogram RandomHistogram(uint64_t seed, int records) {
  Histogram histogram;
  for (int i = 0; i < records; ++i) {
    const uint64_t bits = RandomBits(seed, RandomStream::kRequest, static_cast<uint64_t>(i));
    histogram.Record(static_cast<int64_t>(bits >> (20 + bits % 40)));
  }
  return histogram;
}

TEST(SparseHistogramTest, HoldsExactlyWhatTheHistogramHolds) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const Histogram dense = RandomHistogram(seed, static_cast<int>(seed * 40));
    SparseHistogram sparse;
    sparse.Merge(dense);
    EXPECT_TRUE(sparse.ToHistogram() == dense) << seed;
  }
}

TEST(SparseHistogramTest, MergingIsThatOfHistogramsInAnyOrder) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const Histogram a = RandomHistogram(seed, 50), b = RandomHistogram(seed + 100, 70);
    Histogram dense = a;
    dense.Merge(b);
    SparseHistogram ab, ba, sparse_b;
    ab.Merge(a);
    sparse_b.Merge(b);
    ab.Merge(sparse_b);
    ba.Merge(b);
    ba.Merge(a);
    EXPECT_TRUE(ab.ToHistogram() == dense) << seed;
    EXPECT_EQ(ab, ba) << seed;
  }
}

TEST(SparseHistogramTest, EmptyStaysEmpty) {
  SparseHistogram sparse;
  sparse.Merge(Histogram());
  sparse.Merge(SparseHistogram());
  EXPECT_EQ(sparse, SparseHistogram());
  EXPECT_EQ(sparse.ToHistogram().count(), 0u);
}

TEST(SparseHistogramTest, KeepsSaturatedRecords) {
  Histogram dense;
  dense.Record(Histogram::kHighest * 2);
  SparseHistogram sparse;
  sparse.Merge(dense);
  EXPECT_EQ(sparse.ToHistogram().saturated(), 1u);
  EXPECT_EQ(sparse.ToHistogram().max(), Histogram::kHighest * 2);
}

}  // namespace
}  // namespace muster
