#include "master/capacity_report/capacity_result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/master/capacity_report/sample_capacity.h"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

CapacityResult Unresolved_(Unresolved why_not) {
  CapacityResult result = SampleCapacity();
  CapacityAnswer& answer = result.searches[0].answer;
  answer.resolved = false;
  answer.why_not = why_not;
  Conclude(&result);
  return result;
}

TEST(CapacityResultTest, WhatIsFoundPasses) {
  const CapacityResult result = SampleCapacity();
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_TRUE(result.verdict.passed);
  EXPECT_THAT(result.verdict.reasons, IsEmpty());
}

TEST(CapacityResultTest, WhatIsNotResolvedFails) {
  const CapacityResult result = Unresolved_(Unresolved::kWide);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.verdict.reasons, ElementsAre(HasSubstr("not resolved")));
}

TEST(CapacityResultTest, AGeneratorThatGaveOutIsExitFour) {
  const CapacityResult result = SampleGeneratorLimited();
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_TRUE(result.verdict.generator_limited);
  EXPECT_THAT(result.verdict.reasons,
              ElementsAre(AllOf(HasSubstr("add workers"), HasSubstr("w1 was busy 98 %"))));
}

TEST(CapacityResultTest, EnoughIsEnoughWhateverElseIsUnknown) {
  CapacityResult result = SampleGeneratorLimited();
  result.wanted = 12'000;
  Conclude(&result);
  EXPECT_EQ(result.exit_code, 0);
  result.wanted = 12'001;
  Conclude(&result);
  EXPECT_EQ(result.exit_code, 4) << "it may sustain more: nobody knows";
  result = SampleCapacity();
  result.wanted = 1'900;
  Conclude(&result);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.verdict.reasons, ElementsAre("sustained 1,840/s, want at least 1,900/s"));
}

TEST(CapacityResultTest, TheHighestReasonWinsAndAllAreListed) {
  CapacityResult result = SampleGeneratorLimited();
  result.interrupted_by = "SIGINT";
  result.incomplete = {"worker w1 was lost"};
  Conclude(&result);
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.verdict.reasons,
              ElementsAre("interrupted by SIGINT", "worker w1 was lost", HasSubstr("generator")));
  EXPECT_FALSE(result.verdict.complete);
  result.interrupted_by.clear();
  Conclude(&result);
  EXPECT_EQ(result.exit_code, 3);
}

TEST(CapacityResultTest, SeveralSearchesAreTheMedianWithAnIntervalThatCoversAll) {
  CapacityResult result = SampleCapacity();
  for (const double shift : {-200.0, 300.0, 20.0}) {
    SearchResult search = result.searches[0];
    *search.answer.estimate += shift;
    search.answer.interval->low += shift;
    search.answer.interval->high += shift;
    search.answer.sustained->load += shift;
    result.searches.push_back(search);
  }
  Conclude(&result);
  EXPECT_EQ(result.answer.estimate, 1'890) << "the lower of the two in the middle";
  EXPECT_EQ(result.answer.sustained->load, 1'840) << "of the same search";
  EXPECT_EQ(result.answer.interval->low, 1'590);
  EXPECT_EQ(result.answer.interval->high, 2'310);
  EXPECT_EQ(result.answer.spent, Duration::Seconds(4 * 260));
  EXPECT_TRUE(result.answer.resolved);
  result.searches[2].answer.resolved = false;
  result.searches[2].answer.why_not = Unresolved::kWide;
  Conclude(&result);
  EXPECT_FALSE(result.answer.resolved);
}

TEST(CapacityResultTest, ASearchWithoutAnEstimateIsNotAveragedAway) {
  CapacityResult result = SampleCapacity();
  result.searches.push_back(SampleGeneratorLimited().searches[0]);
  Conclude(&result);
  EXPECT_FALSE(result.answer.estimate);
  EXPECT_EQ(result.exit_code, 4);
}

TEST(CapacityResultTest, UsersHaveTheRatesThatWereDelivered) {
  CapacityResult result = SampleUsers();
  EXPECT_EQ(PerSecondAt(SampleCapacity(), 1'890), 1'890);
  EXPECT_EQ(PerSecondAt(result, 1'840), 920);
  EXPECT_DOUBLE_EQ(*PerSecondAt(result, 1'890), 945) << "between two levels, by a straight line";
  EXPECT_DOUBLE_EQ(*PerSecondAt(result, 500), 250) << "below the lowest, in proportion";
  EXPECT_EQ(PerSecondAt(result, 4'000), std::nullopt) << "nobody knows";
}

}  // namespace
}  // namespace muster
