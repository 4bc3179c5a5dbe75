#include "master/capacity/judged_level.h"

#include <gtest/gtest.h>

#include "tests/master/capacity/level_builder.h"

namespace muster {
namespace {

TEST(JudgedLevelTest, TheBracketIsTheHighestThatHeldAndTheLowestThatFailed) {
  const std::vector<JudgedLevel> levels{MadeLevel(10, 5, true), MadeLevel(20, 5, true),
                                        MadeLevel(40, 5, false), MadeLevel(30, 5, false)};
  const Bracket bracket = FindBracket(levels, BracketOf::kAll);
  EXPECT_EQ(bracket.low, 1U);
  EXPECT_EQ(bracket.high, 3U);
}

TEST(JudgedLevelTest, TheLongerOfTwoThatContradictIsBelieved) {
  const std::vector<JudgedLevel> levels{MadeLevel(30, 5, true), MadeLevel(25, 30, false),
                                        MadeLevel(20, 5, false), MadeLevel(22, 30, true)};
  const Bracket bracket = FindBracket(levels, BracketOf::kAll);
  EXPECT_EQ(bracket.low, 3U);
  EXPECT_EQ(bracket.high, 1U);
}

TEST(JudgedLevelTest, AMuchLongerOneRefutes) {
  const JudgedLevel failed = MadeLevel(20, 5, false), sustained = MadeLevel(20, 5, true);
  EXPECT_TRUE(IsRefuted(failed, std::vector{MadeLevel(20, 15, true)}));
  EXPECT_FALSE(IsRefuted(failed, std::vector{MadeLevel(19, 15, true), MadeLevel(20, 14, true)}));
  EXPECT_TRUE(IsRefuted(sustained, std::vector{MadeLevel(20, 15, false)}));
  EXPECT_FALSE(IsRefuted(sustained, std::vector{MadeLevel(21, 15, false)}));
  const std::vector<JudgedLevel> levels{MadeLevel(10, 5, true), failed, MadeLevel(25, 30, true)};
  EXPECT_EQ(FindBracket(levels, BracketOf::kClear).high, std::nullopt);
}

TEST(JudgedLevelTest, OnlyWhatIsAskedForCounts) {
  std::vector<JudgedLevel> levels{MadeLevel(10, 5, true, 0, 100, LevelPurpose::kClimb),
                                  MadeLevel(20, 30, true), MadeLevel(30, 30, false)};
  levels[1].judgement.clear = false;
  EXPECT_EQ(FindBracket(levels, BracketOf::kClear).low, 0U);
  EXPECT_EQ(FindBracket(levels, BracketOf::kLong).low, 1U);
  levels[2].judgement.verdict = LevelVerdict::kVoid;
  EXPECT_EQ(FindBracket(levels, BracketOf::kAll).high, std::nullopt);
  EXPECT_EQ(FindBracket({}, BracketOf::kAll).low, std::nullopt);
}

}  // namespace
}  // namespace muster
