#include "master/report/junit_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/master/report/golden.h"
#include "tests/master/report/sample_summary.h"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(JunitReportTest, Golden) { ExpectGolden("junit.xml", JunitReport(SampleSummary())); }

TEST(JunitReportTest, APassedRunHasNoFailure) {
  RunSummary s = SampleSummary();
  s.thresholds = {SampleThreshold("error_rate < 1%", 0, "0 %", true)};
  s.verdict = Verdict{Outcome::kPassed, true, true, false, false, {}};
  s.exit_code = 0;
  const std::string xml = JunitReport(s);
  EXPECT_THAT(xml, HasSubstr("tests=\"2\" failures=\"0\" errors=\"0\""));
  EXPECT_THAT(xml, Not(HasSubstr("<failure")));
  EXPECT_THAT(xml, Not(HasSubstr("<error")));
}

// The target is not to blame for what a run without a verdict shows.
TEST(JunitReportTest, ARunWithoutAVerdictHasErrorsAlone) {
  for (const auto& [outcome, code] : {std::pair{Outcome::kIncomplete, 3},
                                      {Outcome::kGeneratorLimited, 4},
                                      {Outcome::kInterrupted, 5},
                                      {Outcome::kInternalError, 70}}) {
    RunSummary s = SampleSummary();
    s.verdict.outcome = outcome;
    s.verdict.reasons.insert(s.verdict.reasons.begin(), "worker lab-2 <died>");
    s.exit_code = code;
    const std::string xml = JunitReport(s);
    EXPECT_THAT(xml, HasSubstr("failures=\"0\" errors=\"2\"")) << code;
    EXPECT_THAT(xml, HasSubstr("message=\"worker lab-2 &lt;died&gt;\"")) << code;
  }
}

TEST(JunitReportTest, NoDataIsAFailure) {
  RunSummary s = SampleSummary();
  s.thresholds = {SampleThreshold("p99(response) < 1s", 0, "no data", false)};
  s.verdict.reasons = {"nothing completed at all"};
  const std::string xml = JunitReport(s);
  EXPECT_THAT(xml, HasSubstr("failures=\"2\" errors=\"0\""));
  EXPECT_THAT(xml, HasSubstr("message=\"nothing completed at all\""));
  EXPECT_THAT(xml, Not(HasSubstr("skipped")));
}

TEST(JunitReportTest, FindingsAreTheSuitesOutput) {
  const std::string xml = JunitReport(SampleSummary());
  EXPECT_THAT(xml, HasSubstr("<system-out>verdict: 341 of 290,412"));
  EXPECT_THAT(xml, HasSubstr("advice: a stage of 5m would do"));
  EXPECT_THAT(JunitReport(RunSummary()), Not(HasSubstr("<system-out>")));
}

TEST(JunitReportTest, RemarksOnAFailedThresholdAreInItsText) {
  RunSummary s = SampleSummary();
  s.thresholds[0].remark = "not enough samples in 3 windows";
  s.thresholds[1].remark = "of one that passed";
  const std::string xml = JunitReport(s);
  EXPECT_NE(xml.find("first breach at 0:47 of the run&#10;not enough samples in 3 windows&#10;<"),
            std::string::npos)
      << xml;
  EXPECT_EQ(xml.find("of one that passed"), std::string::npos);
}

}  // namespace
}  // namespace muster
