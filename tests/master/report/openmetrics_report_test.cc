#include "master/report/openmetrics_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/master/report/golden.h"
#include "tests/master/report/sample_summary.h"

namespace muster {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(OpenMetricsReportTest, Golden) {
  ExpectGolden("result.openmetrics", OpenMetricsReport(SampleSummary()));
  ExpectGolden("result_empty.openmetrics", OpenMetricsReport(RunSummary()));
}

// GitLab would show every metric as new in every run.
TEST(OpenMetricsReportTest, NoLabelTellsOneRunFromAnother) {
  RunSummary other = SampleSummary();
  other.id = "another";
  other.seed = 1234567;
  other.started_at = WallTime::FromNanos(1);
  EXPECT_EQ(OpenMetricsReport(other), OpenMetricsReport(SampleSummary()));
}

TEST(OpenMetricsReportTest, APercentileAmongTheFailedIsInfinite) {
  const std::string text = OpenMetricsReport(SampleSummary());
  EXPECT_THAT(text, HasSubstr("muster_response_seconds{quantile=\"0.999\"} +Inf\n"));
  EXPECT_THAT(OpenMetricsReport(RunSummary()),
              HasSubstr("muster_response_seconds{quantile=\"0.5\"} NaN\n"));
  EXPECT_THAT(text, EndsWith("\n# EOF\n"));
}

TEST(OpenMetricsReportTest, LabelsAreEscaped) {
  RunSummary s = SampleSummary();
  s.by_name[0].name = "a\\b \"c\"\nd\xff";
  EXPECT_THAT(OpenMetricsReport(s), HasSubstr("{name=\"a\\\\b \\\"c\\\"\\nd\uFFFD\"}"));
}

TEST(OpenMetricsReportTest, AThresholdGivenTwiceHasTwoSamples) {
  RunSummary s = SampleSummary();
  s.thresholds = {s.thresholds[2], s.thresholds[2]};
  const std::string text = OpenMetricsReport(s);
  EXPECT_THAT(text, HasSubstr("passed{expression=\"error_rate < 1%\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("passed{expression=\"error_rate < 1%\",n=\"2\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("n=\"3\"")));
}

}  // namespace
}  // namespace muster
