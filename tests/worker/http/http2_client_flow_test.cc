// Http2Client's flow control, long header blocks and what else depends on the peer's settings,
// frame by frame.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/http2/http2_frames.h"
#include "tests/worker/http/hpack_fields.h"
#include "tests/worker/http/http2_trace.h"
#include "worker/http/http2_frames.h"

namespace muster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string WindowUpdate(uint32_t stream, uint32_t by) {
  return Http2Frame(Http2Type::kWindowUpdate, 0, stream, Http2Number(by));
}
constexpr uint16_t kTableSize = 1;
constexpr uint16_t kInitialWindow = 4;
constexpr uint16_t kMaxFrame = 5;

class Http2ClientFlowTest : public testing::Test {
 protected:
  struct Frame {
    Http2FrameHead head;
    std::string payload;
  };
  void Make(std::shared_ptr<const Http2Requests> requests = SomeHttp2Requests()) {
    client_ = std::make_unique<Http2Client>(std::move(requests), 0, &log_);
    Take();
  }
  bool Feed(const std::string& bytes) { return client_->Feed(bytes); }
  // What the client has to say.
  std::vector<Frame> Take() {
    std::string out;
    std::vector<uint32_t> started;
    client_->TakeOutput(size_t{1} << 30, &out, &started);
    std::string_view rest = out;
    if (rest.substr(0, kHttp2Preface.size()) == kHttp2Preface) {
      rest.remove_prefix(kHttp2Preface.size());
    }
    std::vector<Frame> frames;
    while (!rest.empty()) {
      Http2FrameReader reader;
      std::string_view head = rest;
      reader.Next(&head);
      const size_t size = kHttp2HeadBytes + reader.head().length;
      frames.push_back({reader.head(), std::string(rest.substr(kHttp2HeadBytes, size - 9))});
      rest.remove_prefix(size);
    }
    return frames;
  }
  // Of the DATA that the client has to say.
  size_t TakeData() {
    size_t bytes = 0;
    for (const Frame& frame : Take()) {
      if (frame.head.type == Http2FrameType::kData) bytes += frame.payload.size();
    }
    return bytes;
  }

  Http2Log log_;
  std::unique_ptr<Http2Client> client_;
};

