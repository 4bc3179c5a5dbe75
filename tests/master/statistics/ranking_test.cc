#include "master/statistics/ranking.h"

#include <gtest/gtest.h>

#include "tests/master/statistics/simulated_stage.h"

namespace muster {
namespace {

using Figures = std::vector<double>;

Figures Around(double level, size_t n) {
  Figures figures;
  for (size_t i = 0; i < n; ++i) figures.push_back(level * (1 + 0.001 * static_cast<double>(i)));
  return figures;
}

// Holm's steps by hand: 0.01 * 4, 0.02 * 3, 0.03 * 2, 0.04 * 1, never below the one before.
TEST(RankingTest, HolmByHand) {
  const std::vector<double> adjusted = HolmAdjusted(Figures{0.04, 0.01, 0.03, 0.02});
  EXPECT_DOUBLE_EQ(adjusted[1], 0.04);
  EXPECT_DOUBLE_EQ(adjusted[3], 0.06);
  EXPECT_DOUBLE_EQ(adjusted[2], 0.06);
  EXPECT_DOUBLE_EQ(adjusted[0], 0.06);
  EXPECT_EQ(HolmAdjusted(Figures{0.9, 0.8}), (Figures{1, 1}));
}

TEST(RankingTest, ClearlyApartIsAFullOrder) {
  const std::vector<Figures> subjects = {Around(3, 5), Around(1, 5), Around(2, 5)};
  const Ranking low = RankSubjects(subjects, Better::kLower);
  EXPECT_EQ(low.ranks, (std::vector<Rank>{{3, 3}, {1, 1}, {2, 2}}));
  const Ranking high = RankSubjects(subjects, Better::kHigher);
  EXPECT_EQ(high.ranks, (std::vector<Rank>{{1, 1}, {3, 3}, {2, 2}}));
}

TEST(RankingTest, WhoCannotBeToldApartShareRanks) {
  const std::vector<Figures> subjects = {Around(2, 6), Around(1, 6), Around(2, 6), Around(2, 6)};
  const Ranking ranking = RankSubjects(subjects, Better::kLower);
  EXPECT_EQ(ranking.ranks, (std::vector<Rank>{{2, 4}, {1, 1}, {2, 4}, {2, 4}}));
  EXPECT_EQ(ranking.ranks[0].text(), "2–4");
  EXPECT_EQ(ranking.ranks[1].text(), "1");
}

// 4 against 4 give 2/70 at best: enough for one pair, too little for three.
TEST(RankingTest, TooFewRepeatsForTheCorrectionIsNoRank) {
  EXPECT_EQ(RankSubjects(std::vector<Figures>{Around(1, 4), Around(2, 4)}, Better::kLower).ranks,
            (std::vector<Rank>{{1, 1}, {2, 2}}));
  const std::vector<Figures> three = {Around(1, 4), Around(2, 4), Around(3, 4)};
  const Ranking ranking = RankSubjects(three, Better::kLower);
  EXPECT_TRUE(ranking.ranks.empty());
  EXPECT_EQ(ranking.repeats_needed, 5U);
  EXPECT_TRUE(
      RankSubjects(std::vector<Figures>{Around(1, 3), Around(2, 9)}, Better::kLower).ranks.empty());
}

TEST(RankingTest, NoneAndOne) {
  EXPECT_TRUE(RankSubjects({}, Better::kLower).ranks.empty());
  EXPECT_EQ(RankSubjects(std::vector<Figures>{Around(1, 1)}, Better::kLower).ranks,
            std::vector<Rank>{Rank{}});
}

// Four alike: in 95 % of suites at least all of them rank 1 to 4; of 400, two deviations are 9
// more.
TEST(RankingTest, AlikeSubjectsAreRarelyRanked) {
  StageDraws draws(1);
  int ranked = 0;
  for (int suite = 0; suite < 400; ++suite) {
    std::vector<Figures> subjects(4);
    for (Figures& figures : subjects) {
      for (int i = 0; i < 6; ++i) figures.push_back(1 + draws.Unit());
    }
    const Ranking ranking = RankSubjects(subjects, Better::kLower);
    ranked += ranking.ranks != std::vector<Rank>(4, Rank{1, 4});
  }
  EXPECT_LE(ranked, 29);
}

}  // namespace
}  // namespace muster
