#include "master/report/hgrm_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/master/report/golden.h"
#include "tests/master/report/sample_summary.h"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(HgrmReportTest, Golden) { ExpectGolden("result.hgrm", HgrmReport(SampleSummary().latency)); }

TEST(HgrmReportTest, NothingIsATableWithoutRows) {
  const std::string text = HgrmReport(LatencyTable());
  EXPECT_THAT(text, HasSubstr("1/(1-Percentile)\n\n#[Mean"));
  EXPECT_THAT(text, HasSubstr("Total count    =            0]"));
}

TEST(HgrmReportTest, SaysHowManyAreInNoRow) {
  LatencyTable latency;
  latency.by_kind[0] = Summarize(SampleHistogram(8, {1, 2, 3, 4, 5, 6, 7}));
  latency.response_all = latency.by_kind[0];
  EXPECT_THAT(HgrmReport(latency), Not(HasSubstr("in no row")));
  latency.response_all.count = 10;
  EXPECT_THAT(HgrmReport(latency), HasSubstr("#[Failed or not started, in no row: 2 of 10"));
}

}  // namespace
}  // namespace muster
