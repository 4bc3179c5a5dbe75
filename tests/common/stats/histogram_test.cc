#include "common/stats/histogram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "common/base/random.h"

namespace muster {
namespace {

constexpr size_t kLastSlot = Histogram::SlotOf(Histogram::kHighest);

// A reproducible stream of draws.
class Draws {
 public:
  explicit Draws(uint64_t seed) : seed_(seed) {}
  uint64_t Bits() { return RandomBits(seed_, RandomStream::kThinkTime, n_++); }
  uint64_t Below(uint64_t bound) { return RandomBelow(bound, Bits()); }
  double Unit() { return static_cast<double>(Bits() >> 11) * 0x1p-53; }

 private:
  uint64_t seed_;
  uint64_t n_ = 0;
};

enum class Shape { kUniform, kExponential, kLogUniform, kFewValues, kBeyondRange };
constexpr Shape kShapes[] = {Shape::kUniform, Shape::kExponential, Shape::kLogUniform,
                             Shape::kFewValues, Shape::kBeyondRange};

std::vector<int64_t> Values(Shape shape, size_t n, uint64_t seed) {
  Draws draws(seed);
  std::vector<int64_t> values;
  for (size_t i = 0; i < n; ++i) {
    switch (shape) {
      case Shape::kUniform:
        values.push_back(static_cast<int64_t>(draws.Below(50'000'000)));
        break;
      case Shape::kExponential:
        values.push_back(static_cast<int64_t>(-std::log1p(-draws.Unit()) * 2e6));
        break;
      case Shape::kLogUniform:
        values.push_back(static_cast<int64_t>(std::exp(draws.Unit() * std::log(3.6e12))));
        break;
      case Shape::kFewValues:
        values.push_back(static_cast<int64_t>(1'000'000 * draws.Below(3)));
        break;
      case Shape::kBeyondRange:
        values.push_back(static_cast<int64_t>(draws.Below(2 * Histogram::kHighest)));
        break;
    }
  }
  return values;
}

Histogram Of(const std::vector<int64_t>& values) {
  Histogram h;
  for (const int64_t v : values) h.Record(v);
  return h;
}

TEST(HistogramLayout, SlotsAreContiguousAndCoverTheirValues) {
  int64_t next = 0;
  for (size_t slot = 0; slot < Histogram::kSlots; ++slot) {
    ASSERT_EQ(Histogram::LowestInSlot(slot), next) << slot;
    next = Histogram::HighestInSlot(slot) + 1;
    if (slot <= kLastSlot) {
      ASSERT_EQ(Histogram::SlotOf(Histogram::LowestInSlot(slot)), slot);
    }
    if (slot < kLastSlot) {
      ASSERT_EQ(Histogram::SlotOf(Histogram::HighestInSlot(slot)), slot);
    }
  }
}

TEST(HistogramLayout, IsHdrHistogramsForThreeDigitsAndOneHour) {
  // HdrHistogram: buckets double from sub-bucket count 2,048 until they exceed the highest value.
  size_t buckets = 1;
  for (int64_t reach = 2048; reach <= Histogram::kHighest; reach *= 2) ++buckets;
  EXPECT_EQ(Histogram::kSlots, (buckets + 1) * 1024);
}

TEST(HistogramLayout, ASlotIsAtMostAThousandthOfItsValueWide) {
  for (size_t slot = 2048; slot < Histogram::kSlots; ++slot) {
    const int64_t low = Histogram::LowestInSlot(slot);
    ASSERT_LE((Histogram::HighestInSlot(slot) - low) * 1000, low) << slot;
  }
}

TEST(Histogram, EmptyHasNoValues) {
  const Histogram h;
  EXPECT_EQ(h.count(), 0u);
  EXPECT_EQ(h.min(), 0);
  EXPECT_EQ(h.max(), 0);
  EXPECT_EQ(h.mean(), 0);
  EXPECT_EQ(h.ValueAtPercentile(99'000), 0);
}

TEST(Histogram, RankIsTheCeilingAndAtLeastOne) {
  EXPECT_EQ(Histogram::RankOf(50'000, 1), 1u);
  EXPECT_EQ(Histogram::RankOf(1, 10), 1u);
  EXPECT_EQ(Histogram::RankOf(50'000, 4), 2u);
  EXPECT_EQ(Histogram::RankOf(50'000, 5), 3u);
  EXPECT_EQ(Histogram::RankOf(99'900, 1000), 999u);
  EXPECT_EQ(Histogram::RankOf(99'900, 1001), 1000u);
  EXPECT_EQ(Histogram::RankOf(100'000, 7), 7u);
  EXPECT_EQ(Histogram::RankOf(100'000, UINT64_MAX), UINT64_MAX);
}

TEST(Histogram, EveryRankMatchesAnExactSort) {
  for (const Shape shape : kShapes) {
    std::vector<int64_t> values = Values(shape, 3000, 7);
    const Histogram h = Of(values);
    std::sort(values.begin(), values.end());
    for (uint64_t rank = 1; rank <= values.size(); ++rank) {
      const size_t slot = Histogram::SlotOf(values[rank - 1]);
      ASSERT_EQ(h.ValueAtRank(rank), std::min(Histogram::HighestInSlot(slot), values.back()))
          << "shape " << static_cast<int>(shape) << " rank " << rank;
    }
  }
}

TEST(Histogram, PercentilesMatchAnExactSort) {
  for (const Shape shape : kShapes) {
    std::vector<int64_t> values = Values(shape, 20'011, 3);
    const Histogram h = Of(values);
    std::sort(values.begin(), values.end());
    for (const uint32_t p : {1u, 1'000u, 50'000u, 90'000u, 99'000u, 99'900u, 99'999u, 100'000u}) {
      const auto rank = static_cast<size_t>(std::ceil(static_cast<double>(p) * 20'011 / 100'000.0));
      const int64_t exact = values[std::max<size_t>(rank, 1) - 1];
      const int64_t got = h.ValueAtPercentile(p);
      EXPECT_EQ(Histogram::SlotOf(got), Histogram::SlotOf(exact)) << p;
      if (exact <= Histogram::kHighest) {
        EXPECT_GE(got, exact) << p;
      }
    }
  }
}

TEST(Histogram, CountSumMinAndMaxAreExact) {
  for (const Shape shape : kShapes) {
    const std::vector<int64_t> values = Values(shape, 5000, 11);
    const Histogram h = Of(values);
    Int128 sum = 0;
    for (const int64_t v : values) sum += v;
    EXPECT_EQ(h.count(), values.size());
    EXPECT_TRUE(h.sum() == sum);
    EXPECT_EQ(h.min(), *std::min_element(values.begin(), values.end()));
    EXPECT_EQ(h.max(), *std::max_element(values.begin(), values.end()));
    EXPECT_DOUBLE_EQ(h.mean(), static_cast<double>(sum) / 5000);
  }
}

TEST(Histogram, ValuesAboveTheRangeCountAsSaturatedInTheLastSlot) {
  Histogram h;
  h.Record(Histogram::kHighest);
  EXPECT_EQ(h.saturated(), 0u);
  h.Record(Histogram::kHighest + 1);
  h.RecordMany(INT64_MAX, 2);
  EXPECT_EQ(h.saturated(), 3u);
  EXPECT_EQ(h.CountAtSlot(kLastSlot), 4u);
  EXPECT_EQ(h.max(), INT64_MAX);
  EXPECT_TRUE(h.sum() == static_cast<Int128>(INT64_MAX) * 2 + 2 * Histogram::kHighest + 1);
  EXPECT_EQ(h.ValueAtRank(4), Histogram::HighestInSlot(kLastSlot));
}

TEST(Histogram, RecordManyEqualsRecordingOneByOne) {
  Histogram many, single;
  for (const auto& [value, times] : {std::pair{0, 3}, {2047, 1}, {2048, 5}, {123'456'789, 7}}) {
    many.RecordMany(value, static_cast<uint64_t>(times));
    for (int i = 0; i < times; ++i) single.Record(value);
  }
  EXPECT_TRUE(many == single);
  many.RecordMany(5'000'000, 0);
  EXPECT_TRUE(many == single) << "nothing recorded, nothing changed";
}

TEST(HistogramDeathTest, ANegativeValueIsABug) {
  Histogram h;
  EXPECT_DEATH(h.Record(-1), "CHECK failed.*-1 ns");
}

TEST(HistogramMerge, IsCommutativeAndAssociative) {
  const Histogram a = Of(Values(Shape::kUniform, 500, 1));
  const Histogram b = Of(Values(Shape::kBeyondRange, 300, 2));
  const Histogram c = Of(Values(Shape::kLogUniform, 700, 3));
  Histogram ab = a, ba = b, bc = b, ab_c, a_bc = a;
  ab.Merge(b);
  ba.Merge(a);
  EXPECT_TRUE(ab == ba);
  ab_c = ab;
  ab_c.Merge(c);
  bc.Merge(c);
  a_bc.Merge(bc);
  EXPECT_TRUE(ab_c == a_bc);
}

TEST(HistogramMerge, AnyPartitionMergesToTheSame) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<int64_t> values = Values(kShapes[seed % 5], 800, seed);
    Draws draws(seed + 100);
    std::vector<Histogram> parts(1 + draws.Below(7));
    for (const int64_t v : values) parts[draws.Below(parts.size())].Record(v);
    Histogram merged;
    while (!parts.empty()) {  // in an order of its own
      const auto at = static_cast<std::ptrdiff_t>(draws.Below(parts.size()));
      merged.Merge(parts[static_cast<size_t>(at)]);
      parts.erase(parts.begin() + at);
    }
    EXPECT_TRUE(merged == Of(values)) << "seed " << seed;
  }
}

TEST(HistogramMerge, AnEmptyOneChangesNothingAndItselfDoubles) {
  const Histogram h = Of(Values(Shape::kExponential, 100, 5));
  Histogram copy = h;
  copy.Merge(Histogram());
  EXPECT_TRUE(copy == h);
  copy.Merge(copy);
  EXPECT_EQ(copy.count(), 200u);
  EXPECT_TRUE(copy.sum() == 2 * h.sum());
}

TEST(Histogram, ClearedEqualsNewAndCanBeUsedAgain) {
  Histogram h = Of(Values(Shape::kBeyondRange, 1000, 9));
  h.Clear();
  EXPECT_TRUE(h == Histogram());
  for (size_t slot = 0; slot < Histogram::kSlots; ++slot) ASSERT_EQ(h.CountAtSlot(slot), 0u);
  const std::vector<int64_t> values = Values(Shape::kUniform, 1000, 10);
  for (const int64_t v : values) h.Record(v);
  EXPECT_TRUE(h == Of(values));
}

TEST(Histogram, CopiesAreIndependent) {
  Histogram h = Of({1, 2, 3});
  Histogram copy = h;
  copy.Record(4);
  EXPECT_EQ(h.count(), 3u);
  copy = h;
  EXPECT_TRUE(copy == h);
  const Histogram& same = copy;
  copy = same;
  EXPECT_TRUE(copy == h);
}

TEST(Histogram, EqualityDependsOnEverySummaryValue) {
  EXPECT_FALSE(Of({4096}) == Of({4097})) << "one slot, other sums";
  EXPECT_FALSE(Of({1, 5, 5}) == Of({1, 1, 5}));
  EXPECT_FALSE(Of({0}) == Histogram());
}

TEST(Histogram, ForEachSlotVisitsUsedSlotsAscending) {
  const Histogram h = Of({5'000'000, 0, 1023, 1024, 5'000'000});
  std::vector<std::pair<size_t, uint64_t>> seen;
  h.ForEachSlot([&](size_t slot, uint64_t n) { seen.emplace_back(slot, n); });
  const std::vector<std::pair<size_t, uint64_t>> want = {
      {0, 1}, {1023, 1}, {1024, 1}, {Histogram::SlotOf(5'000'000), 2}};
  EXPECT_EQ(seen, want);
}

// Rebuilds `h` as a decoder does.
Histogram BucketsOf(const Histogram& h) {
  Histogram copy;
  h.ForEachSlot([&](size_t slot, uint64_t n) { copy.AddToSlot(slot, n); });
  return copy;
}

TEST(HistogramSetExact, RestoresWhatWasRecorded) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const Histogram h = Of(Values(kShapes[seed % 5], 1 + seed % 7, seed));
    Histogram copy = BucketsOf(h);
    ASSERT_TRUE(copy.SetExact(h.sum(), h.min(), h.max(), h.saturated()).ok()) << "seed " << seed;
    EXPECT_TRUE(copy == h);
  }
  for (const auto& values : std::vector<std::vector<int64_t>>{
           {INT64_MAX}, {INT64_MAX, INT64_MAX}, {Histogram::kHighest, Histogram::kHighest + 1}}) {
    const Histogram h = Of(values);
    Histogram copy = BucketsOf(h);
    ASSERT_TRUE(copy.SetExact(h.sum(), h.min(), h.max(), h.saturated()).ok());
    EXPECT_TRUE(copy == h);
  }
}

struct Contradiction {
  const char* what;
  std::vector<int64_t> values;
  int64_t sum, min, max;
  uint64_t saturated;
};

TEST(HistogramSetExact, RefusesWhatNoRecordsCouldGive) {
  constexpr int64_t kTop = Histogram::kHighest;
  const Contradiction cases[] = {
      {"a sum without records", {}, 1, 0, 0, 0},
      {"a max without records", {}, 0, 0, 1, 0},
      {"saturation without records", {}, 0, 0, 0, 1},
      {"min below the first slot", {4096, 9000}, 13096, 4095, 9000, 0},
      {"min above the first slot", {4096, 9000}, 13096, 4100, 9000, 0},
      {"max below the last slot", {4096, 9000}, 13096, 4096, 8999, 0},
      {"max above the last slot", {4096, 9000}, 13096, 4096, 9008, 0},
      {"a sum below both values", {4096, 9000}, 13095, 4096, 9000, 0},
      {"a sum above both values", {4096, 9000}, 13097, 4096, 9000, 0},
      {"two values of one record", {4096}, 4097, 4096, 4097, 0},
      {"a middle value below its slot", {1, 50, 9000}, 9050, 1, 9000, 0},
      {"a middle value above its slot", {1, 50, 9000}, 9052, 1, 9000, 0},
      {"saturated without a value above the range", {kTop}, kTop, kTop, kTop, 1},
      {"a value above the range, none saturated", {kTop + 1}, kTop + 1, kTop + 1, kTop + 1, 0},
      {"more saturated than in the last slot", {1, kTop + 1}, kTop + 2, 1, kTop + 1, 2},
      {"min above max", {4097, 4096}, 8193, 4097, 4096, 0},
      {"a negative min", {0, 1}, 1, -1, 1, 0},
  };
  for (const Contradiction& c : cases) {
    Histogram h = BucketsOf(Of(c.values));
    EXPECT_FALSE(h.SetExact(c.sum, c.min, c.max, c.saturated).ok()) << c.what;
  }
}

TEST(Histogram, OctavesAreThoseWithRecords) {
  EXPECT_EQ(Histogram().octaves_used(), 0u);
  Histogram h = Of({0, 1023, 1024, 4095, Histogram::kHighest});
  EXPECT_EQ(h.octaves_used(), 4u);
  h.Clear();
  EXPECT_EQ(h.octaves_used(), 0u);
}

// The same records in the form that decoding gives.
Histogram ListOf(const Histogram& h) {
  Histogram copy = BucketsOf(h);
  EXPECT_TRUE(copy.SetExact(h.sum(), h.min(), h.max(), h.saturated()).ok());
  return copy;
}

TEST(HistogramForms, AListAndItsSpreadFormAreEqualInEveryAnswer) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Histogram spread = Of(Values(kShapes[seed % 5], 1 + 90 * seed, seed));
    const Histogram list = ListOf(spread);
    EXPECT_TRUE(list == spread && spread == list) << seed;
    EXPECT_EQ(list.octaves_used(), spread.octaves_used()) << seed;
    for (size_t slot = 0; slot < Histogram::kSlots; ++slot) {
      ASSERT_EQ(list.CountAtSlot(slot), spread.CountAtSlot(slot)) << seed << " slot " << slot;
    }
    for (uint64_t rank = 1; rank <= list.count(); ++rank) {
      ASSERT_EQ(list.ValueAtRank(rank), spread.ValueAtRank(rank)) << seed << " rank " << rank;
    }
    EXPECT_TRUE(BucketsOf(list) == BucketsOf(spread)) << seed;
  }
}

TEST(HistogramForms, EveryPairOfFormsMergesToTheSame) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Histogram a = Of(Values(kShapes[seed % 5], 20 + 60 * seed, seed));
    const Histogram b = Of(Values(kShapes[(seed + 2) % 5], 1 + seed, seed + 100));
    const Histogram list_a = ListOf(a), list_b = ListOf(b);
    Histogram recorded;  // kept spread, as a recorder keeps it
    recorded.Record(1);
    recorded.Clear();
    recorded.Merge(a);
    recorded.Merge(b);
    for (const auto& [left, right] : {std::pair{&a, &b},
                                      {&list_a, &b},
                                      {&a, &list_b},
                                      {&list_a, &list_b},
                                      {&b, &list_a},
                                      {&list_b, &a}}) {
      Histogram merged = *left;
      merged.Merge(*right);
      EXPECT_TRUE(merged == recorded) << seed;
    }
    EXPECT_FALSE(recorded == a) << seed;
  }
}

TEST(HistogramForms, RecordingGoesOnFromAList) {
  const std::vector<int64_t> values = Values(Shape::kLogUniform, 300, 4);
  Histogram h = ListOf(Of(values)), want = Of(values);
  for (const int64_t v : Values(Shape::kUniform, 300, 5)) {
    h.Record(v);
    want.Record(v);
  }
  EXPECT_TRUE(h == want);
  h = ListOf(want);
  h.Clear();
  EXPECT_TRUE(h == Histogram());
  h.Record(7);
  EXPECT_TRUE(h == Of({7}));
}

TEST(HistogramForms, MemoryOfWhatIsMergedDependsOnItsContentAlone) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    std::vector<Histogram> parts;
    for (uint64_t i = 0; i < 12; ++i) {
      const Histogram part = Of(Values(kShapes[i % 5], 1 + 40 * (seed % 10), seed * 100 + i));
      parts.push_back(i % 2 == 0 ? ListOf(part) : part);
    }
    Histogram forward, backward;
    for (size_t i = 0; i < parts.size(); ++i) {
      forward.Merge(parts[i]);
      backward.Merge(parts[parts.size() - 1 - i]);
    }
    EXPECT_EQ(forward.counters_held(), backward.counters_held()) << seed;
    EXPECT_TRUE(forward == backward) << seed;
  }
}

TEST(HistogramForms, AListEndsBeyondItsLimit) {
  Histogram h;
  for (size_t slot = 0; slot < Histogram::kMaxListed; ++slot) h.AddToSlot(slot * 2, 1);
  EXPECT_EQ(h.counters_held(), Histogram::kMaxListed);
  Histogram more = h;
  h.AddToSlot(Histogram::kMaxListed * 2, 1);
  EXPECT_EQ(h.counters_held(), h.octaves_used() * Histogram::kOctaveSlots);
  Histogram one;
  one.AddToSlot(1, 1);
  more.Merge(one);
  EXPECT_EQ(more.counters_held(), more.octaves_used() * Histogram::kOctaveSlots);
  EXPECT_EQ(more.CountAtSlot(1), 1u);
  EXPECT_EQ(more.count(), Histogram::kMaxListed + 1);
}

TEST(HistogramForms, ACountTooLargeForAListIsKept) {
  constexpr uint64_t kLarge = (uint64_t{1} << 48) - 1;
  Histogram h, other;
  h.AddToSlot(3, kLarge);
  EXPECT_EQ(h.counters_held(), 1u);
  other.AddToSlot(3, 1);
  h.Merge(other);
  EXPECT_EQ(h.CountAtSlot(3), kLarge + 1);
  EXPECT_EQ(h.counters_held(), Histogram::kOctaveSlots);
  Histogram large;
  large.AddToSlot(5, kLarge + 1);
  large.AddToSlot(6, 1);
  other.Merge(large);
  EXPECT_EQ(other.CountAtSlot(5), kLarge + 1);
  EXPECT_EQ(other.count(), kLarge + 3);
}

TEST(HistogramForms, SlotsThatDoNotAscendAreKeptToo) {
  Histogram h;
  for (const size_t slot : {7u, 9u, 7u, 2u, 9'000u}) h.AddToSlot(slot, slot);
  EXPECT_EQ(h.CountAtSlot(7), 14u);
  EXPECT_EQ(h.CountAtSlot(2), 2u);
  EXPECT_EQ(h.CountAtSlot(9'000), 9'000u);
  EXPECT_EQ(h.count(), 9'025u);
}

TEST(HistogramForms, AnEmptyHistogramIsSmall) { EXPECT_LE(sizeof(Histogram), 96u); }

TEST(Histogram, TheConfigurationHashIsPartOfTheProtocol) {
  EXPECT_EQ(Histogram::ConfigHash(), 2547097778u);
}

}  // namespace
}  // namespace muster
