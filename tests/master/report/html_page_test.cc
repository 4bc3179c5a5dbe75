#include "master/report/html_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(HtmlPageTest, TextStaysTextAndPlacesInItAreNotFilled) {
  const std::string page = HtmlPage({.title = "a<b> {{plain}}",
                                     .plain = "<i>&\n{{title}}",
                                     .json = "{\"x\":\"</script><!--&\xE2\x80\xA8\"}",
                                     .script = "/* own */"});
  EXPECT_THAT(page, HasSubstr("<title>a&lt;b&gt; {{plain}}</title>"));
  EXPECT_THAT(page, HasSubstr("&lt;i>&amp;\n{{title}}"));
  EXPECT_THAT(page, HasSubstr("{\"x\":\"\\u003c/script\\u003e\\u003c!--\\u0026\\u2028\"}"));
  EXPECT_THAT(page, HasSubstr("<script>/* own */</script>"));
  EXPECT_THAT(page, Not(HasSubstr("{{common}}")));
}

}  // namespace
}  // namespace muster
