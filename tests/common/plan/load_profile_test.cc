#include "common/plan/load_profile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/base/random.h"

namespace muster {
namespace {

RateSegment Seconds(int64_t from_per_s, int64_t to_per_s, int64_t seconds, uint16_t stage = 0) {
  return {Rate::PerSecond(from_per_s), Rate::PerSecond(to_per_s), Duration::Seconds(seconds),
          stage};
}

LoadProfile Make(std::vector<RateSegment> segments) {
  return LoadProfile::Create(std::move(segments)).value();
}

// Profiles of a few segments, with pauses, jumps, ramps from and to 0, and odd lengths.
LoadProfile RandomProfile(uint64_t seed) {
  std::vector<RateSegment> segments;
  const auto draw = [&](uint64_t i, uint64_t bound) {
    const uint64_t k = segments.size();
    return static_cast<int64_t>(RandomBelow(bound, RandomBits(seed, RandomStream::kRequest, k, i)));
  };
  const int64_t count = 1 + draw(0, 5);
  while (static_cast<int64_t>(segments.size()) < count) {
    const auto rate = [&](uint64_t i) {
      return Rate{draw(i, 3) == 0 ? 0 : draw(i + 1, 100) * Rate::kPerSecond + draw(i + 2, 1000)};
    };
    RateSegment s{rate(1), rate(4), Duration::Nanos(1 + draw(7, 3'000'000'000))};
    if (draw(8, 3) == 0) s.to = s.from;
    segments.push_back(s);
  }
  return Make(std::move(segments));
}

TEST(LoadProfileTest, EvenRateIsDueAtEqualSteps) {
  const LoadProfile profile = Make({Seconds(1000, 1000, 10)});
  EXPECT_EQ(profile.total(), 10'000U);
  for (uint64_t k = 0; k < profile.total(); ++k) {
    ASSERT_EQ(profile.DueTime(k).nanos(), static_cast<int64_t>(k) * 1'000'000);
  }
}

TEST(LoadProfileTest, StepsThatAreNotWholeAreRoundedDownEachByItself) {
  const LoadProfile profile = Make({Seconds(3, 3, 2)});
  EXPECT_EQ(profile.total(), 6U);
  EXPECT_EQ(profile.DueTime(1).nanos(), 333'333'333);
  EXPECT_EQ(profile.DueTime(2).nanos(), 666'666'666);
  EXPECT_EQ(profile.DueTime(3).nanos(), 1'000'000'000);
}

TEST(LoadProfileTest, RampIsDueAtTheSquareRoot) {
  // R(t) = 50 t^2 per second^2: number k is due at sqrt(k / 50) s.
  const LoadProfile profile = Make({Seconds(0, 1000, 10)});
  EXPECT_EQ(profile.total(), 5'000U);
  EXPECT_EQ(profile.DueTime(0).nanos(), 0);
  EXPECT_EQ(profile.DueTime(50).nanos(), 1'000'000'000);
  EXPECT_EQ(profile.DueTime(200).nanos(), 2'000'000'000);
  EXPECT_EQ(profile.DueTime(100).nanos(), 1'414'213'562);
}

TEST(LoadProfileTest, TotalIsTheCeilingOfTheArea) {
  EXPECT_EQ(Make({Seconds(1, 1, 1)}).total(), 1U);
  EXPECT_EQ(Make({{Rate::PerSecond(1), Rate::PerSecond(1), Duration::Nanos(1)}}).total(), 1U);
  EXPECT_EQ(
      Make({{Rate::PerSecond(1), Rate::PerSecond(1), Duration::Nanos(1'000'000'001)}}).total(), 2U);
  EXPECT_EQ(Make({Seconds(0, 0, 5)}).total(), 0U);
  EXPECT_EQ(Make({{Rate{1}, Rate{1}, Duration::Seconds(3600)}}).total(), 1U);
}

TEST(LoadProfileTest, AStretchOfRateZeroIsSkippedToItsEnd) {
  const LoadProfile profile = Make({Seconds(10, 10, 1), Seconds(0, 0, 5), Seconds(10, 10, 1)});
  EXPECT_EQ(profile.total(), 20U);
  EXPECT_EQ(profile.DueTime(9).nanos(), 900'000'000);
  EXPECT_EQ(profile.DueTime(10).nanos(), 6'000'000'000);
  EXPECT_EQ(profile.DueTime(11).nanos(), 6'100'000'000);
}

TEST(LoadProfileTest, ZeroStretchesInARowAndAtTheBeginningAreSkippedTogether) {
  const LoadProfile profile =
      Make({Seconds(0, 0, 1), Seconds(0, 0, 2), Seconds(0, 10, 2), Seconds(10, 0, 2),
            Seconds(0, 0, 3), Seconds(0, 0, 1), Seconds(1, 1, 1), Seconds(0, 0, 9)});
  EXPECT_EQ(profile.total(), 21U);
  EXPECT_EQ(profile.DueTime(0).nanos(), 3'000'000'000);
  EXPECT_EQ(profile.DueTime(20).nanos(), 11'000'000'000);
  EXPECT_LT(profile.DueTime(19).nanos(), 7'000'000'000);
}

TEST(LoadProfileTest, EveryNumberIsDueBeforeTheEnd) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const LoadProfile profile = RandomProfile(seed);
    if (profile.total() == 0) continue;
    EXPECT_LT(profile.DueTime(profile.total() - 1), profile.end()) << seed;
    EXPECT_LT(profile.TimeOf(profile.scaled_total() - 1), profile.end()) << seed;
  }
}

TEST(LoadProfileTest, DueTimesFollowNumericIntegration) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const LoadProfile profile = RandomProfile(seed);
    double area = 0;  // Simpson's rule is exact on a linear rate, up to rounding
    for (const RateSegment& s : profile.segments()) {
      area += (s.from.per_second() + s.to.per_second()) / 2 * s.length.seconds();
    }
    EXPECT_NEAR(static_cast<double>(profile.total()), std::ceil(area - 1e-9), 0.5) << seed;
    // Midpoint sums over 20,000 slices: R at each due time is its number.
    constexpr int kSlices = 20'000;
    const double slice_s = (profile.end() - RunTime()).seconds() / kSlices;
    double r = 0;
    for (int i = 0; i < kSlices; ++i) {
      const double middle_ns = (i + 0.5) * slice_s * 1e9;
      r += profile.At(RunTime::FromNanos(static_cast<int64_t>(middle_ns))).per_second() * slice_s;
      const auto t = RunTime::FromNanos(static_cast<int64_t>((i + 1) * slice_s * 1e9));
      ASSERT_NEAR(static_cast<double>(profile.DueBy(t)), r, 1.5) << seed << " slice " << i;
    }
  }
}

TEST(LoadProfileTest, DueByCountsExactlyTheDueTimesUpToT) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const LoadProfile profile = RandomProfile(seed);
    EXPECT_EQ(profile.DueBy(RunTime::FromNanos(-1)), 0U);
    EXPECT_EQ(profile.DueBy(profile.end()), profile.total());
    for (uint64_t k = 0; k < profile.total(); k += 1 + k / 16) {
      const RunTime due = profile.DueTime(k);
      ASSERT_GT(profile.DueBy(due), k) << seed;
      ASSERT_LE(profile.DueBy(due - Duration::Nanos(1)), k) << seed;
    }
  }
}

TEST(LoadProfileTest, DueTimesNeverDecrease) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const LoadProfile profile = RandomProfile(seed);
    RunTime last = RunTime::FromNanos(0);
    for (uint64_t k = 0; k < profile.total(); ++k) {
      const RunTime due = profile.DueTime(k);
      ASSERT_GE(due, last) << seed << " " << k;
      last = due;
    }
  }
}

TEST(LoadProfileTest, SplittingASegmentMovesNothing) {
  const LoadProfile whole = Make({Seconds(0, 1200, 12), Seconds(50, 50, 4)});
  const LoadProfile split =
      Make({Seconds(0, 500, 5), Seconds(500, 1200, 7), Seconds(50, 50, 1), Seconds(50, 50, 3)});
  ASSERT_EQ(whole.total(), split.total());
  for (uint64_t k = 0; k < whole.total(); ++k) ASSERT_EQ(whole.DueTime(k), split.DueTime(k)) << k;
}

// The same bits on every machine, forever: a change here changes every plan's schedule.
TEST(LoadProfileTest, DueTimesOfAnOddRampNeverChange) {
  const LoadProfile profile = Make(
      {{Rate{12'345'678'901}, Rate{987'654'321'098'765}, Duration::Nanos(1'234'567'890'123'457)}});
  EXPECT_EQ(profile.total(), 169352993466U);
  EXPECT_EQ(profile.DueTime(1).nanos(), 288895905);
  EXPECT_EQ(profile.DueTime(1'000'000).nanos(), 2984626137209);
  EXPECT_EQ(profile.DueTime(100'000'000'000).nanos(), 948673790888323);
}

TEST(LoadProfileTest, TheLargestProfileDoesNotOverflow) {
  const Rate max{Rate::kMax};
  const LoadProfile profile = Make({{max, max, Duration::Seconds(30 * 24 * 3600)}});
  EXPECT_EQ(profile.total(), 25'920'000'000'000U);
  EXPECT_EQ(profile.DueTime(profile.total() - 1), profile.end() - Duration::Nanos(100));
  EXPECT_EQ(profile.DueBy(profile.end() - Duration::Nanos(1)), profile.total());
}

TEST(LoadProfileTest, StagesAndRatesAreThoseOfTheSegmentAtT) {
  const LoadProfile profile = Make({Seconds(0, 10, 2, 0), Seconds(5, 5, 1, 1)});
  const auto at = [](int64_t ms) { return RunTime::FromNanos(ms * 1'000'000); };
  EXPECT_EQ(profile.StageAt(at(-1)), 0);
  EXPECT_EQ(profile.StageAt(at(1999)), 0);
  EXPECT_EQ(profile.StageAt(at(2000)), 1);
  EXPECT_EQ(profile.StageAt(at(9000)), 1);
  EXPECT_EQ(profile.At(at(-1)), Rate{0});
  EXPECT_EQ(profile.At(at(1000)), Rate::PerSecond(5));
  EXPECT_EQ(profile.At(at(2000)), Rate::PerSecond(5));
  EXPECT_EQ(profile.At(at(3000)), Rate{0});
  EXPECT_EQ(profile.peak(), Rate::PerSecond(10));
}

TEST(LoadProfileTest, CreateRefusesWhatIsOutsideTheLimits) {
  const auto refused = [](std::vector<RateSegment> segments) {
    return !LoadProfile::Create(std::move(segments)).ok();
  };
  const Rate one = Rate::PerSecond(1);
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({{one, one, Duration()}}));
  EXPECT_TRUE(refused({{one, one, Duration::Nanos(-1)}}));
  EXPECT_TRUE(refused({{Rate{-1}, one, Duration::Seconds(1)}}));
  EXPECT_TRUE(refused({{one, Rate{Rate::kMax + 1}, Duration::Seconds(1)}}));
  EXPECT_TRUE(
      refused({{one, one, Duration::Seconds(30 * 24 * 3600)}, {one, one, Duration::Nanos(1)}}));
  EXPECT_TRUE(refused({{one, one, Duration::Max()}, {one, one, Duration::Max()}}));
  EXPECT_TRUE(refused(std::vector<RateSegment>(10'001, {one, one, Duration::Nanos(1)})));
  EXPECT_FALSE(refused(std::vector<RateSegment>(10'000, {one, one, Duration::Nanos(1)})));
}

}  // namespace
}  // namespace muster
