#include "worker/engine/request_bytes.h"

#include <gtest/gtest.h>

#include "tests/worker/engine/test_plans.h"

namespace muster {
namespace {

TEST(RequestBytesTest, OneEntryPerRequestWithMethodPathHeadersAndBody) {
  PlanSpec spec = OpenSpec(1, 1);
  spec.requests.push_back(spec.requests[0]);
  spec.requests[1].name = "buy";
  spec.requests[1].method = "POST";
  spec.requests[1].path = "/cart?x=1";
  spec.requests[1].headers = {{"X-One", "1"}};
  spec.requests[1].body = "abc";
  const auto bytes = SerializeRequests(*MakePlan(spec));
  ASSERT_TRUE(bytes.ok());
  ASSERT_EQ(bytes->size(), 2U);
  EXPECT_EQ((*bytes)[0].substr(0, 16), "GET / HTTP/1.1\r\n");
  EXPECT_EQ((*bytes)[1].substr(0, 25), "POST /cart?x=1 HTTP/1.1\r\n");
  EXPECT_NE((*bytes)[1].find("X-One: 1\r\n"), std::string::npos);
  EXPECT_NE((*bytes)[1].find("\r\n\r\nabc"), std::string::npos);
}

TEST(RequestBytesTest, WithoutReuseTheServerIsTold) {
  PlanSpec spec = OpenSpec(1, 1);
  spec.reuse_connections = false;
  const auto bytes = SerializeRequests(*MakePlan(spec));
  ASSERT_TRUE(bytes.ok());
  EXPECT_NE((*bytes)[0].find("Connection: close\r\n"), std::string::npos);
}

}  // namespace
}  // namespace muster
