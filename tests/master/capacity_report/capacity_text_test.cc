#include "master/capacity_report/capacity_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/master/capacity_report/sample_capacity.h"

namespace muster {
namespace {

using ::testing::HasSubstr;

TEST(CapacityTextTest, TheAnswerIsABracketAndAnEstimate) {
  const CapacityResult result = SampleCapacity();
  EXPECT_EQ(AnswerText(result, result.answer),
            "sustained 1,840/s for 1m on fresh connections; failed at 1,960/s for 30s; "
            "estimate 1,890/s (1,790 to 2,010)");
  CapacityAnswer unconfirmed = result.answer;
  unconfirmed.confirmed = false;
  EXPECT_THAT(AnswerText(result, unconfirmed),
              HasSubstr("sustained 1,840/s for 1m on fresh connections, not confirmed"));
}

TEST(CapacityTextTest, UsersAreUsers) {
  const CapacityResult result = SampleUsers();
  EXPECT_EQ(AnswerText(result, result.answer),
            "sustained 1,840 users for 1m on fresh connections; failed at 1,960 users for 30s; "
            "estimate 1,890 users (1,790 to 2,010)");
  EXPECT_EQ(LoadText(result, 1), "1 user");
}

TEST(CapacityTextTest, AtLeastIsNoEstimate) {
  const CapacityResult result = SampleGeneratorLimited();
  EXPECT_EQ(AnswerText(result, result.answer),
            "at least 12,000/s: sustained 12,000/s for 1m on fresh connections");
  EXPECT_EQ(LimitWord(result, result.answer), "generator");
}

TEST(CapacityTextTest, WhatLimitedItAndWhatBrokeAreNamed) {
  CapacityResult result = SampleCapacity();
  EXPECT_EQ(LimitText(result, result.answer.limited_by), "within(100ms) >= 99%");
  EXPECT_EQ(LimitWord(result, result.answer), "within(100ms) >= 99%");
  EXPECT_EQ(LimitText(result, Limit{LimitKind::kGrowing, 0}), "in flight kept growing");
  EXPECT_EQ(LimitText(result, std::nullopt), "");
  EXPECT_EQ(KneeText(result), "2,250/s: delivered falls under 98 % of asked");
  EXPECT_EQ(BreakingText(result), "3,375/s: dropped SYNs and errors first, with 5,800 in flight");
}

TEST(CapacityTextTest, WhyNotSaysWhatWouldHelp) {
  CapacityResult result = SampleCapacity();
  result.answer.resolved = false;
  result.answer.why_not = Unresolved::kWide;
  result.answer.longer = Duration::Seconds(240);
  EXPECT_EQ(WhyNotText(result),
            "not resolved: the interval is wide; about 4m more would do (--budget 9m)");
  for (const Unresolved why :
       {Unresolved::kNotConfirmed, Unresolved::kNothingSustained, Unresolved::kNothingFailed,
        Unresolved::kBudgetSpent, Unresolved::kGeneratorLimited, Unresolved::kInterrupted}) {
    result.answer.why_not = why;
    EXPECT_NE(WhyNotText(result), "");
  }
}

TEST(CapacityTextTest, ALevelSaysWhyItFailed) {
  const CapacityResult result = SampleCapacity();
  const std::vector<JudgedLevel>& levels = result.searches[0].levels;
  EXPECT_EQ(FailureText(result, levels[0]), "");
  EXPECT_EQ(FailureText(result, levels[3]), "within(100ms) 98.2 %");
  JudgedLevel late = levels[3];
  late.judgement.objectives[0].kept = {50, 10'000};
  late.judgement.objectives[0].late = {150, 5'000};
  EXPECT_EQ(FailureText(result, late), "within(100ms) 97.0 % in its second half");
  EXPECT_EQ(FailureText(SampleGeneratorLimited(), SampleGeneratorLimited().searches[0].levels[2]),
            "says nothing of the target: w1 was busy 98 % of its time");
}

TEST(CapacityTextTest, ObservedIsInTheObjectivesOwnTerms) {
  EXPECT_EQ(ObservedText(SampleObjective("within(1s) >= 99%"), {18, 1'000}), "98.2 %");
  EXPECT_EQ(ObservedText(SampleObjective("error_rate < 1%"), {18, 1'000}), "1.80 %");
  EXPECT_EQ(ObservedText(SampleObjective("dropped_syns == 0"), {18, 1'000}), "18");
  EXPECT_EQ(ObservedText(SampleObjective("error_rate < 1%"), {}), "no data");
}

}  // namespace
}  // namespace muster
