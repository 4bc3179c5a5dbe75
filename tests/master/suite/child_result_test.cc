#include "master/suite/child_result.h"

#include <gtest/gtest.h>

#include "master/report/json_report.h"
#include "tests/master/report/sample_summary.h"

namespace muster {
namespace {

TEST(ChildResultTest, AllFiguresOfARunComeFromItsResult) {
  RunSummary summary = SampleSummary();
  summary.counts.connects = summary.counts.requests_started / 4;
  summary.counts.slow_connect = 41;
  const auto result = ReadChildResult(JsonReport(summary), SuiteCommand::kRun);
  ASSERT_TRUE(result.ok()) << result.status();
  const CellFigures& figures = result->figures;
  EXPECT_EQ(figures.outcome, OutcomeName(summary.verdict.outcome));
  EXPECT_EQ(figures.reasons, summary.verdict.reasons);
  EXPECT_EQ(figures.exit_code, summary.exit_code);
  EXPECT_EQ(figures.findings.size(), summary.findings.size());
  EXPECT_EQ(figures.failed, summary.counts.failed);
  EXPECT_EQ(figures.dropped_syns, 41u);
  EXPECT_NEAR(*figures.reuse, 0.75, 1e-4);
  EXPECT_EQ(figures.median_ns, summary.latency.response_all.p50_ns);
  EXPECT_EQ(figures.p99_ns, summary.latency.response_all.p99_ns);
  const auto response = static_cast<size_t>(LatencyKind::kResponse);
  EXPECT_EQ(figures.mean_ns, summary.latency.by_kind[response].mean_ns);
  EXPECT_EQ(figures.max_ns, summary.latency.by_kind[response].max_ns);
  EXPECT_EQ(result->load_from, summary.started_at);
  EXPECT_EQ(result->load_length, summary.stages.back().to - RunTime());
}

TEST(ChildResultTest, TotalOverRateIsTheLength) {
  const RunSummary summary = SampleSummary();
  const auto result = ReadChildResult(JsonReport(summary), SuiteCommand::kRun);
  ASSERT_TRUE(result.ok());
  const CellFigures& figures = result->figures;
  EXPECT_NEAR(static_cast<double>(*figures.requests_total) / *figures.rate_per_s,
              *figures.duration_s, 0.5 / *figures.rate_per_s);
}

TEST(ChildResultTest, ASearchHasACapacityAndTheFiguresOfItsConfirmedLevel) {
  const char* json = R"({
    "capacity": {"axis": "users", "estimate_per_s": 1890.5, "low_per_s": 1790, "high_per_s": null,
                 "sustained_per_s": 1840, "failed_at_per_s": 1960, "at_least_per_s": null,
                 "limited_by": "within(100ms) >= 99%", "resolved": true, "confirmed": true,
                 "users": {"estimate": 45, "low": 40, "high": null, "sustained": 44,
                           "failed_at": 47, "at_least": null}, "text": "sustained"},
    "searches": [{"levels": [
      {"purpose": "hold", "verdict": "sustained", "completed": 1, "length_ns": 1},
      {"purpose": "confirm", "verdict": "failed", "completed": 2, "length_ns": 1},
      {"purpose": "confirm", "verdict": "sustained", "completed": 18305,
       "length_ns": 10000000000, "p50_ns": 5, "p99_ns": null, "dropped_syns": 0}]}],
    "verdict": {"outcome": "passed", "reasons": []}, "exit_code": 0})";
  const auto result = ReadChildResult(json, SuiteCommand::kFindCapacity);
  ASSERT_TRUE(result.ok()) << result.status();
  const CapacityFigures& capacity = *result->figures.capacity;
  EXPECT_EQ(capacity.per_s.estimate, 1890.5);
  EXPECT_EQ(capacity.per_s.high, std::nullopt);
  EXPECT_EQ(capacity.users->estimate, 45);
  EXPECT_TRUE(capacity.resolved);
  EXPECT_EQ(result->figures.rate_per_s, 1830.5);
  EXPECT_EQ(result->figures.requests_total, 18'305u);
  EXPECT_EQ(result->figures.duration_s, 10);
  EXPECT_EQ(result->figures.median_ns, 5);
  EXPECT_EQ(result->load_from, std::nullopt);
}

TEST(ChildResultTest, ASearchThatDemandedNothingHasNotFailed) {
  const auto outcome = [](const std::string& run, const std::string& resolved) {
    const auto result = ReadChildResult(
        R"({"run": )" + run + R"(, "capacity": {"axis": "rate", "resolved": )" + resolved +
            R"(}, "verdict": {"outcome": "failed", "reasons": ["why"]}, "exit_code": 1})",
        SuiteCommand::kFindCapacity);
    return result.ok() ? result->figures.outcome : Message(result.status());
  };
  EXPECT_EQ(outcome(R"({"at_least": null})", "false"), "not_resolved");
  EXPECT_EQ(outcome(R"({"at_least": 500})", "false"), "failed");
  EXPECT_EQ(outcome(R"({"at_least": null})", "true"), "failed");
}

TEST(ChildResultTest, SomethingElseIsNoResult) {
  for (const char* json : {"", "{", "{}", "[]", R"({"verdict": 1})"}) {
    EXPECT_FALSE(ReadChildResult(json, SuiteCommand::kRun).ok()) << json;
    EXPECT_FALSE(ReadChildResult(json, SuiteCommand::kFindCapacity).ok()) << json;
  }
}

}  // namespace
}  // namespace muster
