#include "master/findings/sample_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/master/findings/healthy_run.h"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(FewSamplesTest, OfAShortRun) {
  TestRun run = HealthyRun();
  run.summary.timeline.resize(1);
  run.summary.load_duration = Duration::Seconds(1);
  run.summary.stages[0].to = RunTime() + Duration::Seconds(1);
  AddUp(&run.summary);
  auto finding = Found(run, 7);
  ASSERT_TRUE(finding) << "1,000 samples";
  EXPECT_EQ(finding->severity, Severity::kNote) << "p99 has ten beyond it";
  EXPECT_THAT(finding->evidence, HasSubstr("p99.9 rests on 1 sample beyond it: run 30s"));

  run.summary.timeline[0].response = Summarize([] {
    Histogram few;
    few.RecordMany(3'000'000, 500);
    return few;
  }());
  AddUp(&run.summary);
  EXPECT_EQ(Found(run, 7)->severity, Severity::kWarning) << "p99 has five";
}

TEST(FewSamplesTest, SamplesThatDependOnEachOtherAreWorthLess) {
  TestRun run = HealthyRun();
  // Every slow answer of the run comes in one burst: 60,000 samples, one event.
  Histogram burst = HistogramOf(run.summary.timeline[31].response);
  burst.RecordMany(80'000'000, 500);
  run.summary.timeline[31].response = Summarize(burst);
  run.summary.timeline[31].completed = 1'500;
  AddUp(&run.summary);
  ASSERT_TRUE(Found(run, 7));
  EXPECT_THAT(Found(run, 7)->evidence, HasSubstr("p99 rests on"));
}

TEST(ThinkBoundTest, FlatOverLevels) {
  const TestRun run = HealthyRun(HealthyClosedSpec({500, 1'000}, Duration::Millis(990)));
  ASSERT_TRUE(Found(run, 9));
  EXPECT_THAT(Found(run, 9)->text, HasSubstr("users / cycle"));
  EXPECT_THAT(Found(run, 9)->evidence, HasSubstr("99.6 % of their cycle"));
  EXPECT_THAT(Found(run, 9)->evidence, HasSubstr("with 500, "));
}

TEST(ThinkBoundTest, ALatencyThatGrowsWithTheUsersIsTheTargets) {
  TestRun run = HealthyRun(HealthyClosedSpec({500, 1'000}, Duration::Millis(40)));
  for (int64_t second = 30; second < 60; ++second) {
    run.summary.timeline[static_cast<size_t>(second)] = HealthyRow(second, 2'600'000);
  }
  AddUp(&run.summary);
  EXPECT_FALSE(Found(run, 9));
}

TEST(ThinkBoundTest, AChangeThatTheCycleDoesNotFeelIsFlat) {
  for (const int think_ms : {59, 70}) {  // the median grows by 0.65 ms
    TestRun run = HealthyRun(HealthyClosedSpec({500, 1'000}, Duration::Millis(think_ms)));
    for (int64_t second = 30; second < 60; ++second) {
      run.summary.timeline[static_cast<size_t>(second)] = HealthyRow(second, 2'650'000);
    }
    AddUp(&run.summary);
    EXPECT_EQ(Found(run, 9).has_value(), think_ms == 70) << think_ms;
  }
}

TEST(ThinkBoundTest, OneLevelShowsNothingFlatSoItMustThinkForMore) {
  EXPECT_TRUE(Found(HealthyRun(HealthyClosedSpec({100}, Duration::Millis(60))), 9));
  EXPECT_FALSE(Found(HealthyRun(HealthyClosedSpec({100}, Duration::Millis(30))), 9));
  EXPECT_TRUE(Found(HealthyRun(HealthyClosedSpec({50, 100}, Duration::Millis(30))), 9));
  EXPECT_FALSE(Found(HealthyRun(HealthyClosedSpec({50, 100}, Duration::Millis(3))), 9));
}

TEST(ThinkBoundTest, WhatABusyGeneratorMeasuredFlatIsNoProof) {
  for (const int think_ms : {30, 60}) {  // 88 % and 94 % of the cycle
    TestRun run = HealthyRun(HealthyClosedSpec({50, 100}, Duration::Millis(think_ms)));
    EXPECT_TRUE(Found(run, 9)) << think_ms;
    run.summary.workers[1].red_seconds = 12;
    const auto red = Found(run, 9);
    ASSERT_EQ(red.has_value(), think_ms == 60);
    if (red) {
      EXPECT_THAT(red->evidence, Not(HasSubstr("median")));
    }
    run.summary.workers[1].red_seconds = 0;
    run.summary.verdict.generator_limited = true;
    EXPECT_EQ(Found(run, 9).has_value(), think_ms == 60) << "limited";
  }
}

TEST(ThinkBoundTest, ARateThatIsTheUsersIsNotSuspectedToBeTheGenerators) {
  for (const int think_ms : {0, 60}) {
    TestRun run = HealthyRun(HealthyClosedSpec({50, 100}, Duration::Millis(think_ms)));
    run.summary.workers[0].amber_seconds = 30;
    EXPECT_EQ(Found(run, 9).has_value(), think_ms == 60);
    ASSERT_TRUE(Found(run, 1));
    EXPECT_EQ(Found(run, 1)->text.find("may be its own") == std::string::npos, think_ms == 60);
  }
}

TEST(DriftTest, AWarmUpIsShownWithAndWithout) {
  TestRun run = HealthyRun();
  for (int64_t second = 0; second < 12; ++second) {
    run.summary.timeline[static_cast<size_t>(second)] = HealthyRow(second, 22'000'000);
  }
  AddUp(&run.summary);
  const auto finding = Found(run, 11);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->code, "warm_up");
  EXPECT_THAT(finding->text, HasSubstr("until 0:12"));
  EXPECT_THAT(finding->evidence, HasSubstr("p99 25."));
  EXPECT_THAT(finding->evidence, HasSubstr("without the part before"));
}

TEST(DriftTest, AStepLateInTheHold) {
  TestRun run = HealthyRun();
  for (int64_t second = 40; second < 60; ++second) {
    run.summary.timeline[static_cast<size_t>(second)] = HealthyRow(second, 8'000'000);
  }
  AddUp(&run.summary);
  ASSERT_TRUE(Found(run, 11));
  EXPECT_EQ(Found(run, 11)->code, "drift");
}

}  // namespace
}  // namespace muster
