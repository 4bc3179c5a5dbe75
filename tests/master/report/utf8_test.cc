#include "master/report/utf8.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(Utf8Test, TheEndsOfEachLength) {
  const std::pair<const char*, Utf8Character> characters[] = {{"\x01", {1, 0x1}},
                                                              {"\x7f", {1, 0x7f}},
                                                              {"\xc2\x80", {2, 0x80}},
                                                              {"\xdf\xbf", {2, 0x7ff}},
                                                              {"\xe0\xa0\x80", {3, 0x800}},
                                                              {"\xef\xbf\xbf", {3, 0xffff}},
                                                              {"\xf0\x90\x80\x80", {4, 0x10000}},
                                                              {"\xf4\x8f\xbf\xbf", {4, 0x10ffff}}};
  for (const auto& [text, wanted] : characters) {
    const Utf8Character got = FirstCharacter(text);
    EXPECT_EQ(got.bytes, wanted.bytes) << std::hex << wanted.point;
    EXPECT_EQ(got.point, wanted.point);
  }
}

TEST(Utf8Test, WhatIsNoCharacterHasNoBytes) {
  for (const char* text : {"\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                           "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xc3("}) {
    EXPECT_EQ(FirstCharacter(text).bytes, 0u) << text;
  }
}

TEST(Utf8Test, BadBytesAreReplacedOneByOne) {
  EXPECT_EQ(ValidUtf8("a\xff\xc3\xa9\xe2\x82"), "a\uFFFD\u00e9\uFFFD\uFFFD");
  EXPECT_EQ(ValidUtf8(""), "");
}

}  // namespace
}  // namespace muster
