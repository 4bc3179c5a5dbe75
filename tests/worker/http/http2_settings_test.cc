#include "worker/http/http2_settings.h"

#include <gtest/gtest.h>

#include "tests/support/http2/http2_frames.h"

namespace muster {
namespace {

std::string Payload(const std::vector<std::pair<uint16_t, uint32_t>>& settings) {
  return Http2Settings(settings).substr(kHttp2HeadBytes);
}

Http2Code CodeOf(const std::vector<std::pair<uint16_t, uint32_t>>& settings) {
  Http2PeerSettings peer;
  return TakeHttp2Settings(Payload(settings), &peer);
}

TEST(Http2SettingsTest, DefaultsAreTheRfcs) {
  Http2PeerSettings peer;
  EXPECT_EQ(TakeHttp2Settings("", &peer), Http2Code::kNoError);
  EXPECT_EQ(peer.header_table_size, 4096u);
  EXPECT_EQ(peer.max_streams, UINT32_MAX);
  EXPECT_EQ(peer.initial_window, 65'535);
  EXPECT_EQ(peer.max_frame_size, 16'384u);
}

TEST(Http2SettingsTest, ValuesAreTakenAndTheLastOneHolds) {
  Http2PeerSettings peer;
  EXPECT_EQ(TakeHttp2Settings(
                Payload({{1, 0}, {2, 0}, {3, 5}, {4, 0x7fffffff}, {5, 16'777'215}, {6, 9}, {3, 7}}),
                &peer),
            Http2Code::kNoError);
  EXPECT_EQ(peer, (Http2PeerSettings{0, 7, 0x7fffffff, 16'777'215}));
  EXPECT_EQ(TakeHttp2Settings(Payload({{0x99, 1}, {4, 3}}), &peer), Http2Code::kNoError);
  EXPECT_EQ(peer, (Http2PeerSettings{0, 7, 3, 16'777'215})) << "what is not named stays";
}

TEST(Http2SettingsTest, ValuesThatMayNotBe) {
  EXPECT_EQ(CodeOf({{2, 1}}), Http2Code::kProtocolError);
  EXPECT_EQ(CodeOf({{4, 0x80000000}}), Http2Code::kFlowControlError);
  EXPECT_EQ(CodeOf({{5, 16'383}}), Http2Code::kProtocolError);
  EXPECT_EQ(CodeOf({{5, 16'777'216}}), Http2Code::kProtocolError);
  Http2PeerSettings peer;
  EXPECT_EQ(TakeHttp2Settings("12345", &peer), Http2Code::kFrameSizeError);
  EXPECT_EQ(TakeHttp2Settings("1234567", &peer), Http2Code::kFrameSizeError);
}

TEST(Http2SettingsTest, WriterWritesThem) {
  std::string payload;
  AppendHttp2Setting(Http2Setting::kInitialWindowSize, 0xfffefdfc, &payload);
  EXPECT_EQ(payload, Payload({{4, 0xfffefdfc}}));
}

}  // namespace
}  // namespace muster
