#include "master/plan/objective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

using ::testing::HasSubstr;

Objective Parsed(const std::string& text) {
  const auto objective = ParseObjective(text);
  EXPECT_TRUE(objective.ok()) << text << ": " << objective.status();
  return objective.ok() ? *objective : Objective();
}

std::string ErrorOf(const std::string& text) {
  const auto objective = ParseObjective(text);
  EXPECT_FALSE(objective.ok()) << text;
  return Message(objective.status());
}

TEST(ObjectiveTest, AShareAllowsItsComplementOrItself) {
  EXPECT_NEAR(AllowedBad(Parsed("within(100ms) >= 99%")), 0.01, 1e-12);
  EXPECT_DOUBLE_EQ(AllowedBad(Parsed("error_rate < 0.1%")), 0.001);
  EXPECT_DOUBLE_EQ(AllowedBad(Parsed("not_started_rate <= 2%")), 0.02);
  EXPECT_EQ(ObjectiveWord(Parsed("error_rate < 0.1%")), "error_rate");
}

TEST(ObjectiveTest, APercentileIsTheWithinThatItMeans) {
  const Objective percentile = Parsed("p99.9(response){name=buy} < 250ms");
  const Objective within = Parsed("within(250ms){name=buy} >= 99.9%");
  EXPECT_EQ(percentile.expression, "p99.9(response){name=buy} < 250ms");
  EXPECT_EQ(percentile.share.metric, Threshold::Metric::kWithin);
  EXPECT_EQ(percentile.share.within, within.share.within);
  EXPECT_EQ(percentile.share.name, "buy");
  EXPECT_NEAR(AllowedBad(percentile), AllowedBad(within), 1e-12);
}

TEST(ObjectiveTest, NoDroppedSynIsTheOnlyCount) {
  for (const char* text : {"dropped_syns == 0", " dropped_syns  ==0 ", "dropped_syns < 1"}) {
    EXPECT_EQ(Parsed(text).kind, Objective::Kind::kDroppedSyns) << text;
    EXPECT_EQ(Parsed(text).expression, "dropped_syns == 0");
  }
  EXPECT_THAT(ErrorOf("dropped_syns < 5"), HasSubstr("only 'dropped_syns == 0'"));
}

// What is wrong, and what would be right.
TEST(ObjectiveTest, WhatIsNoShareIsRefusedWithWhatWouldBeRight) {
  const std::pair<const char*, const char*> kCases[] = {
      {"mean(response) < 100ms", "no share of the requests"},
      {"max(response) < 1s", "within(100ms) >= 99%"},
      {"rate >= 100/s", "what is searched for"},
      {"count(failed) < 10", "grows with the length"},
      {"p99(service) < 1s", "write p99(response) < 100ms"},
      {"p99(response, ok) < 1s", "over all that was due"},
      {"p99(response) > 1s", "a low load would break it"},
      {"within(1s) < 50%", "write within(100ms) >= 99%"},
      {"error_rate > 5%", "write error_rate < 0.1%"},
      {"within(1s) >= 100%", "within(100ms) >= 99.9%"},
      {"error_rate <= 0%", "no number of requests"},
      {"p100(response) < 1s", "no number of requests"},
      {"error_rate < 100%", "every request to be bad"},
      {"within(1s) >= 99% over 10s", "leave out 'over ...'"},
      {"error_rate < 1% with 95% confidence", "leave out 'with 95% confidence'"},
      {"error_rate{worker=eu} < 1%", "leave out {worker=...}"},
      {"error_rate{stage=steady} < 1%", "leave out {stage=...}"},
      {"widhin(1s) >= 99%", "did you mean \"within\"?"},
  };
  for (const auto& [text, error] : kCases) EXPECT_THAT(ErrorOf(text), HasSubstr(error)) << text;
}

TEST(ObjectiveTest, APlansStageIsDroppedAsALevelHasOne) {
  const auto threshold = ParseThreshold("within(1s){stage=steady} >= 99%");
  ASSERT_TRUE(threshold.ok());
  const auto objective = ObjectiveFrom(*threshold);
  ASSERT_TRUE(objective.ok()) << objective.status();
  EXPECT_EQ(objective->share.stage, "");
  EXPECT_EQ(objective->expression, "within(1s){stage=steady} >= 99%");
}

TEST(ObjectiveTest, TheDefaultsAreMarkedAsSuch) {
  std::vector<std::string> expressions;
  for (const Objective& objective : DefaultObjectives()) {
    EXPECT_TRUE(objective.is_default);
    expressions.push_back(objective.expression);
  }
  EXPECT_THAT(expressions,
              testing::ElementsAre("within(1s) >= 99%", "error_rate < 0.1%", "dropped_syns == 0"));
}

}  // namespace
}  // namespace muster
