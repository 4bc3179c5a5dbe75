#include "master/plan/flag_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

using ::testing::HasSubstr;

TEST(FlagValuesTest, CountsStopAtTheirLimits) {
  EXPECT_EQ(ReadCount<10>("1").value(), 1u);
  EXPECT_EQ(ReadCount<10>("10").value(), 10u);
  for (const char* text : {"0", "11", "-1", "1.5", "", "ten"}) {
    EXPECT_FALSE(ReadCount<10>(text).ok()) << text;
  }
}

TEST(FlagValuesTest, ABareRateIsPerSecond) {
  EXPECT_EQ(ReadRate("2000").value(), Rate::PerSecond(2000));
  EXPECT_EQ(ReadRate("120/m").value(), Rate::PerSecond(2));
  EXPECT_FALSE(ReadRate("fast").ok());
}

TEST(FlagValuesTest, ALengthIsLongerThanNothing) {
  EXPECT_EQ(ReadLength("1m30s").value(), Duration::Seconds(90));
  EXPECT_THAT(Message(ReadLength("0s").status()), HasSubstr("longer than 0s"));
}

TEST(FlagValuesTest, AStageEndsInARateOrInUsers) {
  EXPECT_EQ(ReadStage("30s:2000/s").value(),
            (StageFlag{Duration::Seconds(30), Rate::PerSecond(2000)}));
  EXPECT_EQ(ReadStage("30s:200").value(), (StageFlag{Duration::Seconds(30), uint32_t{200}}));
  EXPECT_THAT(Message(ReadStage("30s").status()), HasSubstr("30s:2000/s"));
}

TEST(FlagValuesTest, AnIpv6HostHasBrackets) {
  EXPECT_EQ(ReadHostPort("[::1]:7700").value(), (HostPort{"::1", 7700}));
  EXPECT_EQ(ReadHostPort("lab:0").value(), (HostPort{"lab", 0}));
  for (const char* text : {"::1:7700", "7700", ":7700", "lab:70000", "lab:"}) {
    EXPECT_FALSE(ReadHostPort(text).ok()) << text;
  }
}

TEST(FlagValuesTest, MetricsStayOnLoopbackUnlessAnAddressIsGiven) {
  EXPECT_EQ(ReadMetricsAddress("9464").value(), (HostPort{"127.0.0.1", 9464}));
  EXPECT_EQ(ReadMetricsAddress("localhost:0").value(), (HostPort{"127.0.0.1", 0}));
  EXPECT_EQ(ReadMetricsAddress("0.0.0.0:9464").value(), (HostPort{"0.0.0.0", 9464}));
  for (const char* text :
       {"lab:9464", ":9464", "::1:9464", "[::1]:9464", "65536", "-1", "", "/metrics"}) {
    EXPECT_FALSE(ReadMetricsAddress(text).ok()) << text;
  }
}

TEST(FlagValuesTest, AnOutputNamesFormatAndFile) {
  EXPECT_EQ(ReadOutput("json=r.json").value(), (OutputSpec{OutputFormat::kJson, "r.json"}));
  EXPECT_EQ(ReadOutput("junit=a=b").value(), (OutputSpec{OutputFormat::kJunit, "a=b"}));
  EXPECT_EQ(ReadOutput("markdown=-").value(), (OutputSpec{OutputFormat::kMarkdown, "-"}));
  EXPECT_THAT(Message(ReadOutput("xml=x").status()),
              HasSubstr("markdown, html, hlog, hgrm or openmetrics"));
  for (size_t i = 0; i < kOutputFormatNames.size(); ++i) {
    const auto format = static_cast<OutputFormat>(i);
    EXPECT_EQ(ReadOutput(std::string(kOutputFormatNames[i]) + "=f").value(),
              (OutputSpec{format, "f"}));
  }
  EXPECT_THAT(Message(ReadOutput("csv=-").status()), HasSubstr("three files"));
  for (const char* text : {"r.json", "json=", "=r.json", ""}) {
    EXPECT_FALSE(ReadOutput(text).ok()) << text;
  }
}

TEST(FlagValuesTest, NamesOfFilesLevelsAndColours) {
  EXPECT_FALSE(ReadFileName("").ok());
  EXPECT_EQ(ReadLogLevel("warn").value(), "warn");
  EXPECT_FALSE(ReadLogLevel("loud").ok());
  EXPECT_EQ(ReadProgress("10s").value(), Duration::Seconds(10));
  EXPECT_EQ(ReadProgress("off").value(), Duration());
  EXPECT_FALSE(ReadProgress("999ms").ok());
  EXPECT_FALSE(ReadProgress("0s").ok());
  EXPECT_FALSE(ReadProgress("never").ok());
  EXPECT_EQ(ReadColor("never").value(), ColorMode::kNever);
  EXPECT_FALSE(ReadColor("red").ok());
  EXPECT_FALSE(ReadLocalAddress("here").ok());
}

}  // namespace
}  // namespace muster