TEST_F(Http2ClientFlowTest, WindowsOfStreamAndConnectionAreKept) {
  Make();
  ASSERT_TRUE(Feed(Http2Settings({{kInitialWindow, 1000}})));
  client_->Submit(kLongPost, 0);
  client_->Submit(kLongPost, 1);
  EXPECT_EQ(TakeData(), 2000u);
  EXPECT_FALSE(client_->has_output());
  ASSERT_TRUE(Feed(WindowUpdate(1, 100'000)));
  EXPECT_EQ(TakeData(), 65'535u - 2000) << "the connection's";
  ASSERT_TRUE(Feed(WindowUpdate(0, 50)));
  EXPECT_EQ(TakeData(), 50u);
  ASSERT_TRUE(Feed(WindowUpdate(0, 1'000'000)));
  EXPECT_EQ(TakeData(), 100'000u - 63'535 - 50);
}

TEST_F(Http2ClientFlowTest, StreamsTakeTurnsInFramesOfTheSmallestSize) {
  Make();
  ASSERT_TRUE(Feed(Http2Settings({{kInitialWindow, 40'000}, {kMaxFrame, 100'000}})));
  client_->Submit(kLongPost, 0);
  client_->Submit(kLongPost, 1);
  std::vector<uint32_t> streams;
  for (const Frame& frame : Take()) {
    if (frame.head.type != Http2FrameType::kData) continue;
    EXPECT_LE(frame.payload.size(), 16'384u);
    streams.push_back(frame.head.stream);
  }
  EXPECT_THAT(streams, ElementsAre(1, 3, 1, 3));
}

TEST_F(Http2ClientFlowTest, NarrowerWindowMayBecomeNegative) {
  Make();
  ASSERT_TRUE(Feed(Http2Settings({{kInitialWindow, 1000}})));
  client_->Submit(kLongPost, 0);
  EXPECT_EQ(TakeData(), 1000u);
  ASSERT_TRUE(Feed(Http2Settings({{kInitialWindow, 300}})));
  ASSERT_TRUE(Feed(WindowUpdate(1, 700)));
  EXPECT_EQ(TakeData(), 0u) << "-700 and 700";
  ASSERT_TRUE(Feed(WindowUpdate(1, 1)));
  EXPECT_EQ(TakeData(), 1u);
  ASSERT_TRUE(Feed(Http2Settings({{kInitialWindow, 310}})));
  EXPECT_EQ(TakeData(), 10u);
}

TEST_F(Http2ClientFlowTest, WindowIsTakenAwayBeforeItIsUsed) {
  Make();
  ASSERT_TRUE(Feed(Http2Settings({{kInitialWindow, 0}})));
  client_->Submit(kLongPost, 0);
  EXPECT_EQ(TakeData(), 0u);
  ASSERT_TRUE(Feed(Http2Settings({{kInitialWindow, 10}}) + Http2Settings({{kInitialWindow, 0}})));
  EXPECT_EQ(TakeData(), 0u);
  EXPECT_FALSE(client_->has_output());
  ASSERT_TRUE(Feed(Http2Settings({{kInitialWindow, 10}})));
  EXPECT_EQ(TakeData(), 10u);
}

TEST_F(Http2ClientFlowTest, WindowsHaveALimit) {
  Make();
  ASSERT_TRUE(Feed(Http2Settings({})));
  client_->Submit(kLongPost, 0);
  client_->Submit(kGet, 1);
  Take();
  // The stream's window is used up to 65,535 - 65,535 = 0.
  ASSERT_TRUE(Feed(WindowUpdate(1, 0x7fffffff)));
  EXPECT_THAT(log_.Take(), IsEmpty());
  ASSERT_TRUE(Feed(WindowUpdate(1, 1)));
  EXPECT_THAT(log_.Take(), ElementsAre("0: protocol"));
  const std::vector<Frame> frames = Take();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].head.type, Http2FrameType::kResetStream);
  EXPECT_EQ(frames[0].payload, Http2Number(3)) << "FLOW_CONTROL_ERROR";
  // The other one's is 65,535, and grows by more than it can.
  ASSERT_TRUE(Feed(WindowUpdate(3, 0x7fffffff - 65'535)));
  EXPECT_FALSE(Feed(Http2Settings({{kInitialWindow, 65'536}})));
  EXPECT_THAT(client_->error_text(), HasSubstr("FLOW_CONTROL_ERROR"));
}

TEST_F(Http2ClientFlowTest, OurWindowsAreGivenBackByHalves) {
  Make();
  ASSERT_TRUE(Feed(Http2Settings({})));
  client_->Submit(kGet, 0);
  Take();
  ASSERT_TRUE(Feed(Http2Headers(1, {{":status", "200"}}, false)));
  const std::string frame = Http2Data(1, std::string(16'384, 'x'), false);
  for (int i = 0; i < 32'767; ++i) ASSERT_TRUE(Feed(frame));
  EXPECT_THAT(Take(), IsEmpty()) << "16 KiB less than the half of 1 GiB";
  ASSERT_TRUE(Feed(frame));
  const std::vector<Frame> frames = Take();
  ASSERT_EQ(frames.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(frames[i].head.type, Http2FrameType::kWindowUpdate);
    EXPECT_EQ(frames[i].head.stream, i);
    EXPECT_EQ(frames[i].payload, Http2Number(1u << 29));
  }
}

TEST_F(Http2ClientFlowTest, LongHeaderBlocksAreContinued) {
  const std::vector<std::pair<std::string, std::string>> headers = {
      {"x-long", std::string(40'000, '\x7e')}};  // not shorter in Huffman code
  const auto requests = Http2Requests::Create(
      {{.method = "GET", .path = "/", .authority = "a", .headers = headers, .body = ""}}, "http");
  ASSERT_TRUE(requests.ok());
  Make(*requests);
  ASSERT_TRUE(Feed(Http2Settings({{kMaxFrame, 20'000}})));
  Take();
  client_->Submit(0, 0);
  std::string block;
  std::vector<int> types;
  std::vector<int> flags;
  for (const Frame& frame : Take()) {
    EXPECT_EQ(frame.head.stream, 1u);
    EXPECT_LE(frame.payload.size(), 20'000u);
    types.push_back(static_cast<int>(frame.head.type));
    flags.push_back(frame.head.flags);
    block += frame.payload;
  }
  EXPECT_THAT(types, ElementsAre(1, 9, 9));
  EXPECT_THAT(flags, ElementsAre(1, 0, 4)) << "END_STREAM first, END_HEADERS last";
  HpackDecoder decoder;
  EXPECT_EQ(DecodeFields(&decoder, block)->back().second, headers[0].second);
  const size_t all = block.size() + types.size() * kHttp2HeadBytes;
  EXPECT_EQ(client_->Cancel(0).sent, all);
}

TEST_F(Http2ClientFlowTest, PeerMayHaveNoHeaderTable) {
  Make();
  ASSERT_TRUE(Feed(Http2Settings({{kTableSize, 0}})));
  HpackDecoder decoder;
  for (uint32_t request = 0; request < 2; ++request) {
    client_->Submit(kGet, request);
    const std::vector<Frame> frames = Take();
    EXPECT_EQ(DecodeFields(&decoder, frames.back().payload)->size(), 6u);
    EXPECT_EQ(decoder.table().fields(), 0u);
  }
}

TEST_F(Http2ClientFlowTest, OurSettingsAreAcknowledgedOnce) {
  Make();
  const std::string ack = Http2Frame(Http2Type::kSettings, kHttp2Ack, 0, "");
  ASSERT_TRUE(Feed(Http2Settings({}) + ack));
  EXPECT_FALSE(Feed(ack));
  EXPECT_EQ(client_->error(), ErrorClass::kH2Protocol);
}

TEST_F(Http2ClientFlowTest, LastStreamOfGoAwayIsOursAndNeverGrows) {
  for (const auto& [first, second] :
       {std::pair(3u, 5u), std::pair(0u, 1u), std::pair(4u, 4u), std::pair(0x7fffffffu, 2u)}) {
    Make();
    ASSERT_TRUE(Feed(Http2Settings({})));
    const bool fine = Feed(Http2GoAway(first, 0) + Http2GoAway(second, 0));
    EXPECT_FALSE(fine) << first << " " << second;
  }
  Make();
  ASSERT_TRUE(Feed(Http2Settings({}) + Http2GoAway(0x7fffffff, 0) + Http2GoAway(3, 0)));
  ASSERT_TRUE(Feed(Http2GoAway(3, 0) + Http2GoAway(0, 0)));
}

TEST_F(Http2ClientFlowTest, OwnerMayCancelOthersWhileGoAwayEndsThem) {
  Make();
  ASSERT_TRUE(Feed(Http2Settings({})));
  for (uint32_t request = 1; request <= 3; ++request) client_->Submit(kGet, request);
  Take();
  for (uint32_t request = 4; request <= 6; ++request) client_->Submit(kGet, request);
  log_.on_end = [this](uint32_t request) {
    if (request == 1) client_->Cancel(2);
    if (request == 3) client_->Cancel(5);
  };
  ASSERT_TRUE(Feed(Http2GoAway(0, 0)));
  EXPECT_THAT(log_.Take(),
              ElementsAre("1: h2_goaway", "3: h2_goaway", "4: h2_goaway", "6: h2_goaway"));
  EXPECT_EQ(client_->open_streams(), 0u);
}

TEST_F(Http2ClientFlowTest, BlocksOfEndedStreamsStillCountForTheTable) {
  Make();
  ASSERT_TRUE(Feed(Http2Settings({})));
  client_->Submit(kGet, 1);
  client_->Submit(kGet, 2);
  Take();
  client_->Cancel(1);
  const std::string added = Http2Frame(Http2Type::kHeaders, 5, 1, FromHex("48 03343034"));
  ASSERT_TRUE(Feed(added + Http2Frame(Http2Type::kHeaders, 5, 3, FromHex("be"))));
  EXPECT_THAT(log_.Take(), ElementsAre("start 2", "2: 404"));
}

}  // namespace
}  // namespace muster
