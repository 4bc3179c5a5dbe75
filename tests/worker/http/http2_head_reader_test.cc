#include "worker/http/http2_head_reader.h"

#include <gtest/gtest.h>

#include "tests/support/allocations/allocations.h"
#include "tests/worker/http/hpack_fields.h"
#include "tests/worker/http/hpack_nghttp2.h"

namespace muster {
namespace {

Http2Head HeadOf(const Http2Fields& fields) {
  Http2HeadReader reader;
  const auto head = reader.Read(Http2Block(fields));
  EXPECT_TRUE(head.has_value());
  return head.value_or(Http2Head());
}

// With :status in front.
bool MayBe(const std::string& name, const std::string& value) {
  return HeadOf({{":status", "200"}, {name, value}}).well_formed;
}

TEST(Http2HeadReaderTest, StatusAndLength) {
  FieldNames both;
  both.Add("x");
  both.Add("content-length");
  EXPECT_EQ(HeadOf({{":status", "404"}, {"content-length", "123"}, {"x", "y"}}),
            (Http2Head{.status = 404, .fields = both.fingerprint(), .content_length = 123}));
  EXPECT_EQ(HeadOf({{"grpc-status", "0"}}).status, 0);
  EXPECT_EQ(HeadOf({{":status", "200"}, {"content-encoding", "gzip"}, {"age", "3"}}).marks,
            kCompressed | kCached);
  EXPECT_EQ(HeadOf({}), Http2Head());
}

TEST(Http2HeadReaderTest, FieldsAreThoseOfNames) {
  const auto fields = [](const Http2Fields& of) { return HeadOf(of).fields; };
  EXPECT_EQ(fields({{":status", "200"}}), fields({}));
  EXPECT_EQ(fields({{":status", "200"}, {"etag", "1"}, {"date", "now"}}),
            fields({{":status", "404"}, {"date", "then"}, {"etag", "2"}}));
  EXPECT_NE(fields({{":status", "200"}, {"x-old", "1"}}),
            fields({{":status", "200"}, {"x-new", "1"}}));
}

TEST(Http2HeadReaderTest, OfPseudoHeadersStatusAloneOnceAndInFront) {
  for (const Http2Fields& fields : std::vector<Http2Fields>{
           {{":status", "20"}},
           {{":status", "2000"}},
           {{":status", "20x"}},
           {{":status", "000"}},
           {{":status", ""}},
           {{":status", "200"}, {":status", "200"}},
           {{"a", "b"}, {":status", "200"}},
           {{":path", "/"}},
           {{":", ""}},
           {{":Status", "200"}},
       }) {
    EXPECT_FALSE(HeadOf(fields).well_formed) << Http2Block(fields);
  }
}

TEST(Http2HeadReaderTest, NamesAreTokensInLowerCase) {
  const std::string tokens = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";
  for (int c = 0; c < 256; ++c) {
    const bool token = tokens.find(static_cast<char>(c)) != std::string::npos;
    EXPECT_EQ(MayBe("n" + std::string(1, static_cast<char>(c)), "v"), token) << c;
  }
  EXPECT_FALSE(MayBe("", "v"));
}

TEST(Http2HeadReaderTest, ValuesHaveNoControlsAndNoBlanksAround) {
  for (int c = 0; c < 256; ++c) {
    const std::string inside = "a" + std::string(1, static_cast<char>(c)) + "b";
    EXPECT_EQ(MayBe("n", inside), c == '\t' || (c >= 0x20 && c != 0x7f)) << c;
  }
  for (const char* value : {" a", "a ", "\ta", "a\t", " "}) EXPECT_FALSE(MayBe("n", value));
  EXPECT_TRUE(MayBe("n", ""));
}

TEST(Http2HeadReaderTest, NothingAboutTheConnection) {
  for (const char* name :
       {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"}) {
    EXPECT_FALSE(MayBe(name, "x")) << name;
  }
  EXPECT_FALSE(MayBe("te", "gzip"));
  EXPECT_FALSE(MayBe("te", "trailer"));
  EXPECT_TRUE(MayBe("te", "trailers"));
  EXPECT_TRUE(MayBe("te", "Trailers"));
  // By its number in the static table.
  Http2HeadReader reader;
  EXPECT_FALSE(reader.Read(FromHex("88 0f2a 0178"))->well_formed);
}

TEST(Http2HeadReaderTest, LengthsAreNumbersAndThereOnce) {
  EXPECT_EQ(HeadOf({{"content-length", "0"}}).content_length, 0);
  EXPECT_EQ(HeadOf({{"content-length", "999999999999999999"}}).content_length, 999999999999999999);
  for (const char* value : {"", "-1", "+1", "1x", "0x1", "1,1", "9999999999999999999"}) {
    EXPECT_FALSE(HeadOf({{"content-length", value}}).well_formed) << value;
  }
  EXPECT_FALSE(HeadOf({{"content-length", "1"}, {"content-length", "1"}}).well_formed);
  EXPECT_TRUE(HeadOf({{":status", "103"}, {"content-length", "x"}}).well_formed) << "not looked at";
}

TEST(Http2HeadReaderTest, FieldsHaveALimit) {
  const auto head = [](size_t bytes) {
    return HeadOf({{"a", std::string(bytes - 1 - kHpackFieldOverhead, 'x')}});
  };
  EXPECT_TRUE(head(Http2HeadReader::kMaxFieldBytes).well_formed);
  EXPECT_TRUE(head(Http2HeadReader::kMaxFieldBytes + 1).too_large);
  EXPECT_FALSE(head(Http2HeadReader::kMaxFieldBytes + 1).well_formed);
}

// What is wrong with a field ends the reading of meanings, not that of the table.
TEST(Http2HeadReaderTest, TableIsKeptBehindAMalformedField) {
  Http2HeadReader reader;
  EXPECT_FALSE(reader.Read(FromHex("88 00 0141 00 48 03343034"))->well_formed);
  EXPECT_EQ(reader.Read(FromHex("be"))->status, 404);
}

TEST(Http2HeadReaderTest, BlocksThatCantBeDecoded) {
  Http2HeadReader reader;
  EXPECT_FALSE(reader.Read(FromHex("88 80")).has_value());
}

// The same bytes mean something else when the table has changed.
TEST(Http2HeadReaderTest, WhatIsKeptHoldsForOneStateOfTheTable) {
  Http2HeadReader reader;
  EXPECT_EQ(reader.Read(FromHex("48 03343034"))->status, 404);
  EXPECT_EQ(reader.Read(FromHex("be"))->status, 404);
  EXPECT_EQ(reader.Read(FromHex("be"))->status, 404);
  EXPECT_EQ(reader.Read(FromHex("48 03343136"))->status, 416);
  EXPECT_EQ(reader.Read(FromHex("be"))->status, 416);
  EXPECT_EQ(reader.Read(FromHex("bf"))->status, 404);
  ASSERT_TRUE(reader.Read(FromHex("20")).has_value()) << "the table is emptied";
  EXPECT_FALSE(reader.Read(FromHex("be")).has_value());
}

// With and without a memory: a reader that has seen all blocks so far, and nghttp2's decoder with
// a reader that knows nothing.
TEST(Http2HeadReaderTest, MemoryChangesNothing) {
  for (uint64_t round = 0; round < 100; ++round) {
    Draws draws(round);
    Nghttp2Encoder encoder;
    Nghttp2Decoder decoder;
    Http2HeadReader reader;
    if (draws.Below(2) == 0) encoder.SetTableBytes(draws.Below(200));
    for (int block = 0; block < 200; ++block) {
      const Http2Fields fields = {
          {":status", std::to_string(200 + draws.Below(3))},
          {draws.Below(9) == 0 ? "X" : "x", std::to_string(draws.Below(4))},
          {draws.Below(2) == 0 ? "content-length" : "etag", std::to_string(draws.Below(4))},
      };
      const std::string bytes = encoder.Encode(fields);
      ASSERT_EQ(reader.Read(bytes), HeadOf(*decoder.Decode(bytes))) << block;
    }
  }
}

TEST(Http2HeadReaderTest, NothingIsAllocatedForBlocksOfKnownSize) {
  Nghttp2Encoder encoder;
  Http2HeadReader reader;
  std::vector<std::string> blocks;
  for (int i = 100; i < 999; ++i) {
    blocks.push_back(encoder.Encode({{":status", "200"},
                                     {"date", "Wed, 25 Nov 2026 19:12:" + std::to_string(i)},
                                     {"content-length", std::to_string(i)}}));
  }
  const auto read = [&](size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) ASSERT_TRUE(reader.Read(blocks[i])->well_formed);
  };
  read(0, 500);
  const uint64_t before = AllocationsOfThisThread();
  read(500, blocks.size());
  for (int i = 0; i < 100; ++i) reader.Read("\x88");
  EXPECT_EQ(AllocationsOfThisThread(), before);
}

}  // namespace
}  // namespace muster
