#include "common/stats/hlog.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "common/stats/histogram_codec.h"

namespace muster {
namespace {

HlogInterval Interval(const std::string& tag, int64_t start_ns, int64_t length_ns,
                      std::initializer_list<int64_t> values) {
  HlogInterval interval;
  interval.tag = tag;
  interval.start = RunTime::FromNanos(start_ns);
  interval.length = Duration::Nanos(length_ns);
  for (const int64_t v : values) interval.histogram.Record(v);
  return interval;
}

std::string Write(const std::vector<HlogInterval>& intervals) {
  std::ostringstream out;
  WriteHlog(WallTime::FromNanos(1'700'000'000'123'456'789), intervals, out);
  return out.str();
}

TEST(Hlog, LinesAreThoseOfFormat13) {
  const HlogInterval interval = Interval("steady", 1'500'000'000, 1'000'000'007, {2'500'000});
  EXPECT_EQ(Write({interval}),
            "#[Logged with Muster]\n"
            "#[Histogram log format version 1.3]\n"
            "#[BaseTime: 1700000000.123456789 (seconds since epoch)]\n"
            "#[StartTime: 1700000000.123456789 (seconds since epoch)]\n"
            "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
            "\"Interval_Compressed_Histogram\"\n"
            "Tag=steady,1.500000000,1.000000007,2.500000," +
                Base64(EncodeV2Compressed(interval.histogram)) + "\n");
}

TEST(Hlog, ReadsBackWhatItWrote) {
  const std::vector<HlogInterval> intervals = {Interval("", 0, 100'000'000, {}),
                                               Interval("a", 100'000'000, 1, {1, 2, 3}),
                                               Interval("b", 86'400'000'000'001, 5, {INT64_MAX})};
  const auto back = ReadHlog(Write(intervals));
  ASSERT_TRUE(back.ok()) << back.status();
  ASSERT_EQ(back->size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*back)[i].tag, intervals[i].tag);
    EXPECT_EQ((*back)[i].start, intervals[i].start);
    EXPECT_EQ((*back)[i].length, intervals[i].length);
    EXPECT_EQ(EncodeV2((*back)[i].histogram), EncodeV2(intervals[i].histogram));
  }
}

TEST(Hlog, TagsCannotBreakALine) {
  const std::string text = Write({Interval("a,b c\nd", 0, 1, {1})});
  EXPECT_NE(text.find("\nTag=a_b_c_d,0.0"), std::string::npos) << text;
}

std::string Line(const std::string& times) {
  return times + "," + Base64(EncodeV2Compressed(Histogram())) + "\n";
}

TEST(Hlog, ReadsOtherWritersLines) {
  const auto log = ReadHlog("#[a comment]\r\n\r\n\"StartTimestamp\",\"...\"\r\n" +
                            Line("   0.127,    1.007,    2.769") + Line("3,1,0"));
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_EQ(log->size(), 2u);
  EXPECT_EQ((*log)[0].start.nanos(), 127'000'000);
  EXPECT_EQ((*log)[0].length.nanos(), 1'007'000'000);
  EXPECT_EQ((*log)[1].start.nanos(), 3'000'000'000);
}

TEST(Hlog, AbsoluteTimeStampsCountFromTheStartTime) {
  const std::string start = "#[StartTime: 1700000000.500 (seconds since epoch), someday]\n";
  EXPECT_EQ((*ReadHlog(start + Line("1700000002.000,1.0,0.0")))[0].start.nanos(), 1'500'000'000);
  EXPECT_EQ((*ReadHlog(start + Line("2.000,1.0,0.0")))[0].start.nanos(), 2'000'000'000);
  EXPECT_EQ(
      (*ReadHlog("#[BaseTime: 1700000000.000 (s)]\n" + start + Line("2.0,1.0,0")))[0].start.nanos(),
      2'000'000'000);
}

TEST(Hlog, NoIntervalStartsBeforeTheStartTime) {
  const std::string start = "#[StartTime: 1700000000.500 (seconds since epoch), someday]\n";
  const std::string at_start = Line("1700000000.500,1.0,0.0");
  EXPECT_EQ((*ReadHlog(start + at_start))[0].start.nanos(), 0);
  for (const std::string before : {"1700000000.000", "0.0"}) {
    const auto log = ReadHlog(start + at_start + Line(before + ",1.0,0.0"));
    EXPECT_EQ(Message(log.status()), "line 3: starts before the log's start time");
  }
}

TEST(Hlog, ErrorsNameTheLine) {
  for (const std::string& bad :
       {Line("x,1,1"), Line("1,-1,1"), Line(",1,1"), Line("99999999999,1,1"),
        Line("9999999999,1,1"), Line("Tag=a"), std::string("1,1,1,????\n"),
        std::string("1,1,1,AAAA\n"), std::string("1,1\n"), std::string("nonsense"),
        std::string("#[StartTime: soon]\n")}) {
    const auto log = ReadHlog("#ok\n" + bad);
    ASSERT_FALSE(log.ok()) << bad;
    EXPECT_EQ(Message(log.status()).substr(0, 8), "line 2: ") << log.status();
  }
}

TEST(Hlog, DamagedTextDoesNoHarm) {
  const std::string text = Write({Interval("a", 1, 2, {3, 4'000, 5'000'000})});
  for (size_t n = 0; n < text.size(); ++n) {
    (void)ReadHlog(text.substr(0, n)).ok();
    std::string changed = text;
    changed[n] = static_cast<char>(changed[n] ^ (1 << (n % 8)));
    (void)ReadHlog(changed).ok();
  }
}

}  // namespace
}  // namespace muster
