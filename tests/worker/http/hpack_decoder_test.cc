#include "worker/http/hpack_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/allocations/allocations.h"
#include "tests/worker/http/hpack_fields.h"

namespace muster {
namespace {

struct Example {
  const char* block;
  Http2Fields fields;
  size_t table_bytes;
};

void Check(const std::vector<Example>& examples) {
  HpackDecoder decoder;
  for (const Example& example : examples) {
    const auto fields = DecodeFields(&decoder, FromHex(example.block));
    ASSERT_TRUE(fields.has_value()) << example.block;
    EXPECT_EQ(*fields, example.fields);
    EXPECT_EQ(decoder.table().bytes(), example.table_bytes);
  }
}

bool IsValid(std::string_view hex) {
  HpackDecoder decoder;
  return DecodeFields(&decoder, FromHex(hex)).has_value();
}

// RFC 7541, C.2.
TEST(HpackDecoderTest, SingleFields) {
  Check({{"400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
          {{"custom-key", "custom-header"}},
          55}});
  Check({{"040c 2f73 616d 706c 652f 7061 7468", {{":path", "/sample/path"}}, 0}});
  Check({{"1008 7061 7373 776f 7264 0673 6563 7265 74", {{"password", "secret"}}, 0}});
  Check({{"82", {{":method", "GET"}}, 0}});
}

const Http2Fields kFirst = {
    {":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "www.example.com"}};
const Http2Fields kSecond = {{":method", "GET"},
                             {":scheme", "http"},
                             {":path", "/"},
                             {":authority", "www.example.com"},
                             {"cache-control", "no-cache"}};
const Http2Fields kThird = {{":method", "GET"},
                            {":scheme", "https"},
                            {":path", "/index.html"},
                            {":authority", "www.example.com"},
                            {"custom-key", "custom-value"}};

// RFC 7541, C.3 and C.4.
TEST(HpackDecoderTest, Requests) {
  Check(
      {{"8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", kFirst, 57},
       {"8286 84be 5808 6e6f 2d63 6163 6865", kSecond, 110},
       {"8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65", kThird, 164}});
}

TEST(HpackDecoderTest, RequestsInHuffmanCode) {
  Check({{"8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", kFirst, 57},
         {"8286 84be 5886 a8eb 1064 9cbf", kSecond, 110},
         {"8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", kThird, 164}});
}

Http2Fields Response(const std::string& status, const std::string& second) {
  return {{":status", status},
          {"cache-control", "private"},
          {"date", "Mon, 21 Oct 2013 20:13:" + second + " GMT"},
          {"location", "https://www.example.com"}};
}

Http2Fields ThirdResponse() {
  Http2Fields fields = Response("200", "22");
  fields.emplace_back("content-encoding", "gzip");
  fields.emplace_back("set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");
  return fields;
}

// RFC 7541, C.5 and C.6: a table of 256 bytes, which is said in front.
TEST(HpackDecoderTest, ResponsesWithEviction) {
  Check({{"3fe101 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133"
          "2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65"
          "2e63 6f6d",
          Response("302", "21"), 222},
         {"4803 3330 37c1 c0bf", Response("307", "21"), 222},
         {"88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0"
          "5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851"
          "5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
          ThirdResponse(), 215}});
}

TEST(HpackDecoderTest, ResponsesWithEvictionInHuffmanCode) {
  Check({{"3fe101 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6"
          "2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
          Response("302", "21"), 222},
         {"4883 640e ffc1 c0bf", Response("307", "21"), 222},
         {"88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad"
          "94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160"
          "65c0 03ed 4ee5 b106 3d50 07",
          ThirdResponse(), 215}});
}

TEST(HpackDecoderTest, IndicesHaveToBeThere) {
  EXPECT_TRUE(IsValid("bd")) << "61, the last static one";
  EXPECT_FALSE(IsValid("80")) << "0";
  EXPECT_FALSE(IsValid("be")) << "62 of an empty table";
  EXPECT_FALSE(IsValid("7e 00")) << "likewise as a name";
  EXPECT_TRUE(IsValid("40 01 61 01 62 be"));
  EXPECT_FALSE(IsValid("40 01 61 01 62 bf"));
}

TEST(HpackDecoderTest, IntegersAndStringsEndWithinTheBlock) {
  EXPECT_FALSE(IsValid("ff"));
  EXPECT_FALSE(IsValid("ff 80"));
  EXPECT_FALSE(IsValid("00"));
  EXPECT_FALSE(IsValid("00 01"));
  EXPECT_FALSE(IsValid("00 01 61"));
  EXPECT_FALSE(IsValid("00 01 61 02 62"));
  EXPECT_FALSE(IsValid("00 7f"));
  EXPECT_TRUE(IsValid("00 01 61 00"));
}

TEST(HpackDecoderTest, IntegersHaveALimit) {
  // 2^32 - 1 and one more, as sizes for the table: both are too large, and none overflows.
  EXPECT_FALSE(IsValid("3f e0 ff ff ff 0f"));
  EXPECT_FALSE(IsValid("3f e1 ff ff ff 0f"));
  EXPECT_FALSE(IsValid("3f ff ff ff ff ff ff ff ff ff ff 01"));
  // One may be written with more bytes than it needs, up to five.
  EXPECT_TRUE(IsValid("3f 81 80 80 80 00"));
  EXPECT_FALSE(IsValid("3f 81 80 80 80 80 00"));
  // 2^32 + 2: index 2 if it were cut off.
  EXPECT_FALSE(IsValid("ff 83 ff ff ff 0f"));
}

TEST(HpackDecoderTest, TableSizesAreSaidInFrontAndWithinOurs) {
  EXPECT_TRUE(IsValid("3f e1 1f 82")) << "4096";
  EXPECT_FALSE(IsValid("3f e2 1f 82")) << "4097";
  EXPECT_TRUE(IsValid("20 3f e1 1f 82"));
  EXPECT_FALSE(IsValid("82 20"));
}

TEST(HpackDecoderTest, BrokenHuffmanCodeIsNotValid) {
  EXPECT_TRUE(IsValid("00 01 61 81 07"));
  EXPECT_FALSE(IsValid("00 01 61 81 06"));
  EXPECT_FALSE(IsValid("00 81 ff 00"));
}

TEST(HpackDecoderTest, NameMayBeOfTheFieldThatMakesRoom) {
  HpackDecoder decoder;
  // A table of 64 bytes holds one of these; the second takes its name from the first.
  EXPECT_EQ(DecodeFields(&decoder, FromHex("3f 21 40 04 6e616d65 02 7631 7e 02 7632")),
            (Http2Fields{{"name", "v1"}, {"name", "v2"}}));
  EXPECT_EQ(DecodeFields(&decoder, FromHex("be")), (Http2Fields{{"name", "v2"}}));
  EXPECT_EQ(decoder.table().fields(), 1u);
}

TEST(HpackDecoderTest, StateTellsBlocksThatChangeNothing) {
  HpackDecoder decoder;
  const auto changes = [&decoder](std::string_view hex) {
    const uint64_t before = decoder.state();
    EXPECT_TRUE(DecodeFields(&decoder, FromHex(hex)).has_value());
    return decoder.state() != before;
  };
  EXPECT_FALSE(changes("88 00 01 61 01 62"));
  EXPECT_TRUE(changes("40 01 61 01 62"));
  EXPECT_FALSE(changes("be"));
  EXPECT_TRUE(changes("20"));
  EXPECT_FALSE(changes("40 01 61 01 62")) << "nginx adds fields to a table of no bytes";
}

TEST(HpackDecoderTest, NothingIsAllocatedOnceTheLongestFieldHasCome) {
  HpackDecoder decoder;
  const std::string block = FromHex(
      "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6"
      "2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3");
  HpackDecoder::Field field;
  const auto decode = [&](int times) {
    for (int i = 0; i < times; ++i) {
      decoder.Start(block);
      while (decoder.Next(&field)) {
      }
    }
  };
  decode(1000);
  const uint64_t before = AllocationsOfThisThread();
  decode(1000);
  EXPECT_EQ(AllocationsOfThisThread(), before);
  EXPECT_FALSE(decoder.broken());
}

}  // namespace
}  // namespace muster
