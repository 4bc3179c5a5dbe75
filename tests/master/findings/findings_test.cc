#include "master/findings/findings.h"

#include <gtest/gtest.h>

#include "tests/master/findings/healthy_run.h"

namespace muster {
namespace {

// The silent twin of every provoking test in this folder.
TEST(FindingsTest, NothingIsFoundInAHealthyRun) {
  for (const Finding& finding : FindAll(*HealthyRun().plan, HealthyRun().summary)) {
    ADD_FAILURE() << finding.code << ": " << finding.text << "; " << finding.evidence;
  }
  const TestRun closed = HealthyRun(HealthyClosedSpec({50, 100}));
  for (const Finding& finding : FindAll(*closed.plan, closed.summary)) {
    ADD_FAILURE() << finding.code << ": " << finding.text << "; " << finding.evidence;
  }
}

TEST(FindingsTest, ARunInWhichNothingHappenedIsNoReasonToFail) {
  TestRun run = HealthyRun();
  run.summary = RunSummary();
  EXPECT_TRUE(FindAll(*run.plan, run.summary).empty());
}

TEST(FindingsTest, WorstFirstAndEachWithAllItsWords) {
  TestRun run = HealthyRun();
  run.summary.counts.compressed = 60'000;                                        // a note
  run.summary.counts.slow_connect = 3;                                           // a warning
  run.summary.counts.not_started[static_cast<size_t>(NotStarted::kLate)] = 600;  // a verdict
  const auto findings = FindAll(*run.plan, run.summary);
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_EQ(findings[0].number, 3);
  EXPECT_EQ(findings[1].number, 5);
  EXPECT_EQ(findings[2].number, 14);
  for (const Finding& finding : findings) {
    EXPECT_FALSE(finding.code.empty() || finding.text.empty() || finding.evidence.empty() ||
                 finding.advice.empty())
        << finding.code;
  }
}

TEST(FindingsTest, CountsAreWords) {
  EXPECT_EQ(CountOf(1, "SYN"), "1 SYN");
  EXPECT_EQ(CountOf(1'200, "SYN"), "1,200 SYNs");
}

}  // namespace
}  // namespace muster
