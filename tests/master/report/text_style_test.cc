#include "master/report/text_style.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(TextStyleTest, WidthCountsCodePointsAndNoCodes) {
  EXPECT_EQ(TextWidth("abc"), 3u);
  EXPECT_EQ(TextWidth("größe ✓"), 7u);
  EXPECT_EQ(TextWidth("\x1b[1;31mFAILED\x1b[0m"), 6u);
  EXPECT_EQ(TextWidth(""), 0u);
}

TEST(TextStyleTest, PaddingReachesTheWidthAndNeverCuts) {
  EXPECT_EQ(PadLeft("✓a", 4), "  ✓a");
  EXPECT_EQ(PadRight("✓a", 4), "✓a  ");
  EXPECT_EQ(PadLeft("abcdef", 4), "abcdef");
}

TEST(TextStyleTest, CutTextHasTheWidthAndKeepsItsCodes) {
  EXPECT_EQ(CutToWidth("abcdef", 6), "abcdef");
  EXPECT_EQ(CutToWidth("abcdef", 4), "abc~");
  EXPECT_EQ(CutToWidth("\x1b[1mabcdef\x1b[0m", 4), "\x1b[1mabc~\x1b[0m");
  EXPECT_EQ(CutToWidth("ab", 0), "");
}

TEST(TextStyleTest, PaintIsPlainWithoutColour) {
  EXPECT_EQ(TextStyle({false, 80, true}).Paint(Style::kBad, "x"), "x");
  EXPECT_EQ(TextStyle({true, 80, true}).Paint(Style::kBad, "x"), "\x1b[1;31mx\x1b[0m");
}

TEST(TextStyleTest, CleanLeavesNothingThatATerminalObeys) {
  const TextStyle unicode({false, 80, true});
  EXPECT_EQ(unicode.Clean("größe"), "größe");
  EXPECT_EQ(unicode.Clean("a\x1b[2J\n\x7f"), "a?[2J??");
  EXPECT_EQ(unicode.Clean("a\xc2\x9b"), "a?");  // C1 control: CSI
  EXPECT_EQ(unicode.Clean("\x9b"
                          "1m\xff"),
            "?1m?");  // the same as a lone byte
  EXPECT_EQ(TextStyle({false, 80, false}).Clean("größe"), "gr??e");
}

TEST(TextStyleTest, PartsWrapUnderTheFirst) {
  const TextStyle style({false, 24, true});
  EXPECT_EQ(LabelledLine(style, "load", {"aaaa", "bbbb", "cccc"}),
            "load        aaaa · bbbb\n            cccc\n");
  EXPECT_EQ(LabelledLine(style, "load", {"a part that is longer than a line"}),
            "load        a part that is longer than a line\n");
}

}  // namespace
}  // namespace muster
