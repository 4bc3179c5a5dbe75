#include "common/plan/ownership.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "common/base/random.h"

namespace muster {
namespace {

using Weights = std::vector<uint32_t>;

// Small and large, equal and very unequal.
std::vector<Weights> ManyWeights() {
  std::vector<Weights> all = {{1}, {1, 1}, {1, 2, 3}, {1, 999}, {999, 1}, {500, 499, 1}};
  all.push_back(Weights(1000, 1));
  for (uint64_t k = 0; k < 200; ++k) {
    const auto draw = [&](uint64_t i, uint64_t bound) {
      return static_cast<uint32_t>(RandomBelow(bound, RandomBits(3, RandomStream::kRequest, k, i)));
    };
    Weights weights(1 + draw(0, 12));
    for (size_t i = 0; i < weights.size(); ++i) weights[i] = 1 + draw(i + 1, 1 + (k * k) / 10);
    all.push_back(ReduceWeights(weights).value());
  }
  return all;
}

uint64_t Sum(const Weights& weights) {
  return std::accumulate(weights.begin(), weights.end(), uint64_t{0});
}

TEST(ReduceWeightsTest, DividesByTheGreatestCommonDivisor) {
  EXPECT_EQ(*ReduceWeights(Weights{5}), Weights{1});
  EXPECT_EQ(*ReduceWeights(Weights{2, 4, 6}), (Weights{1, 2, 3}));
  EXPECT_EQ(*ReduceWeights(Weights{3, 5}), (Weights{3, 5}));
  EXPECT_EQ(*ReduceWeights(Weights{4'000'000'000, 4'000'000'000}), (Weights{1, 1}));
}

TEST(ReduceWeightsTest, ScalesDownToAThousandButNoWeightToZero) {
  EXPECT_EQ(*ReduceWeights(Weights{1'000'000, 1}), (Weights{999, 1}));
  EXPECT_EQ(*ReduceWeights(Weights{2001, 1000}), (Weights{667, 333}));
  Weights many(999, 1);
  many.push_back(4'000'000'000);
  EXPECT_EQ(*ReduceWeights(many), Weights(1000, 1));
}

TEST(ReduceWeightsTest, KeepsTheProportionsWithinOneThousandthEach) {
  for (uint64_t k = 0; k < 200; ++k) {
    Weights weights(1 + k % 9);
    for (size_t i = 0; i < weights.size(); ++i) {
      weights[i] =
          500'000 + static_cast<uint32_t>(RandomBits(8, RandomStream::kRequest, k, i) % 4'000'000);
    }
    const Weights reduced = ReduceWeights(weights).value();
    ASSERT_LE(Sum(reduced), 1000U);
    for (size_t i = 0; i < weights.size(); ++i) {
      const double asked = static_cast<double>(weights[i]) / static_cast<double>(Sum(weights));
      const double got = static_cast<double>(reduced[i]) / static_cast<double>(Sum(reduced));
      ASSERT_NEAR(asked, got, 1e-3) << k;
    }
  }
}

TEST(ReduceWeightsTest, RefusesNoneZeroAndTooMany) {
  EXPECT_FALSE(ReduceWeights(Weights{}).ok());
  EXPECT_FALSE(ReduceWeights(Weights{1, 0}).ok());
  EXPECT_FALSE(ReduceWeights(Weights(1001, 1)).ok());
  EXPECT_TRUE(ReduceWeights(Weights(1000, 7)).ok());
}

TEST(SplitTest, PartsSumToTheTotalAndAreWithinOneOfTheirShare) {
  for (const Weights& weights : ManyWeights()) {
    for (const uint64_t total : {0ULL, 1ULL, 7ULL, 1000ULL, 123'456'789ULL}) {
      const std::vector<uint64_t> parts = SplitByLargestRemainder(total, weights);
      EXPECT_EQ(std::accumulate(parts.begin(), parts.end(), uint64_t{0}), total);
      for (size_t i = 0; i < parts.size(); ++i) {
        const uint64_t floor = total * weights[i] / Sum(weights);
        EXPECT_TRUE(parts[i] == floor || parts[i] == floor + 1);
      }
    }
  }
}

TEST(SplitTest, TheLargestRemaindersGetTheRestTheLowerIndexFirst) {
  EXPECT_EQ(SplitByLargestRemainder(10, Weights{1, 1, 1}), (std::vector<uint64_t>{4, 3, 3}));
  EXPECT_EQ(SplitByLargestRemainder(2, Weights{1, 1, 1}), (std::vector<uint64_t>{1, 1, 0}));
  EXPECT_EQ(SplitByLargestRemainder(10, Weights{1, 2, 4}), (std::vector<uint64_t>{1, 3, 6}));
  EXPECT_EQ(SplitByLargestRemainder(UINT64_MAX, Weights{4'000'000'000, 4'000'000'000})[1],
            UINT64_MAX / 2);
}

TEST(OwnerTableTest, EveryPrefixIsWithinOneOfEachShare) {
  for (const Weights& weights : ManyWeights()) {
    const OwnerTable table(weights);
    const uint64_t period = table.period();
    std::vector<uint64_t> owned(weights.size());
    for (uint64_t k = 0; k < 2 * period; ++k) {
      ++owned[table.owner(k)];
      for (size_t i = 0; i < weights.size(); ++i) {
        // |owned - (k + 1) * w / W| < 1
        const auto lag =
            static_cast<int64_t>(owned[i] * period) - static_cast<int64_t>((k + 1) * weights[i]);
        ASSERT_LT(std::abs(lag), static_cast<int64_t>(period)) << "prefix " << k + 1;
      }
    }
  }
}

TEST(OwnerTableTest, EqualWorkersTakeTurns) {
  const OwnerTable table({1, 1, 1});
  for (uint64_t k = 0; k < 12; ++k) EXPECT_EQ(table.owner(k), k % 3);
}

// Who owns a number is in every trace: a change here changes what workers do.
TEST(OwnerTableTest, TheTableOfOneTwoThreeNeverChanges) {
  const OwnerTable table({1, 2, 3});
  std::vector<uint32_t> owners;
  for (uint64_t k = 0; k < 6; ++k) owners.push_back(table.owner(k));
  EXPECT_EQ(owners, (std::vector<uint32_t>{2, 1, 2, 0, 1, 2}));
}

TEST(OwnerTableTest, CountOwnedCounts) {
  for (const Weights& weights : {Weights{1, 2, 3}, Weights{7, 1}, Weights{1}}) {
    const OwnerTable table(weights);
    std::vector<uint64_t> owned(weights.size());
    for (uint64_t total = 0; total < 40; ++total) {
      for (uint32_t w = 0; w < weights.size(); ++w) ASSERT_EQ(table.CountOwned(w, total), owned[w]);
      ++owned[table.owner(total)];
    }
  }
}

// Every number belongs to exactly one thread of one worker, the one that owner() names.
TEST(ThreadShareTest, WorkersAndThreadsPartitionTheNumbers) {
  constexpr uint64_t kTotal = 5'000;
  for (const Weights& weights : {Weights{1}, Weights{1, 1}, Weights{1, 2, 3}, Weights{97, 3, 41}}) {
    for (const uint32_t threads : {1U, 2U, 3U, 8U}) {
      const OwnerTable table(weights);
      std::vector<int> seen(kTotal);
      for (uint32_t w = 0; w < weights.size(); ++w) {
        for (uint32_t t = 0; t < threads; ++t) {
          const ThreadShare share(table.period(), table.positions(w), t, threads);
          uint64_t m = 0;
          for (uint64_t k = share.NumberAt(0); k < kTotal; k = share.NumberAt(++m)) {
            ++seen[k];
            ASSERT_EQ(table.owner(k), w);
            ASSERT_LT(k, share.NumberAt(m + 1));
          }
          ASSERT_EQ(share.CountBelow(kTotal), m);
        }
      }
      ASSERT_EQ(std::count(seen.begin(), seen.end(), 1), int64_t{kTotal});
    }
  }
}

TEST(ThreadShareTest, CountBelowCountsAtEveryTotal) {
  const OwnerTable table({2, 3});
  for (uint32_t t = 0; t < 3; ++t) {
    const ThreadShare share(table.period(), table.positions(1), t, 3);
    uint64_t count = 0;
    for (uint64_t total = 0; total < 100; ++total) {
      ASSERT_EQ(share.CountBelow(total), count) << total;
      if (share.NumberAt(count) == total) ++count;
    }
  }
}

}  // namespace
}  // namespace muster
