#include "common/plan/ramp.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "common/base/random.h"
#include "common/plan/load_profile.h"

namespace muster {
namespace {

constexpr int64_t kMonthNs = int64_t{30} * 24 * 3600 * 1'000'000'000;

// Ramps of every size of rates and lengths, deterministic.
std::vector<Ramp> RandomRamps(size_t count, int64_t max_rate, int64_t max_length) {
  std::vector<Ramp> ramps;
  for (uint64_t k = 0; ramps.size() < count; ++k) {
    const auto draw = [&](uint64_t i, int64_t most) {
      const uint64_t bits = RandomBits(5, RandomStream::kRequest, k, i);
      const uint64_t bound = (static_cast<uint64_t>(most) >> (bits % 50)) + 1;
      return static_cast<int64_t>(RandomBelow(bound, MixBits(bits)));
    };
    const int64_t from = draw(0, max_rate);
    const int64_t to = k % 7 == 0 ? 0 : draw(1, max_rate);
    if (from != to) ramps.push_back(MakeRamp(from, to, draw(2, max_length - 1) + 1));
  }
  return ramps;
}

Int128 DrawArea(const Ramp& ramp, uint64_t k) {
  const Uint128 bits = (static_cast<Uint128>(RandomBits(9, RandomStream::kArrival, k)) << 64) |
                       RandomBits(9, RandomStream::kArrival, k, 1);
  return static_cast<Int128>(bits % static_cast<Uint128>(RampArea(ramp)));
}

TEST(RampTest, OffsetIsTheLargestThatBruteForceFinds) {
  for (const Ramp& ramp : RandomRamps(300, 40, 40)) {
    for (Int128 area = 0; area < RampArea(ramp); ++area) {
      int64_t best = 0;
      for (int64_t x = 0; x <= ramp.length; ++x) {
        const Int128 scaled = static_cast<Int128>(2) * ramp.from * x * ramp.length +
                              static_cast<Int128>(ramp.to - ramp.from) * x * x;
        if (scaled <= area * ramp.length) best = x;
      }
      ASSERT_EQ(RampOffset(ramp, area), best) << ramp.from << " " << ramp.to << " " << ramp.length;
    }
  }
}

TEST(RampTest, ConstantRateIsARampWithoutSlope) {
  const Ramp ramp = MakeRamp(3, 3, 10);
  EXPECT_EQ(RampArea(ramp), 60);
  for (int64_t area = 0; area < 60; ++area) EXPECT_EQ(RampOffset(ramp, area), area / 6);
  EXPECT_EQ(RampAreaCeil(ramp, 10), 60);
}

TEST(RampTest, WideAndNarrowAgreeWhereBothFit) {
  int compared = 0;
  for (const Ramp& ramp : RandomRamps(3'000, Rate::kMax, kMonthNs)) {
    if (ramp.wide) continue;
    Ramp wide = ramp;
    wide.wide = true;
    for (uint64_t k = 0; k < 4; ++k) {
      const Int128 area = DrawArea(ramp, k);
      const int64_t x = RampOffset(ramp, area);
      ASSERT_EQ(x, RampOffset(wide, area));
      ASSERT_TRUE(RampAreaCeil(ramp, x) == RampAreaCeil(wide, x));
      ++compared;
    }
  }
  EXPECT_GT(compared, 4'000);
}

// ceil(A(x)) <= area exactly when A(x) <= area, for whole areas: offset and area check each other.
TEST(RampTest, OffsetAndAreaAreInversesAtAnyWidth) {
  int wide = 0;
  for (const Ramp& ramp : RandomRamps(3'000, Rate::kMax, kMonthNs)) {
    wide += ramp.wide ? 1 : 0;
    for (uint64_t k = 0; k < 4; ++k) {
      const Int128 area = k == 0 ? 0 : k == 1 ? RampArea(ramp) - 1 : DrawArea(ramp, k);
      const int64_t x = RampOffset(ramp, area);
      ASSERT_TRUE(x >= 0 && x < ramp.length);
      ASSERT_TRUE(RampAreaCeil(ramp, x) <= area);
      ASSERT_TRUE(RampAreaCeil(ramp, x + 1) > area);
    }
  }
  EXPECT_GT(wide, 100);
}

TEST(RampTest, TheLargestRampsAreWideAndExact) {
  for (const auto& [from, to] :
       {std::pair(int64_t{1}, Rate::kMax), std::pair(Rate::kMax, int64_t{1}),
        std::pair(Rate::kMax, Rate::kMax - 1)}) {
    const Ramp ramp = MakeRamp(from, to, kMonthNs - 1);
    EXPECT_TRUE(ramp.wide);
    EXPECT_TRUE(RampAreaCeil(ramp, ramp.length) == RampArea(ramp));
    EXPECT_EQ(RampOffset(ramp, RampArea(ramp) - 1), ramp.length - 1);
    EXPECT_EQ(RampOffset(ramp, 0), 0);
  }
}

TEST(RampTest, AUsualRampIsNarrow) {
  EXPECT_FALSE(MakeRamp(0, Rate::PerSecond(2000).micro_per_hour, 30'000'000'000).wide);
  EXPECT_FALSE(MakeRamp(Rate::PerSecond(7).micro_per_hour, Rate::PerSecond(1000).micro_per_hour,
                        59'999'999'999)
                   .wide);
}

}  // namespace
}  // namespace muster
