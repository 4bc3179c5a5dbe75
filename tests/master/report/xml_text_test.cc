#include "master/report/xml_text.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(XmlTextTest, WhatMeansSomethingToXmlIsEscaped) {
  EXPECT_EQ(XmlText("p99(response) < 1s & \"b\" > 'c'"),
            "p99(response) &lt; 1s &amp; &quot;b&quot; &gt; 'c'");
  EXPECT_EQ(XmlText("a\nb\tc\rd"), "a&#10;b&#9;c&#13;d");
}

TEST(XmlTextTest, CharactersOfEveryLengthStay) {
  const std::string text = "\u00e9 \u20ac \U0001F600 \uFFFD";
  EXPECT_EQ(XmlText(text), text);
}

TEST(XmlTextTest, WhatXmlCannotHoldIsReplaced) {
  const std::string gone = "\uFFFD";
  EXPECT_EQ(XmlText(std::string("a\0b\x1b", 4)), "a" + gone + "b" + gone);
  EXPECT_EQ(XmlText("\xff"), gone) << "no lead byte";
  EXPECT_EQ(XmlText("\xc0\xaf"), gone + gone) << "overlong";
  EXPECT_EQ(XmlText("\xe2\x82"), gone + gone) << "cut off";
  EXPECT_EQ(XmlText("\xed\xa0\x80"), gone + gone + gone) << "half a surrogate pair";
  EXPECT_EQ(XmlText("\xef\xbf\xbe"), gone + gone + gone) << "U+FFFE";
  EXPECT_EQ(XmlText("\xf4\x90\x80\x80"), gone + gone + gone + gone) << "above U+10FFFF";
  EXPECT_EQ(XmlText("\xe2<"), gone + "&lt;");
}

}  // namespace
}  // namespace muster
