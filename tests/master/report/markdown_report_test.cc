#include "master/report/markdown_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/master/report/golden.h"
#include "tests/master/report/sample_summary.h"

namespace muster {
namespace {

using ::testing::HasSubstr;

TEST(MarkdownReportTest, Golden) { ExpectGolden("result.md", MarkdownReport(SampleSummary())); }

TEST(MarkdownReportTest, ANameIsTextAlone) {
  RunSummary s = SampleSummary();
  s.name = "a|b [x](http://y) <img> @all\n# c";
  EXPECT_THAT(MarkdownReport(s),
              HasSubstr("## a\\|b \\[x\\]\\(http://y\\) \\<img\\> \\@all \\# c: failed"));
}

TEST(MarkdownReportTest, ARunWithoutAVerdictSaysSo) {
  RunSummary s = SampleSummary();
  s.verdict.outcome = Outcome::kGeneratorLimited;
  EXPECT_THAT(MarkdownReport(s), HasSubstr("generator-limited: no verdict on the target"));
}

TEST(MarkdownReportTest, FindingsStandWithEvidenceAndAdvice) {
  EXPECT_THAT(MarkdownReport(SampleSummary()),
              HasSubstr("- **warning** too few independent samples for p99.9: 52 effective samples "
                        "beyond it, 100 wanted. *a stage of 5m would do*\n"));
}

TEST(MarkdownReportTest, RemarksHaveAColumn) {
  RunSummary s = SampleSummary();
  s.thresholds[0].aborted_at = RunTime::FromNanos(50'000'000'000);
  s.thresholds[0].remark = "not enough samples in 3 windows";
  EXPECT_NE(MarkdownReport(s).find("| 0:47 | ended the run at 0:50, not enough samples in 3 "
                                   "windows |"),
            std::string::npos)
      << MarkdownReport(s);
}

}  // namespace
}  // namespace muster
