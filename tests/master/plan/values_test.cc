#include "master/plan/values.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(ValuesTest, WholeNumbersAreDigitsWithinTheirRange) {
  EXPECT_EQ(*ParseWhole("0", 0, 10), 0U);
  EXPECT_EQ(*ParseWhole("18446744073709551615", 0, UINT64_MAX), UINT64_MAX);
  for (const char* text :
       {"", "-1", "+1", "1.0", "1e3", " 1", "1 ", "11", "0x1", "1_0", "18446744073709551616"}) {
    EXPECT_FALSE(ParseWhole(text, 0, 10).ok()) << text;
  }
}

TEST(ValuesTest, ExpectedStatusesPrintBackToTheSame) {
  const struct {
    const char *text, *printed;
  } rows[] = {{"2xx", "200-299"},          {"404", "404"},
              {"200-399", "200-399"},      {"5XX", "500-599"},
              {"2xx, 301", "200-299,301"}, {"100-599", "100-599"}};
  for (const auto& row : rows) {
    const auto expect = ParseExpect(row.text);
    ASSERT_TRUE(expect.ok()) << row.text;
    EXPECT_EQ(FormatExpect(*expect), row.printed);
    EXPECT_EQ(*ParseExpect(FormatExpect(*expect)), *expect);
  }
  for (const char* text : {"", "2x", "6xx", "0xx", "99", "600", "300-200", "200-", "-200", "2xx,",
                           "2xx;3xx", "20 0", "ok"}) {
    EXPECT_FALSE(ParseExpect(text).ok()) << text;
  }
}

TEST(ValuesTest, ThinkTimeIsOneDurationOrASpanInOrder) {
  EXPECT_EQ(*ParseThink("2s"), std::pair(Duration::Seconds(2), Duration::Seconds(2)));
  EXPECT_EQ(*ParseThink("1s..1m30s"), std::pair(Duration::Seconds(1), Duration::Seconds(90)));
  EXPECT_EQ(*ParseThink("0s..1s"), std::pair(Duration(), Duration::Seconds(1)));
  for (const char* text : {"", "3s..1s", "1..3", "1s..", "..3s", "1s...3s", "25h"}) {
    EXPECT_FALSE(ParseThink(text).ok()) << text;
  }
}

TEST(ValuesTest, TimeoutsAreAboveZeroAndPausesMayBeZero) {
  EXPECT_TRUE(ParsePause("0s").ok());
  EXPECT_FALSE(ParseTimeout("0s").ok());
  EXPECT_TRUE(ParseTimeout("24h").ok());
  EXPECT_FALSE(ParseTimeout("24h1s").ok());
}

TEST(ValuesTest, HeaderLinesAreSplitAtTheFirstColon) {
  EXPECT_EQ(*ParseHeaderLine("Accept: text/html"), Header("Accept", "text/html"));
  EXPECT_EQ(*ParseHeaderLine("X-Time:12:30"), Header("X-Time", "12:30"));
  EXPECT_EQ(*ParseHeaderLine("X-Empty:"), Header("X-Empty", ""));
  for (const char* line :
       {"", "NoColon", ": x", "A b: c", "A\r: b", "A: b\r\nC: d", "Content-Length: 3",
        "transfer-encoding: chunked", "Connection: close"}) {
    EXPECT_FALSE(ParseHeaderLine(line).ok()) << line;
  }
  const auto url = ParseHeaderLine("http://127.0.0.1:8080");
  EXPECT_NE(Message(url.status()).find("Locust"), std::string::npos);
}

TEST(ValuesTest, OwnHeadersReplaceThoseOfTheSameNameInAnyCase) {
  const std::vector<Header> base = {{"Accept", "a"}, {"X", "1"}, {"accept", "b"}};
  const std::vector<Header> own = {{"ACCEPT", "c"}, {"ACCEPT", "d"}};
  EXPECT_EQ(OverrideHeaders(base, own),
            (std::vector<Header>{{"X", "1"}, {"ACCEPT", "c"}, {"ACCEPT", "d"}}));
  EXPECT_EQ(OverrideHeaders(base, {}), base);
}

TEST(ValuesTest, KnownMethodsAreUpperCasedOthersKept) {
  EXPECT_EQ(*ParseMethod("get"), "GET");
  EXPECT_EQ(*ParseMethod("Purge"), "Purge");
  for (const char* text : {"", "GE T", "GET\r", "connect"}) EXPECT_FALSE(ParseMethod(text).ok());
}

TEST(ValuesTest, TagsAreKeyAndValue) {
  EXPECT_EQ(*ParseTag("team=a=b"), std::pair(std::string("team"), std::string("a=b")));
  for (const char* text : {"", "team", "=x", "a b=c", "a=\n"}) EXPECT_FALSE(ParseTag(text).ok());
}

TEST(ValuesTest, ResolveRulesTakeBothFamilies) {
  const auto v4 = ParseResolve("shop.test:80:10.0.0.7");
  EXPECT_EQ(*v4, (ResolveRule{"shop.test", 80, "10.0.0.7"}));
  EXPECT_EQ(*ParseResolve("h:8080:[::1]"), (ResolveRule{"h", 8080, "::1"}));
  EXPECT_EQ(*ParseResolve("h:8080:::1"), (ResolveRule{"h", 8080, "::1"}));
  for (const char* text : {"", "h", "h:80", "h:80:", ":80:::1", "h:0:1.2.3.4", "h:x:1.2.3.4",
                           "h:80:example.com", "h:80:1.2.3", "[::1", "[::1]", "[::1]x80:1.2.3.4"}) {
    EXPECT_FALSE(ParseResolve(text).ok()) << text;
  }
}

TEST(ValuesTest, CleanedNamesAreValidNames) {
  for (const char* text : {"", " ", "a{b}", "x,y", "a\nb", " padded "}) {
    EXPECT_FALSE(CheckName(text).ok()) << text;
    EXPECT_TRUE(CheckName(CleanName(text)).ok()) << CleanName(text);
  }
  EXPECT_TRUE(CheckName(CleanName(std::string(101, 'x'))).ok());
}

}  // namespace
}  // namespace muster
