#include "worker/http/http2_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/support/http2/http2_frames.h"

namespace muster {
namespace {

using testing::ElementsAre;

// Heads and whole frames as lines, of bytes in pieces of the sizes that `next_piece` gives.
std::vector<std::string> Read(std::string_view bytes, const std::function<size_t()>& next_piece) {
  std::vector<std::string> lines;
  Http2FrameReader reader;
  while (!bytes.empty()) {
    std::string piece(bytes.substr(0, next_piece()));  // gone after its turn, as the payload is
    bytes.remove_prefix(piece.size());
    std::string_view rest = piece;
    for (Http2FrameReader::Event event{}; (event = reader.Next(&rest)) != decltype(event)::kNone;) {
      const Http2FrameHead& head = reader.head();
      std::string line = std::to_string(static_cast<int>(head.type)) + "/" +
                         std::to_string(head.flags) + "/" + std::to_string(head.stream);
      if (event == Http2FrameReader::Event::kFrame) {
        line += " " + std::string(reader.payload());
        if (head.type == Http2FrameType::kData && head.length > 0) {
          line += " first " + std::to_string(reader.first_byte());
        }
      }
      lines.push_back(line);
    }
    EXPECT_TRUE(rest.empty());
  }
  return lines;
}

std::vector<std::string> ReadWhole(std::string_view bytes) {
  return Read(bytes, [] { return size_t{1} << 20; });
}

std::string Mixture() {
  return Http2Frame(Http2Type::kPing, 1, 0, "12345678") +
         Http2Frame(Http2Type::kSettings, 0, 0, "") + Http2Data(3, "content", true) +
         Http2Data(3, "", false) + Http2Frame(static_cast<Http2Type>(77), 9, 5, "unknown") +
         Http2Frame(Http2Type::kHeaders, 4, 7, std::string(300, 'h')) +
         Http2Frame(Http2Type::kContinuation, 4, 7, "end");
}

TEST(Http2FrameReaderTest, PayloadsComeButThatOfDataAndOfUnknownTypes) {
  EXPECT_THAT(ReadWhole(Mixture()),
              ElementsAre("6/1/0", "6/1/0 12345678", "4/0/0", "4/0/0 ", "0/1/3", "0/1/3  first 99",
                          "0/0/3", "0/0/3 ", "77/9/5", "77/9/5 ", "1/4/7",
                          "1/4/7 " + std::string(300, 'h'), "9/4/7", "9/4/7 end"));
}

TEST(Http2FrameReaderTest, AnyPiecesGiveTheSame) {
  const std::string bytes = Mixture();
  const std::vector<std::string> whole = ReadWhole(bytes);
  for (size_t size = 1; size < bytes.size(); ++size) {
    ASSERT_EQ(Read(bytes, [size] { return size; }), whole) << "pieces of " << size;
    size_t calls = 0;
    ASSERT_EQ(Read(bytes, [&] { return calls++ == 0 ? size : bytes.size(); }), whole)
        << "split at " << size;
  }
}

TEST(Http2FrameReaderTest, HeadIsKnownBeforeThePayloadComes) {
  const std::string bytes = Http2Frame(Http2Type::kPing, 0, 0, "12345678");
  EXPECT_THAT(ReadWhole(bytes.substr(0, 9)), ElementsAre("6/0/0"));
  EXPECT_THAT(ReadWhole(bytes.substr(0, 8)), ElementsAre());
}

TEST(Http2FrameReaderTest, ReservedBitIsNotOfTheStream) {
  EXPECT_THAT(ReadWhole(Http2Frame(Http2Type::kData, 0, 0x80000001, "")),
              ElementsAre("0/0/1", "0/0/1 "));
}

TEST(Http2FramesTest, WriterWritesWhatTheReaderReads) {
  std::string out;
  AppendHttp2Frame({.length = 3, .type = Http2FrameType::kHeaders, .flags = 5, .stream = 70'001},
                   "abc", &out);
  AppendHttp2Frame(Http2FrameType::kResetStream, 0x7fffffff, 0xfffefdfc, &out);
  EXPECT_EQ(out, Http2Frame(Http2Type::kHeaders, 5, 70'001, "abc") +
                     Http2Frame(Http2Type::kResetStream, 0, 0x7fffffff, "\xff\xfe\xfd\xfc"));
  char longest[kHttp2HeadBytes];
  WriteHttp2Head({.length = kHttp2MostFrameBytes, .type = Http2FrameType::kData}, longest);
  EXPECT_EQ(std::string(longest, 3), "\xff\xff\xff");
}

TEST(Http2FramesTest, CodesHaveTheRfcsNames) {
  EXPECT_EQ(Http2CodeName(Http2Code::kNoError), "NO_ERROR");
  EXPECT_EQ(Http2CodeName(static_cast<Http2Code>(0x6)), "FRAME_SIZE_ERROR");
  EXPECT_EQ(Http2CodeName(static_cast<Http2Code>(0xd)), "HTTP_1_1_REQUIRED");
}

}  // namespace
}  // namespace muster
