#include "master/report/markdown_text.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(MarkdownTextTest, WhatMarkdownWouldReadIsEscaped) {
  EXPECT_EQ(MarkdownText("a|b *c* [d](e) <f>"), "a\\|b \\*c\\* \\[d\\]\\(e\\) \\<f\\>");
  EXPECT_EQ(MarkdownText("plain, 5 % of it."), "plain, 5 % of it.");
}

TEST(MarkdownTextTest, ControlCharactersEndNoRow) {
  EXPECT_EQ(MarkdownText("a\nb\tc\x7f"), "a b c ");
}

}  // namespace
}  // namespace muster
