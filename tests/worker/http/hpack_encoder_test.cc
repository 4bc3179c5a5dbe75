#include "worker/http/hpack_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/worker/http/hpack_fields.h"

namespace muster {
namespace {

HpackLists Lists(const std::vector<Http2Fields>& all) {
  HpackLists lists;
  for (const Http2Fields& fields : all) {
    std::vector<HpackField> views;
    for (const auto& [name, value] : fields) views.push_back({name, value});
    lists.Add(views);
  }
  return lists;
}

std::string Next(HpackEncoder& encoder, size_t list = 0) {
  std::string block = "kept";
  encoder.Append(list, &block);
  EXPECT_EQ(block.substr(0, 4), "kept");
  return block.substr(4);
}

// RFC 7541, C.4.1: the first request, and what is left of it when it comes again.
TEST(HpackEncoderTest, FieldsAreAddedOnceAndThenNamed) {
  const HpackLists lists = Lists({{{":method", "GET"},
                                   {":scheme", "http"},
                                   {":path", "/"},
                                   {":authority", "www.example.com"}}});
  HpackEncoder encoder(&lists);
  EXPECT_EQ(Next(encoder), FromHex("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff"));
  EXPECT_EQ(Next(encoder), FromHex("8286 84be"));
  EXPECT_EQ(Next(encoder), FromHex("8286 84be"));
}

TEST(HpackEncoderTest, ListsShareFieldsAndNumbersMove) {
  const HpackLists lists = Lists({{{"a", "1"}}, {{"a", "1"}, {"b", "2"}}});
  EXPECT_EQ(lists.shared().size(), 2u);
  HpackEncoder encoder(&lists);
  EXPECT_EQ(Next(encoder, 0), FromHex("40 0161 0131"));
  EXPECT_EQ(Next(encoder, 1), FromHex("be 40 0162 0132"));
  EXPECT_EQ(Next(encoder, 0), FromHex("bf"));
  EXPECT_EQ(Next(encoder, 1), FromHex("bf be"));
}

TEST(HpackEncoderTest, WhatChangesAndWhatIsSecretIsNotAdded) {
  const HpackLists lists = Lists({{{":path", "/a"}, {"content-length", "3"}},
                                  {{"authorization", "x"}, {"cookie", "short"}},
                                  {{"cookie", "long enough not to be guessed"}}});
  EXPECT_EQ(lists.shared().size(), 1u);
  HpackEncoder encoder(&lists);
  EXPECT_EQ(Next(encoder, 0), FromHex("04 022f61 0f0d 0133"));
  EXPECT_EQ(Next(encoder, 1).substr(0, 2), FromHex("1f 08")) << "never indexed, name 23";
  EXPECT_EQ(Next(encoder, 0), FromHex("04 022f61 0f0d 0133"));
}

TEST(HpackEncoderTest, NothingIsAddedToAFullTable) {
  const std::string large(3000, '\n');  // longer in Huffman code
  const HpackLists lists = Lists({{{"a", large}, {"b", large}, {"c", "d"}}});
  HpackEncoder encoder(&lists);
  HpackDecoder decoder;
  Next(encoder);
  EXPECT_THAT(Next(encoder), testing::StartsWith(FromHex("bf 00 0162"))) << "b did not fit";
  EXPECT_THAT(Next(encoder), testing::EndsWith(FromHex("be")));
}

TEST(HpackEncoderTest, IndicesAboveOneByteAreRead) {
  std::vector<Http2Fields> all(1);
  for (int i = 0; i < 120; ++i) all[0].emplace_back(std::to_string(i), "");
  const HpackLists lists = Lists(all);
  HpackEncoder encoder(&lists);
  HpackDecoder decoder;
  for (int i = 0; i < 3; ++i) {
    const std::string block = Next(encoder);
    if (i > 0) {
      EXPECT_LE(block.size(), 240u);
    }
    ASSERT_EQ(DecodeFields(&decoder, block), all[0]);
  }
}

TEST(HpackEncoderTest, FieldsBeyondThoseSharedAreSentInFull) {
  std::vector<Http2Fields> all(1);
  for (size_t i = 0; i <= HpackLists::kMostShared; ++i) all[0].emplace_back(std::to_string(i), "");
  const HpackLists lists = Lists(all);
  EXPECT_EQ(lists.shared().size(), HpackLists::kMostShared);
  HpackEncoder encoder(&lists);
  HpackDecoder decoder;
  for (int i = 0; i < 2; ++i) ASSERT_EQ(DecodeFields(&decoder, Next(encoder)), all[0]);
}

TEST(HpackEncoderTest, PeersLimitIsKeptAndSaid) {
  const HpackLists lists = Lists({{{"a", "1"}, {"b", "2"}}});
  HpackEncoder encoder(&lists);
  Next(encoder);
  encoder.SetPeerLimit(0);
  EXPECT_EQ(Next(encoder), FromHex("20 00 0161 0131 00 0162 0132"));
  EXPECT_EQ(Next(encoder), FromHex("00 0161 0131 00 0162 0132"));
  encoder.SetPeerLimit(34);
  EXPECT_EQ(Next(encoder), FromHex("20 3f03 40 0161 0131 00 0162 0132"));
  EXPECT_EQ(Next(encoder), FromHex("be 00 0162 0132"));
}

TEST(HpackEncoderTest, MoreThanWeUseChangesNothing) {
  const HpackLists lists = Lists({{{"a", "1"}}});
  HpackEncoder encoder(&lists);
  Next(encoder);
  encoder.SetPeerLimit(65536);
  EXPECT_EQ(Next(encoder), FromHex("be"));
}

}  // namespace
}  // namespace muster
