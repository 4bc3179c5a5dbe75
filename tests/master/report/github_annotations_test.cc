#include "master/report/github_annotations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/master/report/golden.h"
#include "tests/master/report/sample_summary.h"

namespace muster {
namespace {

using ::testing::HasSubstr;

RunSummary FailedAt(const std::string& where) {
  RunSummary s;
  s.thresholds = {SampleThreshold("error_rate < 1%", 0.05, "5 %", false)};
  s.thresholds[0].where = where;
  return s;
}

TEST(GithubAnnotationsTest, Golden) {
  ExpectGolden("annotations.txt", GithubAnnotations(SampleSummary(), "load/"));
}

TEST(GithubAnnotationsTest, AThresholdStandsAtItsLine) {
  const std::string message = "::threshold failed: error_rate < 1%25, observed 5 %25\n";
  EXPECT_EQ(GithubAnnotations(FailedAt("plan.yaml:22:5"), ""),
            "::error file=plan.yaml,line=22,col=5" + message);
  EXPECT_EQ(GithubAnnotations(FailedAt("plan.yaml:22:5"), "ci/"),
            "::error file=ci/plan.yaml,line=22,col=5" + message);
  EXPECT_EQ(GithubAnnotations(FailedAt("/p/plan.yaml:22:5"), "ci/"),
            "::error file=/p/plan.yaml,line=22,col=5" + message);
  for (const char* where : {"", "--threshold", "<stdin>:22:5", "plan.yaml", ":1:2", "a:b:2"}) {
    EXPECT_EQ(GithubAnnotations(FailedAt(where), "ci/"), "::error" + message) << where;
  }
}

TEST(GithubAnnotationsTest, NothingEndsACommandOrAPropertyEarly) {
  RunSummary s = FailedAt("a:b,c%\r\n.yaml:1:2");
  s.thresholds[0].observed_text = "5\n::error::x\r";
  EXPECT_EQ(GithubAnnotations(s, ""),
            "::error file=a%3Ab%2Cc%25%0D%0A.yaml,line=1,col=2::threshold failed: error_rate < "
            "1%25, observed 5%0A::error::x%0D\n");
}

TEST(GithubAnnotationsTest, APassedRunSaysNothing) {
  RunSummary s = FailedAt("plan.yaml:22:5");
  s.thresholds[0].passed = true;
  s.findings = {{12, "clocks", Severity::kNote, "a note", "", ""}};
  EXPECT_EQ(GithubAnnotations(s, ""), "");
}

TEST(GithubAnnotationsTest, NoMoreOfEachThanGitHubShows) {
  RunSummary s = FailedAt("");
  s.thresholds.resize(20, s.thresholds[0]);
  s.findings.resize(20, {5, "dropped_syns", Severity::kWarning, "w", "", ""});
  const std::string text = GithubAnnotations(s, "");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 20);
  EXPECT_THAT(text, HasSubstr("::warning::w\n"));
}

}  // namespace
}  // namespace muster
