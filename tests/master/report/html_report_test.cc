#include "master/report/html_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "master/report/json_report.h"
#include "tests/master/report/golden.h"
#include "tests/master/report/sample_summary.h"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::ordered_json;

std::string Between(const std::string& text, const std::string& from, const std::string& to) {
  const size_t start = text.find(from);
  EXPECT_NE(start, text.npos) << from;
  return text.substr(start + from.size(), text.find(to, start) - start - from.size());
}

std::string DataOf(const std::string& page) {
  return Between(page, "<script type=\"application/json\" id=\"data\">", "</script>");
}

// The page without its data holds what a designer changes and a package brings: it has no golden
// file.
TEST(HtmlReportTest, DataMatchTheirGoldenFile) {
  ExpectGolden("html_data.json", Json::parse(HtmlData(SampleSummary())).dump(1) + "\n");
}

TEST(HtmlReportTest, TheDataHoldTheJsonReport) {
  Json result = Json::parse(JsonReport(SampleSummary()));
  const Json data = Json::parse(DataOf(HtmlReport(SampleSummary())));
  EXPECT_EQ(data["time"]["completed"].size(), result["timeline"].size());
  EXPECT_EQ(data["time"]["p99"][1], result["timeline"][1]["response"]["p99_ns"]);
  result.erase("timeline");
  EXPECT_EQ(data["result"], result);
}

TEST(HtmlReportTest, NothingInTheDataEndsTheirElement) {
  RunSummary s = SampleSummary();
  s.by_name[0].name = "</script><script>alert(1)</script><!-- & \xE2\x80\xA8\xE2\x80\xA9";
  s.environment.plan_text = "{{style}} \xff";
  const std::string page = HtmlReport(s);
  const std::string data = DataOf(page);
  EXPECT_THAT(data, Not(HasSubstr("<")));
  EXPECT_THAT(data, Not(HasSubstr("\xE2\x80\xA8")));
  EXPECT_EQ(Json::parse(data)["result"]["by_name"][0]["name"], s.by_name[0].name);
  EXPECT_EQ(Json::parse(data)["plan_text"], "{{style}} \uFFFD") << "what was put in stays";
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
}

TEST(HtmlReportTest, TheTitleAndThePlainTextAreEscaped) {
  RunSummary s = SampleSummary();
  s.name = "a<b>&\"c\"";
  const std::string page = HtmlReport(s);
  EXPECT_THAT(page, HasSubstr("<title>a&lt;b&gt;&amp;&quot;c&quot;: failed - Muster</title>"));
  EXPECT_THAT(Between(page, "<pre id=\"plain\">", "</pre>"), HasSubstr("FAILED  a&lt;b>&amp;"));
}

TEST(HtmlReportTest, EveryPlaceIsFilledAndNothingIsFetched) {
  const std::string page = HtmlReport(SampleSummary());
  for (const char* there : {"Dygraph", "Permission is hereby granted", "default-src 'none'"}) {
    EXPECT_NE(page.find(there), page.npos) << there;
  }
  for (const char* fetched :
       {"{{title}}", "{{style}}", "{{chart_style}}", "{{plain}}", "{{data}}", "{{chart_license}}",
        "{{chart_library}}", "{{script}}", " src=", "@import", "url(", "sourceMappingURL="}) {
    EXPECT_EQ(page.find(fetched), page.npos) << fetched;
  }
}

TEST(HtmlReportTest, ALongRunsTableHasFortyWindowsThatAddUp) {
  RunSummary s = SampleSummary();
  s.timeline.clear();
  for (int64_t i = 0; i < 4'095; ++i) s.timeline.push_back(SampleRow(i, i % 50 == 0 ? 20 : 0));
  const Json windows = Json::parse(HtmlData(s))["windows"];
  EXPECT_EQ(windows["start"].size(), 40u);
  uint64_t completed = 0;
  for (const Json& n : windows["completed"]) completed += n.get<uint64_t>();
  EXPECT_EQ(completed, 82u * 20);
  EXPECT_EQ(windows["end"].back(), 4'095'000'000'000);
}

TEST(HtmlReportTest, CurvesEndAmongTheFailed) {
  const Json curves = Json::parse(HtmlData(SampleSummary()))["curves"];
  EXPECT_LT(curves["response_all"].size(), curves["response"].size());
  RunSummary all_completed = SampleSummary();
  all_completed.latency.response_all = all_completed.latency.by_kind[0];
  EXPECT_FALSE(Json::parse(HtmlData(all_completed))["curves"].contains("response"));
}

TEST(HtmlReportTest, ASeedBeyondAScriptsNumbersIsText) {
  RunSummary s = SampleSummary();
  s.seed = UINT64_MAX;
  EXPECT_EQ(Json::parse(HtmlData(s))["text"]["seed"], "18446744073709551615");
}

}  // namespace
}  // namespace muster
