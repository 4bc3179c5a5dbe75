#include "master/report/csv_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/master/report/golden.h"
#include "tests/master/report/sample_summary.h"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kPercentileColumns = "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%";

std::vector<std::string> CsvLines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    EXPECT_TRUE(line.ends_with('\r')) << line;
    lines.push_back(line.substr(0, line.size() - 1));
  }
  return lines;
}

TEST(CsvReportTest, Golden) {
  const CsvReport csv = MakeCsvReport(SampleSummary());
  ExpectGolden("result_stats.csv", csv.stats);
  ExpectGolden("result_stats_history.csv", csv.history);
  ExpectGolden("result_failures.csv", csv.failures);
}

// Locust 2.12.1, stats.py.
TEST(CsvReportTest, ColumnsAreLocusts) {
  const CsvReport csv = MakeCsvReport(RunSummary());
  EXPECT_EQ(CsvLines(csv.stats)[0],
            std::string("Type,Name,Request Count,Failure Count,Median Response Time,Average "
                        "Response Time,Min Response Time,Max Response Time,Average Content "
                        "Size,Requests/s,Failures/s,") +
                kPercentileColumns);
  EXPECT_EQ(CsvLines(csv.history)[0],
            std::string("Timestamp,User Count,Type,Name,Requests/s,Failures/s,") +
                kPercentileColumns +
                ",Total Request Count,Total Failure Count,Total Median Response Time,Total Average "
                "Response Time,Total Min Response Time,Total Max Response Time,Total Average "
                "Content Size");
  EXPECT_EQ(CsvLines(csv.failures)[0], "Method,Name,Error,Occurrences");
}

TEST(CsvReportTest, NothingIsNotAvailable) {
  const std::vector<std::string> lines = CsvLines(MakeCsvReport(RunSummary()).stats);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[1],
            ",Aggregated,0,0,0,0,0,0,0,0.000000,0.000000,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,"
            "N/A,N/A,N/A");
}

TEST(CsvReportTest, AggregatedIsLastAndTheSumOfTheNames) {
  const std::vector<std::string> lines = CsvLines(MakeCsvReport(SampleSummary()).stats);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_THAT(lines[1], StartsWith("GET,home,261073,120,"));
  EXPECT_THAT(lines[2], StartsWith("POST,buy,28998,8,"));
  EXPECT_THAT(lines[3], StartsWith(",Aggregated,290071,128,"));
}

TEST(CsvReportTest, APercentileAmongTheFailedIsNotAvailable) {
  RunSummary s;
  NameSummary name;
  name.name = "n";
  name.counts.completed = 90;
  name.counts.failed = 10;
  name.latency.response_all = Summarize(
      SampleHistogram(
          90, {1'500'000, 1'500'000, 1'500'000, 1'500'000, 1'500'000, 1'500'000, 1'500'000}),
      100);
  s.by_name = {name};
  EXPECT_THAT(CsvLines(MakeCsvReport(s).stats)[1],
              HasSubstr(",1.5,1.5,1.5,1.5,1.5,N/A,N/A,N/A,N/A,N/A,N/A"));
}

TEST(CsvReportTest, HistoryTotalsGrowRowByRow) {
  const std::vector<std::string> lines = CsvLines(MakeCsvReport(SampleSummary()).history);
  ASSERT_EQ(lines.size(), 6u);  // the head, three of the run, two of the name that was kept
  EXPECT_THAT(lines[1], StartsWith("1709210097,,POST,buy,198.000000,0.000000,"));
  EXPECT_THAT(lines[2], StartsWith("1709210097,,,Aggregated,1976.000000,0.000000,"));
  EXPECT_THAT(lines[4], StartsWith("1709210098,,,Aggregated,1997.000000,3.000000,"));
  EXPECT_THAT(lines[4], HasSubstr(",3976,3,"));
  EXPECT_THAT(lines[5], HasSubstr(",N/A,3976,3,"));
}

TEST(CsvReportTest, ANamesRowThatEndsAfterTheRunsIsNotLost) {
  RunSummary s = SampleSummary();
  s.by_name[1].timeline[1].end = RunTime::FromNanos(4'000'000'000);
  const std::vector<std::string> lines = CsvLines(MakeCsvReport(s).history);
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_THAT(lines[4], HasSubstr(",POST,buy,"));
  EXPECT_THAT(lines[5], HasSubstr(",,Aggregated,"));
}

TEST(CsvReportTest, NamesAreQuotedWhereTheyMustBe) {
  RunSummary s;
  s.by_name.resize(2);
  s.by_name[0].name = "a,\"b\"";
  s.by_name[1].name = "plain name";
  const std::vector<std::string> lines = CsvLines(MakeCsvReport(s).stats);
  EXPECT_THAT(lines[1], StartsWith(",\"a,\"\"b\"\"\",0,"));
  EXPECT_THAT(lines[2], StartsWith(",plain name,0,"));
}

TEST(CsvReportTest, FailuresAreByClassAndUnexpected) {
  const std::vector<std::string> lines = CsvLines(MakeCsvReport(SampleSummary()).failures);
  EXPECT_EQ(lines[1], "GET,home,receive_reset,14");
  EXPECT_EQ(lines.back(), "POST,buy,timeout,8");
  EXPECT_THAT(MakeCsvReport(SampleSummary()).failures, HasSubstr("GET,home,unexpected,12\r\n"));
}

}  // namespace
}  // namespace muster
