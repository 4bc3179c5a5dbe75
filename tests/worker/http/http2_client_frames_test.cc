// Http2Client against frames that are written byte by byte: malformed, hostile, or just rare; and
// against every split of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/http2/http2_frames.h"
#include "tests/worker/http/http2_trace.h"

namespace muster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const Http2Fields kOk = {{":status", "200"}};

// Stream 1 is a GET, 3 a HEAD, 5 a POST that was sent whole, 7 one that was not.
std::vector<std::string> EventsOf(const std::string& bytes) {
  Http2Trace trace = TraceHttp2Whole(bytes);
  EXPECT_FALSE(trace.broken) << trace;
  for (std::string& line : trace.events) line = line.substr(0, line.find(" sent"));
  return trace.events;
}

ErrorClass BreakageOf(const std::string& bytes) {
  const Http2Trace trace = TraceHttp2Whole(bytes);
  EXPECT_TRUE(trace.broken) << trace;
  EXPECT_EQ(trace.capacity, 0u);
  EXPECT_THAT(trace.error_text, testing::Not(IsEmpty()));
  return trace.error;
}

std::string Answer(uint32_t stream) {
  return Http2Headers(stream, kOk, false) + Http2Data(stream, "ok", true);
}

TEST(Http2ClientFramesTest, MalformedResponsesEndTheirStreamAlone) {
  const std::vector<Http2Fields> malformed = {
      {},
      {{":status", "20"}},
      {{":status", "2000"}},
      {{":status", "abc"}},
      {{":status", "099"}},
      {{":status", "600"}},
      {{":status", "101"}},
      {{":status", "200"}, {":status", "200"}},
      {{"server", "x"}, {":status", "200"}},
      {{":status", "200"}, {":path", "/"}},
      {{":status", "200"}, {"Server", "upper case"}},
      {{":status", "200"}, {"a b", "space"}},
      {{":status", "200"}, {"", "no name"}},
      {{":status", "200"}, {"a", "b\r\nc: d"}},
      {{":status", "200"}, {"a", std::string(1, '\0')}},
      {{":status", "200"}, {"connection", "close"}},
      {{":status", "200"}, {"transfer-encoding", "chunked"}},
      {{":status", "200"}, {"content-length", "1"}, {"content-length", "2"}},
      {{":status", "200"}, {"content-length", "-1"}},
  };
  for (const Http2Fields& fields : malformed) {
    EXPECT_THAT(EventsOf(Http2Headers(1, fields, true) + Answer(5)),
                ElementsAre("start 0", "0: protocol", "start 2", "2: 200"))
        << Http2Block(fields);
  }
}

TEST(Http2ClientFramesTest, WrongOrderEndsTheStream) {
  const std::string interim = Http2Headers(1, {{":status", "103"}}, false);
  const std::string final = Http2Headers(1, kOk, false);
  for (const std::string& bytes : {
           Http2Headers(1, {{":status", "103"}}, true),          // an interim one ends it
           interim + Http2Data(1, "x", true),                    // a body before the final one
           final + Http2Headers(1, {{"a", "b"}}, false),         // trailers that do not end it
           final + Http2Headers(1, {{":status", "200"}}, true),  // a pseudo-header in trailers
           Http2Headers(1, {{":status", "204"}}, false) + Http2Data(1, "x", true),
       }) {
    EXPECT_THAT(EventsOf(bytes + Answer(5)),
                ElementsAre("start 0", "0: protocol", "start 2", "2: 200"));
  }
}

TEST(Http2ClientFramesTest, HeaderBlocksHaveALimit) {
  // Fields count their name, value and 32.
  const auto block_of = [](size_t bytes) {
    Http2Fields fields = kOk;
    fields.emplace_back("a", std::string(bytes - (7 + 3 + 32) - (1 + 32), 'x'));
    const std::string block = Http2Block(fields);
    std::string frames = Http2Frame(Http2Type::kHeaders, 0, 1, block.substr(0, 16000));
    for (size_t at = 16000; at < block.size(); at += 16000) {
      const uint8_t flags = at + 16000 >= block.size() ? kHttp2EndHeaders : 0;
      frames += Http2Frame(Http2Type::kContinuation, flags, 1, block.substr(at, 16000));
    }
    return frames + Http2Data(1, "", true);
  };
  EXPECT_THAT(EventsOf(block_of(Http2Client::kMaxHeaderBytes)), ElementsAre("start 0", "0: 200"));
  EXPECT_THAT(EventsOf(block_of(Http2Client::kMaxHeaderBytes + 1) + Answer(5)),
              ElementsAre("start 0", "0: protocol", "start 2", "2: 200"));
}

