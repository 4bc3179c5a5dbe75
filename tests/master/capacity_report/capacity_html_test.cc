#include "master/capacity_report/capacity_html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "master/capacity_report/capacity_json.h"
#include "tests/master/capacity_report/sample_capacity.h"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::ordered_json;

Json DataOf(const std::string& page) {
  const std::string from = "<script type=\"application/json\" id=\"data\">";
  const size_t start = page.find(from) + from.size();
  return Json::parse(page.substr(start, page.find("</script>", start) - start));
}

// What a browser makes of it: tests/e2e/capacity_test.py.
TEST(CapacityHtmlTest, ItsDataAreTheJsonReport) {
  const CapacityResult result = SampleCapacity();
  EXPECT_EQ(DataOf(CapacityHtml(result))["result"], Json::parse(CapacityJson(result)));
}

TEST(CapacityHtmlTest, HostileNamesStayText) {
  CapacityResult result = SampleCapacity();
  result.name = "</script><script>alert(1)</script>";
  const std::string page = CapacityHtml(result);
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_EQ(DataOf(page)["result"]["run"]["name"], result.name);
}

TEST(CapacityHtmlTest, EveryPlaceIsFilledAndThePlainTextIsThere) {
  const std::string page = CapacityHtml(SampleCapacity());
  EXPECT_THAT(page, HasSubstr("<title>shop: capacity - Muster</title>"));
  EXPECT_THAT(page, HasSubstr("FOUND  shop"));
  EXPECT_THAT(page, HasSubstr("Latency against load"));
  for (const char* place : {"{{title}}", "{{data}}", "{{common}}", "{{script}}", "{{plain}}"}) {
    EXPECT_THAT(page, Not(HasSubstr(place)));
  }
}

}  // namespace
}  // namespace muster
