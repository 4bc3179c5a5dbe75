#include "master/compare/run_figures.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "master/report/json_report.h"
#include "tests/master/report/sample_summary.h"

namespace muster {
namespace {

using Json = nlohmann::json;

Json Result() { return Json::parse(JsonReport(SampleSummary())); }

RunFigures ReadOk(const Json& json) {
  auto run = ReadRunFigures(json.dump(), "a.json");
  EXPECT_TRUE(run.ok()) << run.status();
  return run.ok() ? *std::move(run) : RunFigures{};
}

std::string ErrorOf(const std::string& text) {
  return Message(ReadRunFigures(text, "a.json").status());
}

TEST(RunFiguresTest, AResultIsReadAsItWasWritten) {
  RunSummary summary = SampleSummary();
  summary.load_hash = "abcd";
  const RunFigures run = ReadOk(Json::parse(JsonReport(summary)));
  EXPECT_EQ(run.source, "a.json");
  EXPECT_EQ(run.id, summary.id);
  EXPECT_EQ(run.name, "shop");
  EXPECT_EQ(run.model, "open");
  EXPECT_EQ(run.plan_hash, summary.plan_hash);
  EXPECT_EQ(run.load_hash, "abcd");
  EXPECT_EQ(run.tool_version, summary.tool_version);
  EXPECT_EQ(run.outcome, "failed");
  EXPECT_EQ(run.started_at, summary.started_at);
  EXPECT_EQ(run.due, summary.counts.due);
  EXPECT_EQ(run.workers, summary.workers.size());
  const LatencySummary& response = summary.latency.response_all;
  EXPECT_EQ(run.all.due, response.count);
  EXPECT_EQ(run.all.of(CompareMetric::kP50), static_cast<double>(*response.p50_ns));
  EXPECT_EQ(run.all.of(CompareMetric::kP95), static_cast<double>(*response.p95_ns));
  EXPECT_EQ(run.all.of(CompareMetric::kP99), static_cast<double>(*response.p99_ns));
  EXPECT_EQ(run.all.of(CompareMetric::kMean), static_cast<double>(*response.mean_ns));
  ASSERT_EQ(run.by_name.size(), summary.by_name.size());
  EXPECT_EQ(run.by_name[1].first, "buy");
}

TEST(RunFiguresTest, ErrorsAndRatesAreThoseOfTheMeasuredRequests) {
  const RunFigures run = ReadOk(Result());
  EXPECT_EQ(run.all.ended, run.by_name[0].second.ended + run.by_name[1].second.ended);
  EXPECT_EQ(run.all.errors, run.by_name[0].second.errors + run.by_name[1].second.errors);
  EXPECT_NEAR(*run.all.of(CompareMetric::kRate), 1739.4 + 193.3, 1e-9);
  EXPECT_NEAR(*run.all.of(CompareMetric::kErrorRate),
              static_cast<double>(run.all.errors) / static_cast<double>(run.all.ended), 1e-15);
}

TEST(RunFiguresTest, AnOlderResultHasLess) {
  Json json = Result();
  json["run"].erase("load_hash");
  json["run"].erase("started_at");
  for (const char* key : {"by_name", "timeline", "workers", "iterations", "notes", "flags"}) {
    json.erase(key);
  }
  const RunFigures run = ReadOk(json);
  EXPECT_EQ(run.load_hash, "");
  EXPECT_EQ(run.started_at, std::nullopt);
  EXPECT_EQ(run.all.ended, 289'955U + 116U);
  EXPECT_EQ(run.all.errors, 116U + 12U);
  EXPECT_EQ(run.all.of(CompareMetric::kRate), 1932.7);
}

TEST(RunFiguresTest, ANewerResultMayHaveMore) {
  Json json = Result();
  json["surprise"] = {1, 2};
  json["run"]["more"] = Json::object();
  EXPECT_EQ(ReadOk(json).id, SampleSummary().id);
}

TEST(RunFiguresTest, APercentileAmongTheFailedIsNoFigure) {
  Json json = Result();
  json["latency"]["response_all"]["p99_ns"] = nullptr;
  const RunFigures run = ReadOk(json);
  EXPECT_EQ(run.all.of(CompareMetric::kP99), std::nullopt);
  EXPECT_GT(run.all.due, 0U);
}

TEST(RunFiguresTest, WhatIsNoResultIsSaidInOneLine) {
  EXPECT_EQ(ErrorOf(""), "a.json: no JSON");
  EXPECT_EQ(ErrorOf("{"), "a.json: no JSON");
  EXPECT_EQ(ErrorOf("[]"), "a.json: the result is no object");
  EXPECT_EQ(ErrorOf("{}"), "a.json: no muster-result/1; write it by muster run --out json=FILE");
  for (const auto& [pointer, value, error] :
       std::vector<std::tuple<std::string, Json, std::string>>{
           {"/schema", "muster-result/2", "no muster-result/1"},
           {"/run", 5, "run is no object"},
           {"/run/id", 5, "run.id is no text"},
           {"/verdict/outcome", Json(), "verdict.outcome is no text"},
           {"/latency/response_all/p50_ns", "1ms", "response_all.p50_ns is no number"},
           {"/latency/response_all/p50_ns", -1, "response_all.p50_ns is no number"},
           {"/by_name", 7, "by_name is no list"},
           {"/by_name/1/requests/failed", 1.5, "by_name[1].requests.failed is no count"},
           {"/by_name/0", "home", "by_name[0] is no object"}}) {
    Json json = Result();
    json[Json::json_pointer(pointer)] = value;
    const std::string text = ErrorOf(json.dump());
    EXPECT_NE(text.find(error), std::string::npos) << pointer << ": " << text;
    EXPECT_EQ(text.find('\n'), std::string::npos);
  }
  for (const char* key : {"/run/id", "/run/model", "/run/plan_hash", "/verdict/outcome",
                          "/latency/response_all", "/requests"}) {
    const Json json = Result().patch({{{"op", "remove"}, {"path", key}}});
    EXPECT_NE(ErrorOf(json.dump()).find(" is missing"), std::string::npos) << key;
  }
}

TEST(RunFiguresTest, DeeplyNestedTextDoesNoHarm) {
  EXPECT_EQ(ErrorOf(std::string(1'000'000, '[')), "a.json: no JSON");
  EXPECT_FALSE(ErrorOf(std::string(100'000, '[') + std::string(100'000, ']')).empty());
}

}  // namespace
}  // namespace muster
