#include "master/report/json_report.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/master/report/golden.h"
#include "tests/master/report/sample_summary.h"

namespace muster {
namespace {

using Json = nlohmann::ordered_json;

TEST(JsonReportTest, MatchesItsGoldenFile) {
  ExpectGolden("result.json", JsonReport(SampleSummary()));
}

TEST(JsonReportTest, ASummaryOfNothingIsValidWithNulls) {
  RunSummary nothing;
  nothing.model = "open";
  const std::string text = JsonReport(nothing);
  ExpectGolden("result_empty.json", text);
  const Json json = Json::parse(text);
  EXPECT_TRUE(json["latency"]["response_all"]["p99_ns"].is_null());
  EXPECT_EQ(json["errors"], Json::object());
  EXPECT_EQ(json["timeline"], Json::array());
}

// DESIGN.md, "The result's names (contract)".
TEST(JsonReportTest, HasTheContractsNamesInOrder) {
  const Json json = Json::parse(JsonReport(SampleSummary()));
  std::vector<std::string> keys;
  for (const auto& item : json.items()) keys.push_back(item.key());
  EXPECT_EQ(keys, (std::vector<std::string>{
                      "schema",    "tool",           "run",        "iterations", "not_started_by",
                      "requests",  "statuses",       "errors",     "flags",      "connections",
                      "latency",   "latency_failed", "by_name",    "by_tag",     "timeline",
                      "workers",   "losses",         "thresholds", "verdict",    "notes",
                      "exit_code", "findings",       "first_seen", "events",     "few_samples",
                      "stages",    "saturated",      "environment"}));
  keys.clear();
  for (const auto& item : json["latency"].items()) keys.push_back(item.key());
  EXPECT_EQ(keys,
            (std::vector<std::string>{"response", "response_all", "service", "wait", "lag", "onset",
                                      "connect", "tls", "first_byte", "idle_closed"}));
}

TEST(JsonReportTest, TimesAndCountsAreWholeNumbers) {
  const std::string text = JsonReport(SampleSummary());
  EXPECT_FALSE(std::regex_search(text, std::regex("_ns\": -?[0-9]+[.e]")));
  const Json json = Json::parse(text);
  EXPECT_TRUE(json["run"]["duration_ns"].is_number_integer());
  EXPECT_TRUE(json["requests"]["completed"].is_number_unsigned());
  EXPECT_EQ(json["run"]["started_at"], "2024-02-29T12:34:56.789Z");
}

TEST(JsonReportTest, APercentileAmongTheFailedIsNullAndTheOkOneIsNot) {
  const Json latency = Json::parse(JsonReport(SampleSummary()))["latency"];
  EXPECT_TRUE(latency["response_all"]["p999_ns"].is_null());
  EXPECT_TRUE(latency["response"]["p999_ns"].is_number_integer());
}

TEST(JsonReportTest, BadUtf8AndInfinitiesStillGiveJson) {
  RunSummary s = SampleSummary();
  s.name = "sh\xffop \"quoted\"\n";
  s.rate_per_s = INFINITY;
  s.thresholds[0].observed = NAN;
  const Json json = Json::parse(JsonReport(s));
  EXPECT_TRUE(json["requests"]["rate_per_s"].is_null());
  EXPECT_TRUE(json["thresholds"][0]["observed"].is_null());
}

TEST(JsonReportTest, ALossWithoutABoundHasNull) {
  RunSummary s = SampleSummary();
  s.losses = {Loss{"lab-2", RunTime::FromNanos(5), RunTime::FromNanos(9), 3, 7, std::nullopt},
              Loss{"lab-3", RunTime::FromNanos(5), RunTime::FromNanos(9), 3, 7, 4},
              Loss{"lab-4", RunTime::FromNanos(5), RunTime::FromNanos(9), {}, {}, 4}};
  const Json losses = Json::parse(JsonReport(s))["losses"];
  EXPECT_TRUE(losses[0]["at_most"].is_null());
  EXPECT_EQ(losses[1], Json::parse(R"({"worker":"lab-3","from_ns":5,"to_ns":9,"first":3,"last":7,
                                       "at_most":4})"));
  EXPECT_TRUE(losses[2]["first"].is_null() && losses[2]["last"].is_null());
}

TEST(JsonReportTest, FindingsCarryNumberWordsAndSeverity) {
  const Json findings = Json::parse(JsonReport(SampleSummary()))["findings"];
  ASSERT_EQ(findings.size(), 4u);
  EXPECT_EQ(findings[0]["severity"], "verdict");
  EXPECT_EQ(findings[1]["severity"], "warning");
  EXPECT_EQ(findings[3], Json::parse(R"({"number":12,"code":"clocks","severity":"note",
      "text":"clocks of workers agree to 200us","evidence":"lab-2: -1.25ms","advice":""})"));
}

TEST(JsonReportTest, ThePlansTextIsLeftOut) {
  const std::string text = JsonReport(SampleSummary());
  EXPECT_EQ(text.find("target: http"), std::string::npos);
  EXPECT_EQ(Json::parse(text)["environment"]["plan_file"], "plans/shop.yaml");
}

TEST(JsonReportTest, EveryOutcomeHasItsName) {
  EXPECT_EQ(OutcomeName(Outcome::kPassed), "passed");
  EXPECT_EQ(OutcomeName(Outcome::kThresholdFailed), "failed");
  EXPECT_EQ(OutcomeName(Outcome::kIncomplete), "incomplete");
  EXPECT_EQ(OutcomeName(Outcome::kGeneratorLimited), "generator_limited");
  EXPECT_EQ(OutcomeName(Outcome::kInterrupted), "interrupted");
  EXPECT_EQ(OutcomeName(Outcome::kInternalError), "internal_error");
}

TEST(JsonReportTest, AThresholdSaysWhereItBrokeAndWhatEndedTheRun) {
  RunSummary s = SampleSummary();
  EXPECT_EQ(Json::parse(JsonReport(s))["thresholds"][0]["windows"], nullptr);
  ThresholdResult& result = s.thresholds[0];
  result.threshold = *ParseThreshold("p99(response) < 400ms over 10s for 30s");
  result.worst_window = WorstWindow{RunTime::FromNanos(40'000'000'000),
                                    RunTime::FromNanos(50'000'000'000), std::nullopt, "failed"};
  result.windows_decided = 7;
  result.windows_passed_over = 2;
  result.aborted_at = RunTime::FromNanos(61'000'000'000);
  result.remark = "not enough samples in 2 windows";
  const Json threshold = Json::parse(JsonReport(s))["thresholds"][0];
  EXPECT_EQ(threshold["first_breach_ns"], 47'000'000'000);
  EXPECT_EQ(threshold["worst_window"]["start_ns"], 40'000'000'000);
  EXPECT_EQ(threshold["worst_window"]["end_ns"], 50'000'000'000);
  EXPECT_TRUE(threshold["worst_window"]["observed"].is_null());
  EXPECT_EQ(threshold["windows"], (Json{{"decided", 7}, {"passed_over", 2}}));
  EXPECT_EQ(threshold["aborted"], true);
  EXPECT_EQ(threshold["remark"], "not enough samples in 2 windows");
}

TEST(JsonReportTest, ValuesOfTagsHaveWhatNamesHave) {
  RunSummary s = SampleSummary();
  s.by_tag.push_back({"kind", "pay", s.by_name[1].counts, s.by_name[1].statuses,
                      s.by_name[1].latency, s.by_name[1].rate_per_s});
  const Json json = Json::parse(JsonReport(s));
  Json name = json["by_name"][1];
  Json tag = json["by_tag"][0];
  EXPECT_EQ(tag["key"], "kind");
  EXPECT_EQ(tag["value"], "pay");
  tag.erase("key");
  tag.erase("value");
  name.erase("name");
  EXPECT_EQ(tag, name);
}

}  // namespace
}  // namespace muster
