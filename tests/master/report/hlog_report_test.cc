#include "master/report/hlog_report.h"

#include <gtest/gtest.h>

#include "common/stats/hlog.h"
#include "tests/master/report/golden.h"
#include "tests/master/report/sample_summary.h"

namespace muster {
namespace {

TEST(HlogReportTest, Golden) { ExpectGolden("result.hlog", HlogReport(SampleSummary())); }

TEST(HlogReportTest, ReadsBackAsTheTimeLines) {
  const RunSummary s = SampleSummary();
  const auto intervals = ReadHlog(HlogReport(s));
  ASSERT_TRUE(intervals.ok()) << intervals.status();
  ASSERT_EQ(intervals->size(), 5u);  // three of the run's, two of the name whose time line was kept
  const char* tags[] = {"", "buy", "", "buy", ""};
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ((*intervals)[i].tag, tags[i]) << i;
  const HlogInterval& second = (*intervals)[2];
  EXPECT_EQ(second.start, s.timeline[1].start);
  EXPECT_EQ(second.length, Duration::Seconds(1));
  EXPECT_EQ(second.histogram.count(), s.timeline[1].completed);
  EXPECT_EQ(second.histogram.ValueAtPercentile(99'000), s.timeline[1].response.p99_ns);
  EXPECT_EQ((*intervals)[4].histogram.count(), 0u) << "an empty interval of the run stays";
}

TEST(HlogReportTest, EmptyIntervalsOfANameAreLeftOut) {
  RunSummary s = SampleSummary();
  s.by_name[1].timeline.push_back(SampleRow(2, 0));
  EXPECT_EQ(ReadHlog(HlogReport(s))->size(), 5u);
}

TEST(HlogReportTest, ATagHasNoCommaOrBlank) {
  RunSummary s = SampleSummary();
  s.by_name[1].name = "GET /a, b\nTag=x";
  EXPECT_EQ((*ReadHlog(HlogReport(s)))[1].tag, "GET_/a__b_Tag=x");
}

}  // namespace
}  // namespace muster
