#include "worker/http/hpack_huffman.h"

#include <gtest/gtest.h>

#include "tests/worker/http/hpack_fields.h"

namespace muster {
namespace {

std::optional<std::string> Decoded(std::string_view coded) {
  std::string out(MaxHuffmanDecoded(coded.size()), '\0');
  const std::optional<size_t> size = HuffmanDecode(coded, out.data());
  if (!size.has_value()) return std::nullopt;
  EXPECT_LE(*size, out.size());
  return out.substr(0, *size);
}

std::string Coded(std::string_view text) {
  std::string out;
  AppendHuffman(text, &out);
  EXPECT_EQ(out.size(), HuffmanCodedSize(text));
  return out;
}

// RFC 7541, C.4 and C.6.
TEST(HpackHuffmanTest, ExamplesOfTheRfc) {
  const std::pair<const char*, const char*> examples[] = {
      {"www.example.com", "f1e3 c2e5 f23a 6ba0 ab90 f4ff"},
      {"no-cache", "a8eb 1064 9cbf"},
      {"custom-key", "25a8 49e9 5ba9 7d7f"},
      {"302", "6402"},
      {"private", "aec3 771a 4b"},
      {"Mon, 21 Oct 2013 20:13:21 GMT", "d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff"},
      {"https://www.example.com", "9d29 ad17 1863 c78f 0b97 c8e9 ae82 ae43 d3"},
  };
  for (const auto& [text, hex] : examples) {
    EXPECT_EQ(Coded(text), FromHex(hex)) << text;
    EXPECT_EQ(Decoded(FromHex(hex)), text);
  }
}

TEST(HpackHuffmanTest, EveryByteAtEveryPlaceComesBack) {
  for (int byte = 0; byte < 256; ++byte) {
    for (size_t before = 0; before < 9; ++before) {
      const std::string text = std::string(before, '0') + static_cast<char>(byte) + "tail";
      ASSERT_EQ(Decoded(Coded(text)), text);
    }
  }
}

TEST(HpackHuffmanTest, RandomTextsComeBack) {
  for (uint64_t round = 0; round < 2000; ++round) {
    Draws draws(round);
    const size_t end = round % 2 == 0 ? 256 : 128;
    const std::string text = draws.Text(draws.Below(300), 0, end);
    ASSERT_EQ(Decoded(Coded(text)), text);
  }
}

TEST(HpackHuffmanTest, PaddingIsTheBeginningOfEosAndShort) {
  EXPECT_EQ(Decoded(""), "");
  EXPECT_EQ(Decoded("\x07"), "0") << "0 has five zeros, then three ones";
  EXPECT_EQ(Decoded(std::string(1, '\x06')), std::nullopt) << "a zero in the padding";
  EXPECT_EQ(Decoded(std::string(1, '\0')), std::nullopt);
  EXPECT_EQ(Decoded("\xff"), std::nullopt) << "eight bits of padding";
  EXPECT_EQ(Decoded("\x07\xff"), std::nullopt);
}

TEST(HpackHuffmanTest, EosAndCodesCutOffAreRefused) {
  EXPECT_EQ(Decoded("\xff\xff\xff\xff"), std::nullopt);
  EXPECT_EQ(Decoded("\x07\xff\xff\xff\xff\xff\xff\xff\xff\xff"), std::nullopt);
  const std::string whole = Coded(std::string(1, '\n'));  // a code of 30 bits
  ASSERT_EQ(whole.size(), 4u);
  for (size_t size = 1; size < 4; ++size) EXPECT_EQ(Decoded(whole.substr(0, size)), std::nullopt);
}

}  // namespace
}  // namespace muster
