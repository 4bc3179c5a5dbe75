#include "worker/http/http2_block.h"

#include <gtest/gtest.h>

#include <string>

namespace muster {
namespace {

using Type = Http2FrameType;
using Code = Http2Code;
using namespace std::string_literals;

class Http2BlockTest : public testing::Test {
 protected:
  Code Add(Type type, int flags, std::string_view payload) {
    const Http2FrameHead head = {.length = static_cast<uint32_t>(payload.size()),
                                 .type = type,
                                 .flags = static_cast<uint8_t>(flags),
                                 .stream = 5};
    return blocks_.Add(head, payload).code;
  }
  // Of HEADERS that are a whole block.
  std::string Whole(int flags, std::string_view payload) {
    EXPECT_EQ(Add(Type::kHeaders, flags | http2_flag::kEndHeaders, payload), Code::kNoError);
    EXPECT_EQ(blocks_.waiting_stream(), 0u);
    return std::string(blocks_.block());
  }
  Http2BlockAssembler blocks_;
};

TEST_F(Http2BlockTest, OneFrame) {
  EXPECT_EQ(Whole(0, "abc"), "abc");
  EXPECT_FALSE(blocks_.ends_stream());
  EXPECT_EQ(Whole(http2_flag::kEndStream, ""), "");
  EXPECT_TRUE(blocks_.ends_stream());
}

TEST_F(Http2BlockTest, PaddingAndPriorityAreTakenOff) {
  EXPECT_EQ(Whole(http2_flag::kPadded, "\2abcPP"), "abc");
  EXPECT_EQ(Whole(http2_flag::kPriority, "pppppabc"), "abc");
  EXPECT_EQ(Whole(http2_flag::kPriority | http2_flag::kPadded, "\1pppppabcP"), "abc");
  EXPECT_EQ(Whole(http2_flag::kPadded, "\3PPP"), "") << "nothing else";
}

TEST_F(Http2BlockTest, FramesThatAreTooShort) {
  const int end = http2_flag::kEndHeaders;
  EXPECT_EQ(Add(Type::kHeaders, end | http2_flag::kPadded, ""), Code::kFrameSizeError);
  EXPECT_EQ(Add(Type::kHeaders, end | http2_flag::kPadded, "\4PPP"), Code::kProtocolError);
  EXPECT_EQ(Add(Type::kHeaders, end | http2_flag::kPriority, "pppp"), Code::kFrameSizeError);
  EXPECT_EQ(Add(Type::kHeaders, end | http2_flag::kPriority | http2_flag::kPadded, "\0pppp"s),
            Code::kFrameSizeError);
}

TEST_F(Http2BlockTest, SeveralFrames) {
  std::string first = "\1abP";  // gone when the next one comes
  EXPECT_EQ(Add(Type::kHeaders, http2_flag::kEndStream | http2_flag::kPadded, first),
            Code::kNoError);
  first.assign(4, '-');
  EXPECT_EQ(blocks_.waiting_stream(), 5u);
  EXPECT_EQ(Add(Type::kContinuation, 0, ""), Code::kNoError);
  EXPECT_EQ(Add(Type::kContinuation, http2_flag::kEndHeaders, "cd"), Code::kNoError);
  EXPECT_EQ(blocks_.waiting_stream(), 0u);
  EXPECT_EQ(blocks_.block(), "abcd");
  EXPECT_TRUE(blocks_.ends_stream()) << "as HEADERS said";
}

TEST_F(Http2BlockTest, ContinuationsHaveALimit) {
  for (int round = 0; round < 2; ++round) {  // for each block anew
    Add(Type::kHeaders, 0, "");
    for (uint32_t i = 0; i + 1 < Http2BlockAssembler::kMaxContinuations; ++i) {
      ASSERT_EQ(Add(Type::kContinuation, 0, ""), Code::kNoError);
    }
    EXPECT_EQ(Add(Type::kContinuation, http2_flag::kEndHeaders, ""), Code::kNoError);
  }
  Add(Type::kHeaders, 0, "");
  for (uint32_t i = 0; i < Http2BlockAssembler::kMaxContinuations; ++i) {
    Add(Type::kContinuation, 0, "");
  }
  EXPECT_EQ(Add(Type::kContinuation, 0, ""), Code::kEnhanceYourCalm);
}

TEST_F(Http2BlockTest, BytesOfContinuationsHaveALimit) {
  const std::string part(Http2BlockAssembler::kMaxBytes / 8, 'x');
  Add(Type::kHeaders, 0, part);
  for (int i = 0; i < 7; ++i) ASSERT_EQ(Add(Type::kContinuation, 0, part), Code::kNoError);
  EXPECT_EQ(blocks_.block().size(), Http2BlockAssembler::kMaxBytes);
  EXPECT_EQ(Add(Type::kContinuation, 0, "x"), Code::kEnhanceYourCalm);
}

TEST(Http2DataTest, ContentIsWithoutPadding) {
  const auto content = [](uint32_t length, uint8_t flags, uint8_t first) {
    uint32_t bytes = 0;
    const Http2Violation violation = ContentOfHttp2Data(
        {.length = length, .type = Type::kData, .flags = flags, .stream = 1}, first, &bytes);
    EXPECT_EQ(violation.code, Code::kNoError);
    return bytes;
  };
  EXPECT_EQ(content(10, 0, 4), 10u);
  EXPECT_EQ(content(10, http2_flag::kPadded, 4), 5u);
  EXPECT_EQ(content(10, http2_flag::kPadded, 9), 0u);
  EXPECT_EQ(content(0, 0, 9), 0u);
}

TEST(Http2DataTest, PaddingHasToFit) {
  uint32_t bytes = 0;
  Http2FrameHead head = {.length = 10, .type = Type::kData, .flags = http2_flag::kPadded};
  EXPECT_EQ(ContentOfHttp2Data(head, 10, &bytes).code, Code::kProtocolError);
  head.length = 0;
  EXPECT_EQ(ContentOfHttp2Data(head, 0, &bytes).code, Code::kFrameSizeError);
}

}  // namespace
}  // namespace muster