TEST(Http2ClientFramesTest, ContinuationsWithoutEndBreakTheConnection) {
  std::string bytes = Http2Frame(Http2Type::kHeaders, 0, 1, Http2Block(kOk));
  for (int i = 0; i < 10'000; ++i) bytes += Http2Frame(Http2Type::kContinuation, 0, 1, "");
  EXPECT_EQ(BreakageOf(bytes), ErrorClass::kH2Protocol);
}

TEST(Http2ClientFramesTest, ForbiddenFramesBreakTheConnection) {
  const std::string push = Http2Number(2) + Http2Block({{":method", "GET"}, {":path", "/"}});
  for (const std::string& bytes : {
           Http2Frame(Http2Type::kSettings, kHttp2Ack, 0, "") +
               Http2Frame(Http2Type::kPushPromise, kHttp2EndHeaders, 1, push),
           Http2Headers(2, kOk, true),  // a stream of the peer's
           Http2Headers(9, kOk, true),  // not opened yet
           Http2Data(0, "x", false),
           Http2Frame(Http2Type::kPing, 0, 0, "short"),
           Http2Frame(Http2Type::kSettings, 0, 0, "short"),
           Http2Frame(Http2Type::kWindowUpdate, 0, 0, Http2Number(0)),
           Http2Frame(Http2Type::kWindowUpdate, 0, 0, Http2Number(0x7fffffff)) +
               Http2Frame(Http2Type::kWindowUpdate, 0, 0, Http2Number(0x7fffffff)),
           Http2Frame(Http2Type::kContinuation, kHttp2EndHeaders, 1, ""),
           Http2Frame(Http2Type::kHeaders, kHttp2EndHeaders, 1, "\x7f\xff\xff\xff\xff\xff"),
           Http2Frame(Http2Type::kHeaders, 0, 1, Http2Block(kOk)) + Http2Data(1, "x", true),
           Http2Frame(Http2Type::kData, kHttp2Padded, 1, "\xff"),
           Http2Data(1, std::string(16385, 'x'), false),  // above our frame size
           Http2Settings({{5, 1}}),                       // a frame size that may not be
           Http2Settings({{4, 0x80000000u}}),
       }) {
    EXPECT_EQ(BreakageOf(bytes), ErrorClass::kH2Protocol) << testing::PrintToString(bytes);
  }
}

TEST(Http2ClientFramesTest, WhatIsUnknownIsIgnored) {
  const auto unknown = static_cast<Http2Type>(0xfe);
  EXPECT_THAT(EventsOf(Http2Frame(unknown, 0xff, 1, "anything") + Http2Frame(unknown, 0, 0, "") +
                       Http2Settings({{0x99, 7}}) +
                       Http2Frame(Http2Type::kPriority, 0, 9, Http2Number(0) + "\x10") + Answer(1)),
              ElementsAre("start 0", "0: 200"));
}

TEST(Http2ClientFramesTest, PriorityOfAStreamToComeDoesNotHideIt) {
  Http2Log log;
  Http2Client client(SomeHttp2Requests(), 0, &log);
  ASSERT_TRUE(client.Feed(Http2Settings({}) +
                          Http2Frame(Http2Type::kPriority, 0, 1, Http2Number(0) + "\x10")));
  std::string out;
  std::vector<uint32_t> started;
  client.Submit(kGet, 4);
  client.TakeOutput(1 << 20, &out, &started);
  ASSERT_TRUE(client.Feed(Answer(1)));
  EXPECT_THAT(log.lines, ElementsAre("start 4", "4: 200"));
}

TEST(Http2ClientFramesTest, FirstBytesThatAreNotHttp2AreUnsupported) {
  for (const std::string& bytes :
       {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string("SSH-2.0-OpenSSH_9.2\r\n"),
        Http2Frame(Http2Type::kPing, 0, 0, "12345678"), Answer(1),
        Http2Frame(Http2Type::kSettings, kHttp2Ack, 0, "")}) {
    for (const size_t piece : {bytes.size(), size_t{1}}) {
      Http2Log log;
      Http2Client client(SomeHttp2Requests(), 0, &log);
      bool fine = true;
      for (size_t at = 0; fine && at < bytes.size(); at += piece) {
        fine = client.Feed(bytes.substr(at, piece));
      }
      EXPECT_FALSE(fine);
      EXPECT_EQ(client.error(), ErrorClass::kH2Unsupported);
      EXPECT_EQ(client.error_text(), "the peer's first bytes are not HTTP/2");
      EXPECT_EQ(client.capacity(), 0u);
    }
  }
}

TEST(Http2ClientFramesTest, BrokenConnectionSaysGoAway) {
  Http2Log log;
  Http2Client client(SomeHttp2Requests(), 0, &log);
  std::string out;
  std::vector<uint32_t> started;
  client.TakeOutput(1 << 20, &out, &started);
  client.Submit(kGet, 4);
  EXPECT_FALSE(client.Feed(Http2Settings({}) + Http2Frame(Http2Type::kPing, 0, 0, "short")));
  EXPECT_THAT(client.error_text(), HasSubstr("FRAME_SIZE_ERROR"));
  ASSERT_TRUE(client.has_output());
  out.clear();
  client.TakeOutput(1 << 20, &out, &started);
  EXPECT_THAT(Http2Types(out), ElementsAre(Http2Type::kGoAway));
  EXPECT_THAT(started, IsEmpty());
  EXPECT_FALSE(client.has_output());
  EXPECT_THAT(log.lines, IsEmpty()) << "the owner ends what is open";
}

TEST(Http2ClientFramesTest, AnswersThatAreNotTakenHaveALimit) {
  Http2Log log;
  Http2Client client(SomeHttp2Requests(), 0, &log);
  ASSERT_TRUE(client.Feed(Http2Settings({})));
  const std::string ping = Http2Frame(Http2Type::kPing, 0, 0, "12345678");
  std::string out;
  std::vector<uint32_t> started;
  for (int round = 0; round < 5; ++round) {
    client.TakeOutput(1 << 20, &out, &started);
    for (uint32_t i = 0; i < Http2Client::kMaxUnsentAnswers; ++i) ASSERT_TRUE(client.Feed(ping));
  }
  EXPECT_FALSE(client.Feed(ping));
  EXPECT_EQ(client.error(), ErrorClass::kH2Protocol);
}

TEST(Http2ClientFramesTest, PingsBeyondTheLimitInOneFeedBreakTheConnection) {
  std::string pings;
  for (int i = 0; i < 100'000; ++i) pings += Http2Frame(Http2Type::kPing, 0, 0, "12345678");
  EXPECT_EQ(BreakageOf(pings), ErrorClass::kH2Protocol);
}

TEST(Http2ClientFramesTest, EveryCodeOfResetHasItsClass) {
  const std::vector<std::string> names = {"no_error",
                                          "protocol_error",
                                          "internal_error",
                                          "flow_control_error",
                                          "settings_timeout",
                                          "stream_closed",
                                          "frame_size_error",
                                          "refused_stream",
                                          "cancel",
                                          "compression_error",
                                          "connect_error",
                                          "enhance_your_calm",
                                          "inadequate_security",
                                          "http_1_1_required",
                                          "other"};
  for (uint32_t code = 0; code < names.size(); ++code) {
    EXPECT_THAT(EventsOf(Http2Reset(1, code)), ElementsAre("0: h2_reset_" + names[code]));
  }
  EXPECT_THAT(EventsOf(Http2Reset(1, UINT32_MAX)), ElementsAre("0: h2_reset_other"));
}

TEST(Http2ClientFramesTest, FramesOfEndedStreamsAreDropped) {
  EXPECT_THAT(EventsOf(Http2Reset(1, 8) + Answer(5)), SizeIs(3));
  EXPECT_THAT(EventsOf(Http2Headers(1, {{":status", "x"}}, false) + Http2Data(1, "late", false) +
                       Http2Data(1, "later", true) + Answer(5)),
              ElementsAre("start 0", "0: protocol", "start 2", "2: 200"));
}

TEST(Http2ClientFramesTest, GoAwayWithAnErrorStillServesTheLowerStreams) {
  EXPECT_THAT(EventsOf(Http2GoAway(5, 11) + Answer(5)),
              ElementsAre("3: h2_goaway", "start 2", "2: 200"));
  EXPECT_THAT(EventsOf(Http2GoAway(0x7fffffff, 0) + Answer(1) + Http2GoAway(3, 0)),
              ElementsAre("start 0", "0: 200", "2: h2_goaway", "3: h2_goaway"));
}

// Everything at once: the rare and the ordinary.
std::string Mixture() {
  return Http2Settings({{3, 50}, {4, 20}}) + Http2Headers(1, {{":status", "103"}}, false) +
         Http2Frame(Http2Type::kPing, 0, 0, "12345678") + Http2Headers(1, kOk, false) +
         Http2Data(1, "body", false) +
         Http2Headers(3, {{":status", "200"}, {"content-length", "9"}}, true) +
         Http2Frame(Http2Type::kWindowUpdate, 0, 7, Http2Number(100)) + Http2Data(1, "", false) +
         Http2Headers(5, {{":status", "200"}, {"content-length", "3"}}, false) +
         Http2Data(5, "four", false) + Http2Data(5, "late", true) +
         Http2Headers(1, {{"trailer", "x"}}, true) + Http2GoAway(5, 0);
}

TEST(Http2ClientFramesTest, AnySplitGivesTheSameEvents) {
  const std::string bytes = Mixture();
  const Http2Trace whole = TraceHttp2Whole(bytes);
  EXPECT_FALSE(whole.broken) << whole;
  EXPECT_THAT(whole.events, ElementsAre("start 0", "start 1", StartsWith("1: 200"), "start 2",
                                        StartsWith("2: protocol"), StartsWith("0: 200"),
                                        StartsWith("3: h2_goaway")));
  EXPECT_EQ(TraceHttp2(bytes, [] { return 1; }), whole);
  for (size_t split = 1; split < bytes.size(); ++split) {
    size_t calls = 0;
    const auto piece = [&] { return calls++ == 0 ? split : bytes.size(); };
    ASSERT_EQ(TraceHttp2(bytes, piece), whole) << "split at " << split;
  }
}

// nghttp2 counts the pieces in which the head of a CONTINUATION arrives as so many of them, and
// allows eight: halves are fine.
TEST(Http2ClientFramesTest, AnyHalvesOfContinuationsGiveTheSameEvents) {
  const std::string bytes =
      Http2Frame(Http2Type::kHeaders, 0, 5, "\x88") +
      Http2Frame(Http2Type::kContinuation, 0, 5, Http2Block({{"a", "b"}})) +
      Http2Frame(Http2Type::kContinuation, kHttp2EndHeaders, 5, Http2Block({{"b", "c"}})) +
      Http2Data(5, "", true);
  const Http2Trace whole = TraceHttp2Whole(bytes);
  EXPECT_THAT(whole.events, ElementsAre("start 2", StartsWith("2: 200")));
  for (size_t split = 1; split < bytes.size(); ++split) {
    size_t calls = 0;
    const auto piece = [&] { return calls++ == 0 ? split : bytes.size(); };
    ASSERT_EQ(TraceHttp2(bytes, piece), whole) << "split at " << split;
  }
}

TEST(Http2ClientFramesTest, AnySplitOfABrokenConnectionGivesTheSameEvents) {
  const std::string bytes = Answer(1) + Http2Reset(3, 8) + Http2Data(0, "x", true) + Answer(5);
  const Http2Trace whole = TraceHttp2Whole(bytes);
  EXPECT_TRUE(whole.broken);
  EXPECT_THAT(whole.events, SizeIs(3));
  EXPECT_EQ(whole.open, 2u);
  for (size_t size = 1; size < bytes.size(); ++size) {
    ASSERT_EQ(TraceHttp2(bytes, [size] { return size; }), whole) << "pieces of " << size;
  }
}

}  // namespace
}  // namespace muster
