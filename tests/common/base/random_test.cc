#include "common/base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>

namespace muster {
namespace {

// A seed's meaning is part of the contract: a change here changes every recorded run.
TEST(RandomTest, ValuesOfASeedNeverChange) {
  EXPECT_EQ(MixBits(0), 0U);
  EXPECT_EQ(MixBits(1), 0x5692161d100b05e5U);
  EXPECT_EQ(MixBits(UINT64_MAX), 0xb4d055fcf2cbbd7bU);
  EXPECT_EQ(RandomBits(7, RandomStream::kArrival, 0), 0x3aa11670b62e5fdcU);
  EXPECT_EQ(RandomBits(7, RandomStream::kRequest, 0), 0xebf125270d3afea7U);
  EXPECT_EQ(RandomBits(7, RandomStream::kThinkTime, 0), 0xfadfba47f7a9acf0U);
  EXPECT_EQ(RandomBits(7, RandomStream::kArrival, 1), 0xc41c86f8bd7b755aU);
  EXPECT_EQ(RandomBits(7, RandomStream::kArrival, 1024, 5), 0x4d47ad7b9b4e2ee0U);
  EXPECT_EQ(RandomBits(0, RandomStream::kArrival, 0), 0xa1139539cc8794fbU);
  EXPECT_EQ(RandomBits(UINT64_MAX, RandomStream::kThinkTime, UINT64_MAX, UINT64_MAX),
            0x988606223be92b3fU);
}

TEST(RandomTest, MixBitsHasNoCollisionsAndMovesHalfTheBits) {
  std::set<uint64_t> seen;
  double flipped = 0;
  for (uint64_t x = 0; x < 4096; ++x) {
    EXPECT_TRUE(seen.insert(MixBits(x)).second) << x;
    flipped += __builtin_popcountll(MixBits(x) ^ MixBits(x ^ (1ULL << (x % 64))));
  }
  EXPECT_NEAR(flipped / 4096, 32, 0.5);
}

TEST(RandomTest, StreamsSeedsNumbersAndDrawsAreAllDistinct) {
  std::set<uint64_t> seen;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    for (const auto stream :
         {RandomStream::kArrival, RandomStream::kRequest, RandomStream::kThinkTime}) {
      for (uint64_t k = 0; k < 32; ++k) {
        for (uint64_t i = 0; i < 8; ++i) {
          EXPECT_TRUE(seen.insert(RandomBits(seed, stream, k, i)).second);
        }
      }
    }
  }
}

TEST(RandomTest, RandomBelowStaysBelowAndReachesBothEnds) {
  for (const uint64_t bound : {uint64_t{1}, uint64_t{2}, uint64_t{1000}, UINT64_MAX}) {
    EXPECT_EQ(RandomBelow(bound, 0), 0U);
    EXPECT_EQ(RandomBelow(bound, UINT64_MAX), bound - 1);
  }
}

// Chi-square over 64 cells, 63 degrees of freedom: mean 63, standard deviation 11.2; five
// deviations.
TEST(RandomTest, DrawsAreUniformOverKAndOverI) {
  constexpr size_t kCells = 64;
  constexpr uint64_t kDraws = 64'000;
  std::array<double, kCells> by_k{};
  std::array<double, kCells> by_i{};
  for (uint64_t n = 0; n < kDraws; ++n) {
    by_k[RandomBelow(kCells, RandomBits(7, RandomStream::kRequest, n))] += 1;
    by_i[RandomBelow(kCells, RandomBits(7, RandomStream::kRequest, 3, n))] += 1;
  }
  for (const auto& cells : {by_k, by_i}) {
    double chi = 0;
    const double expected = double{kDraws} / double{kCells};
    for (const double c : cells) chi += (c - expected) * (c - expected) / expected;
    EXPECT_NEAR(chi, 63, 56);
  }
}

}  // namespace
}  // namespace muster
