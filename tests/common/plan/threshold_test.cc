#include "common/plan/threshold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace muster {
namespace {

using ::testing::HasSubstr;
using Metric = Threshold::Metric;
using Op = Threshold::Op;

Threshold Parse(std::string_view text) { return ParseThreshold(text).value(); }

TEST(ThresholdTest, WithinOfAStage) {
  const Threshold t = Parse("within(250ms){stage=steady} >= 99%");
  EXPECT_EQ(t.metric, Metric::kWithin);
  EXPECT_EQ(t.within, Duration::Millis(250));
  EXPECT_EQ(t.stage, "steady");
  EXPECT_EQ(t.name, "");
  EXPECT_EQ(t.op, Op::kGreaterEqual);
  EXPECT_EQ(t.limit, 0.99);
  EXPECT_EQ(t.expression, "within(250ms){stage=steady} >= 99%");
  EXPECT_FALSE(t.is_default);
}

TEST(ThresholdTest, PercentileOfTheResponseHoldsAllThatWasDue) {
  const Threshold t = Parse("p99(response){name=buy} < 400ms");
  EXPECT_EQ(t.metric, Metric::kPercentile);
  EXPECT_EQ(t.percentile_millis, 99'000U);
  EXPECT_EQ(t.latency, LatencyKind::kResponse);
  EXPECT_FALSE(t.ok_only);
  EXPECT_EQ(t.name, "buy");
  EXPECT_EQ(t.op, Op::kLess);
  EXPECT_EQ(t.limit, 400e6);
}

TEST(ThresholdTest, EverythingElseIsOfCompletedRequestsAlone) {
  EXPECT_TRUE(Parse("p99(response, ok) < 400ms").ok_only);
  EXPECT_TRUE(Parse("p99(service) < 400ms").ok_only);
  EXPECT_TRUE(Parse("p99(service,ok) < 400ms").ok_only);
  EXPECT_TRUE(Parse("mean(response) < 400ms").ok_only);
}

TEST(ThresholdTest, MeansAndExtremes) {
  EXPECT_EQ(Parse("mean(service) < 1s").metric, Metric::kMean);
  EXPECT_EQ(Parse("min(service) < 1s").metric, Metric::kMin);
  const Threshold t = Parse("max(service) < 1s");
  EXPECT_EQ(t.metric, Metric::kMax);
  EXPECT_EQ(t.latency, LatencyKind::kService);
  EXPECT_EQ(t.limit, 1e9);
}

TEST(ThresholdTest, EveryLatencyHasItsName) {
  for (size_t i = 0; i < kLatencyKinds; ++i) {
    const Threshold t = Parse("max(" + std::string(kLatencyNames[i]) + ") < 1s");
    EXPECT_EQ(static_cast<size_t>(t.latency), i);
  }
}

TEST(ThresholdTest, SharesRatesAndCounts) {
  EXPECT_EQ(Parse("error_rate < 1%").metric, Metric::kErrorRate);
  EXPECT_EQ(Parse("error_rate < 1%").limit, 0.01);
  EXPECT_EQ(Parse("error_rate <= 0.01").limit, 0.01);
  EXPECT_EQ(Parse("not_started_rate < 0.1%").metric, Metric::kNotStartedRate);
  EXPECT_EQ(Parse("not_started_rate < 0.1%").limit, 0.001);
  EXPECT_EQ(Parse("rate >= 1000/s").metric, Metric::kRate);
  EXPECT_EQ(Parse("rate >= 1000/s").limit, 1000);
  EXPECT_EQ(Parse("rate > 60/m").limit, 1);
  for (size_t i = 0; i < kCountNames.size(); ++i) {
    const Threshold t = Parse("count(" + std::string(kCountNames[i]) + ") < 10");
    EXPECT_EQ(t.metric, Metric::kCount);
    EXPECT_EQ(static_cast<size_t>(t.count), i);
    EXPECT_EQ(t.limit, 10);
  }
}

TEST(ThresholdTest, PercentilesHaveUpToThreeDecimals) {
  EXPECT_EQ(Parse("p50(wait) < 1s").percentile_millis, 50'000U);
  EXPECT_EQ(Parse("p99.9(wait) < 1s").percentile_millis, 99'900U);
  EXPECT_EQ(Parse("p99.999(wait) < 1s").percentile_millis, 99'999U);
  EXPECT_EQ(Parse("p0.001(wait) < 1s").percentile_millis, 1U);
  EXPECT_EQ(Parse("p100(wait) < 1s").percentile_millis, 100'000U);
}

TEST(ThresholdTest, EveryOperator) {
  EXPECT_EQ(Parse("rate<1/s").op, Op::kLess);
  EXPECT_EQ(Parse("rate<=1/s").op, Op::kLessEqual);
  EXPECT_EQ(Parse("rate>1/s").op, Op::kGreater);
  EXPECT_EQ(Parse("rate>=1/s").op, Op::kGreaterEqual);
}

TEST(ThresholdTest, FiltersByTagAndByGroupOfWorkers) {
  const Threshold t = Parse("error_rate{kind=checkout, worker=eu, tag.name=x, tag.kind2=y z} < 1%");
  EXPECT_EQ(t.group, "eu");
  EXPECT_EQ(t.name, "");
  EXPECT_EQ(t.tags,
            (std::vector<Threshold::Tag>{{"kind", "checkout"}, {"name", "x"}, {"kind2", "y z"}}));
}

TEST(ThresholdTest, NamesOfTemplatesNeedNoQuotes) {
  const Threshold t = Parse("error_rate{name=GET /users/{id}/x{y{z}}, stage=steady} < 1%");
  EXPECT_EQ(t.name, "GET /users/{id}/x{y{z}}");
  EXPECT_EQ(t.stage, "steady");
}

TEST(ThresholdTest, Windows) {
  EXPECT_EQ(Parse("error_rate < 1%").window, Duration());
  const Threshold bare = Parse("p99(response, ok) < 400ms over 10s");
  EXPECT_EQ(bare.limit, 400e6);
  EXPECT_EQ(bare.window, Duration::Seconds(10));
  EXPECT_EQ(bare.window_for, Duration());
  EXPECT_EQ(bare.windows_on_end(), 1);
  const Threshold lasting = Parse("within(1s) >= 99%  over  10s  for  25s ");
  EXPECT_EQ(lasting.window_for, Duration::Seconds(25));
  EXPECT_EQ(lasting.windows_on_end(), 3);
  EXPECT_EQ(Parse("rate > 1/s over 10s for 10s").windows_on_end(), 1);
}

TEST(ThresholdTest, Confidence) {
  EXPECT_FALSE(Parse("error_rate < 1%").confident);
  for (const char* text :
       {"error_rate < 1% with 95% confidence", "within(1s) > 9% with 95% confidence",
        "p99(response) < 1s with  95% confidence", "p99(response, ok) < 1s with 95% confidence",
        "not_started_rate < 1% with 95% confidence", "rate > 1/s with 95% confidence"}) {
    EXPECT_TRUE(Parse(text).confident) << text;
  }
}

TEST(ThresholdTest, SpaceBetweenPartsIsFree) {
  Threshold tight = Parse("p99(response,ok){name=buy,stage=steady}<400ms");
  Threshold wide = Parse("  p99 ( response , ok ) { name = buy , stage = steady }  <  400ms  ");
  EXPECT_EQ(wide.expression, "p99 ( response , ok ) { name = buy , stage = steady }  <  400ms");
  wide.expression = tight.expression;
  EXPECT_EQ(tight, wide);
}

TEST(ThresholdTest, ValuesMayHoldSpacesOrBeQuoted) {
  EXPECT_EQ(Parse("error_rate{name=GET /a b} < 1%").name, "GET /a b");
  EXPECT_EQ(Parse("error_rate{name=\"a,b}\"} < 1%").name, "a,b}");
  EXPECT_EQ(Parse(R"(error_rate{name="say \"hi\" \\"} < 1%)").name, R"(say "hi" \)");
}

TEST(ThresholdTest, ErrorsNameTheColumnWhatWasExpectedAndTheNearestWord) {
  const std::vector<std::pair<std::string_view, std::string_view>> cases = {
      {"", "column 1: expected a metric like p99(response)"},
      {"< 1s",
       "column 1: expected a metric like p99(response), within(250ms) or error_rate, found \"<\""},
      {"eror_rate < 1%", "column 1: unknown metric \"eror_rate\"; did you mean \"error_rate\"?"},
      {"  widthin(1s) > 1%", "column 3: unknown metric \"widthin\"; did you mean \"within\"?"},
      {"throughput > 1/s", "column 1: unknown metric \"throughput\"; expected one of p99, mean"},
      {"p999(response) < 1s", "column 1: \"p999\" is no percentile"},
      {"p0(response) < 1s", "column 1: \"p0\" is no percentile"},
      {"p99.(response) < 1s", "column 1: \"p99.\" is no percentile"},
      {"p99.9999(response) < 1s", "column 1: \"p99.9999\" is no percentile"},
      {"p99 < 1s", "column 5: expected \"(\" after p99, as in p99(response), found \"<\""},
      {"p99() < 1s", "column 5: expected a latency like response or service, found \")\""},
      {"p99(respnse) < 1s", "column 5: unknown latency \"respnse\"; did you mean \"response\"?"},
      {"p99(response, all) < 1s", "column 15: expected \"ok\""},
      {"p99(response < 1s", "column 14: expected \")\", found \"<\""},
      {"p99(response", "column 13: expected \")\", found the end of the threshold"},
      {"within(250) > 9%", "column 8: \"250\" is not a duration: it has no unit; write 250s"},
      {"within(0s) > 9%", "column 8: expected a duration above 0"},
      {"within() > 9%", "column 8: expected a duration like 250ms"},
      {"count(faild) < 1",
       "column 7: nothing called \"faild\" is counted; did you mean \"failed\"?"},
      {"rate{kind:a} > 1/s", "column 10: expected \"=\" after kind, as in kind=checkout"},
      {"rate{tag.=a} > 1/s", "column 6: expected the name of a tag after \"tag.\""},
      {"rate{kind=a,tag.kind=b} > 1/s", "column 13: \"tag.kind\" is given twice"},
      {"rate{worker=a,worker=b} > 1/s", "column 15: \"worker\" is given twice"},
      {"rate{name={id} > 1/s", "column 21: expected \",\" or \"}\", found the end"},
      {"rate{name=a,name=b} > 1/s", "column 13: \"name\" is given twice"},
      {"rate{name a} > 1/s", "column 11: expected \"=\" after name"},
      {"rate{name=} > 1/s", "column 11: expected a value"},
      {"rate{} > 1/s", "column 6: expected name=, stage=, worker= or a tag"},
      {"rate{name=\"a} > 1/s", "column 11: the quoted value has no end"},
      {"rate{name=\"a\"b} > 1/s", "column 14: expected \",\" or \"}\", found \"b\""},
      {"rate{name=a", "column 12: expected \",\" or \"}\", found the end"},
      {"rate 1/s", "column 6: expected <, <=, > or >=, found \"1\""},
      {"rate == 1/s", "column 6: expected <, <=, > or >=, found \"==\""},
      {"rate >", "column 7: expected a rate like 1000/s, found the end"},
      {"max(wait) <", "column 12: expected a duration like 250ms, found the end"},
      {"rate > 1000", "column 8: \"1000\" is not a rate: it has no unit"},
      {"p99(response) < 400",
       "column 17: \"400\" is not a duration: it has no unit; write 400s for "
       "seconds or 400ms"},
      {"p99(response) < 400ms please",
       "column 23: expected \"over 10s\", \"with 95% confidence\" or the end, found \"please\""},
      {"p99(response) < 400 ms", "column 17: \"400\" is not a duration: it has no unit"},
      {"rate > 1/s over", "column 16: expected a duration after over, found the end"},
      {"rate > 1/s over 10", "column 17: \"10\" is not a duration"},
      {"rate > 1/s over 0s", "column 17: expected a duration above 0 and at most 24h"},
      {"rate > 1/s over 25h", "column 17: expected a duration above 0 and at most 24h"},
      {"rate > 1/s for 30s", "column 12: \"for\" needs a window before it"},
      {"rate > 1/s over 10s for", "column 24: expected a duration after for, found the end"},
      {"rate > 1/s over 10s for 5s", "column 21: \"for\" must not be shorter than the window"},
      {"rate > 1/s over 10s 5s", "column 21: expected the end of the threshold, found \"5s\""},
      {"rate > 1/s over 10s with 95% confidence", "column 21: expected the end"},
      {"p99(service) < 1s over 10s", "column 19: a window knows response times alone, not service"},
      {"error_rate < 1% with", "column 21: expected 95%"},
      {"error_rate < 1% with 99% confidence", "column 22: expected 95%"},
      {"error_rate < 1% with 95%", "column 25: expected \"confidence\""},
      {"error_rate < 1% with 95% confidence now", "column 37: expected the end"},
      {"count(failed) < 1 with 95% confidence", "column 19: no interval is known for this metric"},
      {"mean(response) < 1s with 95% confidence", "column 21: no interval is known"},
      {"p99(service) < 1s with 95% confidence", "column 19: no interval is known"},
      {"error_rate < 5", "column 14: \"5\" is not a share: it is above 1; write 5%"},
      {"count(failed) < 1%", "column 17: \"1%\" is not a count"},
      {"count(failed) < 1234567890123456", "at most 15 digits"},
  };
  for (const auto& [text, part] : cases) {
    const StatusOr<Threshold> threshold = ParseThreshold(text);
    ASSERT_FALSE(threshold.ok()) << text;
    EXPECT_THAT(Message(threshold.status()), HasSubstr(std::string(part))) << text;
  }
}

TEST(ThresholdTest, NoPrefixOfAThresholdCrashesAndTheLengthHasALimit) {
  const std::string_view whole = R"(p99.9(response, ok){name="a\"b", stage=steady} <= 1m30s)";
  ASSERT_TRUE(ParseThreshold(whole).ok());
  for (size_t n = 0; n < whole.size() - 5; ++n) {
    EXPECT_FALSE(ParseThreshold(whole.substr(0, n)).ok()) << n;
  }
  const std::string_view window = "p99(response){kind={a}} < 1s over 10s for 30s";
  ASSERT_TRUE(ParseThreshold(window).ok());
  for (size_t n = 0; n < window.size(); ++n) ParseThreshold(window.substr(0, n)).IgnoreError();
  EXPECT_FALSE(ParseThreshold(std::string(1001, ' ') + "error_rate < 1%").ok());
}

}  // namespace
}  // namespace muster
