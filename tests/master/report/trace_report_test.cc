#include "master/report/trace_report.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(TraceReportTest, OneLineForEachNumber) {
  const std::vector<TraceEntry> entries = {{0, RunTime::FromNanos(0), true},
                                           {1, RunTime::FromNanos(500'000), false},
                                           {10, RunTime::FromNanos(5'000'000'000), true}};
  EXPECT_EQ(TraceReport(entries), "0 0 1\n1 500000 0\n10 5000000000 1\n");
  EXPECT_EQ(TraceReport({}), "");
}

TEST(TraceReportDeathTest, UnsortedEntriesAreOurOwnBug) {
  const std::vector<TraceEntry> entries = {{2, RunTime(), true}, {1, RunTime(), true}};
  EXPECT_DEATH(TraceReport(entries), "is_sorted");
}

}  // namespace
}  // namespace muster
