#include "worker/http/http2_frame_rules.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

using Type = Http2FrameType;
using Code = Http2Code;

constexpr uint32_t kNext = 9;  // streams 1 to 7 have been opened

Code CodeOf(Type type, uint32_t length, uint32_t stream, uint8_t flags = 0, uint32_t block = 0) {
  const Http2FrameHead head = {.length = length, .type = type, .flags = flags, .stream = stream};
  const Http2Violation violation = CheckHttp2Head(head, kNext, block);
  EXPECT_EQ(violation.any(), !violation.why.empty());
  return violation.code;
}

TEST(Http2FrameRulesTest, FramesOfStreamsAreOnOnesThatWeOpened) {
  for (const auto& [type, length] : {std::pair(Type::kData, 5u), std::pair(Type::kHeaders, 5u),
                                     std::pair(Type::kResetStream, 4u)}) {
    EXPECT_EQ(CodeOf(type, length, 1), Code::kNoError);
    EXPECT_EQ(CodeOf(type, length, 7), Code::kNoError);
    EXPECT_EQ(CodeOf(type, length, 9), Code::kProtocolError) << "idle";
    EXPECT_EQ(CodeOf(type, length, 2), Code::kProtocolError) << "the peer's";
    EXPECT_EQ(CodeOf(type, length, 0), Code::kProtocolError);
  }
  EXPECT_EQ(CodeOf(Type::kWindowUpdate, 4, 7), Code::kNoError);
  EXPECT_EQ(CodeOf(Type::kWindowUpdate, 4, 0), Code::kNoError);
  EXPECT_EQ(CodeOf(Type::kWindowUpdate, 4, 9), Code::kProtocolError);
}

TEST(Http2FrameRulesTest, FramesOfTheConnectionAreOnNoStream) {
  for (const auto& [type, length] :
       {std::pair(Type::kSettings, 6u), std::pair(Type::kPing, 8u), std::pair(Type::kGoAway, 8u)}) {
    EXPECT_EQ(CodeOf(type, length, 0), Code::kNoError);
    EXPECT_EQ(CodeOf(type, length, 1), Code::kProtocolError);
  }
}

TEST(Http2FrameRulesTest, PriorityIsForAnyStream) {
  for (const uint32_t stream : {1u, 2u, 9u, 100u}) {
    EXPECT_EQ(CodeOf(Type::kPriority, 5, stream), Code::kNoError);
  }
  EXPECT_EQ(CodeOf(Type::kPriority, 5, 0), Code::kProtocolError);
}

TEST(Http2FrameRulesTest, LengthsHaveToFit) {
  EXPECT_EQ(CodeOf(Type::kData, kHttp2FrameBytes, 1), Code::kNoError);
  EXPECT_EQ(CodeOf(Type::kData, kHttp2FrameBytes + 1, 1), Code::kFrameSizeError);
  EXPECT_EQ(CodeOf(static_cast<Type>(99), kHttp2FrameBytes + 1, 1), Code::kFrameSizeError);
  for (const uint32_t off : {UINT32_MAX, 1u}) {
    EXPECT_EQ(CodeOf(Type::kPriority, 5 + off, 1), Code::kFrameSizeError);
    EXPECT_EQ(CodeOf(Type::kResetStream, 4 + off, 1), Code::kFrameSizeError);
    EXPECT_EQ(CodeOf(Type::kWindowUpdate, 4 + off, 0), Code::kFrameSizeError);
    EXPECT_EQ(CodeOf(Type::kPing, 8 + off, 0), Code::kFrameSizeError);
  }
  EXPECT_EQ(CodeOf(Type::kGoAway, 7, 0), Code::kFrameSizeError);
  EXPECT_EQ(CodeOf(Type::kGoAway, 100, 0), Code::kNoError) << "debug data";
  EXPECT_EQ(CodeOf(Type::kSettings, 6, 0, http2_flag::kAck), Code::kFrameSizeError);
  EXPECT_EQ(CodeOf(Type::kSettings, 0, 0, http2_flag::kAck), Code::kNoError);
}

TEST(Http2FrameRulesTest, NothingComesBetweenTheFramesOfABlock) {
  EXPECT_EQ(CodeOf(Type::kContinuation, 5, 3, 0, 3), Code::kNoError);
  EXPECT_EQ(CodeOf(Type::kContinuation, 5, 5, 0, 3), Code::kProtocolError);
  EXPECT_EQ(CodeOf(Type::kContinuation, 5, 3, 0, 0), Code::kProtocolError);
  for (const auto type : {Type::kData, Type::kHeaders, static_cast<Type>(99)}) {
    EXPECT_EQ(CodeOf(type, 5, 3, 0, 3), Code::kProtocolError);
  }
}

TEST(Http2FrameRulesTest, NoPushesAndAnythingUnknown) {
  EXPECT_EQ(CodeOf(Type::kPushPromise, 5, 1), Code::kProtocolError);
  for (const uint32_t stream : {0u, 1u, 2u, 9u}) {
    EXPECT_EQ(CodeOf(static_cast<Type>(10), 5, stream), Code::kNoError);
  }
}

TEST(Http2FrameRulesTest, SettingsBeginTheConnection) {
  EXPECT_TRUE(BeginsHttp2({.length = 12, .type = Type::kSettings}));
  EXPECT_FALSE(BeginsHttp2({.length = 0, .type = Type::kSettings, .flags = http2_flag::kAck}));
  EXPECT_FALSE(BeginsHttp2({.length = 12, .type = Type::kSettings, .stream = 1}));
  EXPECT_FALSE(BeginsHttp2({.length = kHttp2FrameBytes + 1, .type = Type::kSettings}));
  EXPECT_FALSE(BeginsHttp2({.length = 8, .type = Type::kPing}));
}

}  // namespace
}  // namespace muster
