#include "master/plan/request_name.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

std::string NameOfGet(const std::string& path) {
  return DefaultRequestName({.name = "", .method = "GET", .path = path});
}

TEST(RequestNameTest, SegmentsThatAreIdsCollapse) {
  EXPECT_EQ(CollapseIds("/users/17"), "/users/{id}");
  EXPECT_EQ(CollapseIds("/users/17/orders/0042/"), "/users/{id}/orders/{id}/");
  EXPECT_EQ(CollapseIds("/u/123e4567-e89b-12d3-a456-426614174000"), "/u/{id}");
  EXPECT_EQ(CollapseIds("/o/507f1f77bcf86cd799439011"), "/o/{id}");
  EXPECT_EQ(CollapseIds("/o/0123456789ABCDEF"), "/o/{id}");
}

TEST(RequestNameTest, WordsVersionsAndShortHexStay) {
  for (const char* path : {"/", "", "//", "/users/me", "/v1/users", "/17a", "/img/17.png",
                           "/deadbeef", "/0123456789abcde", "/defacedfacadedecade",
                           "/123e4567-e89b-12d3-a456-42661417400", "/1-2"}) {
    EXPECT_EQ(CollapseIds(path), path);
  }
}

TEST(RequestNameTest, WithoutANameMethodAndPathWithoutQuery) {
  EXPECT_EQ(NameOfGet("/a?b=17"), "GET /a");
  EXPECT_EQ(NameOfGet("/users/17?full=1"), "GET /users/{id}");
  EXPECT_EQ(NameOfGet("/users/18"), NameOfGet("/users/17"));
  EXPECT_EQ(NameOfGet("/a{b},c/7"), "GET /a_b__c/{id}");
}

TEST(RequestNameTest, EveryDefaultNameIsAName) {
  for (size_t length = 1; length < 130; ++length) {
    const std::string name = NameOfGet("/" + std::string(length, 'a') + "/17/18");
    EXPECT_TRUE(CheckRequestName(name).ok()) << name;
    EXPECT_LE(name.size(), 100u);
  }
}

TEST(RequestNameTest, TemplatesHaveBracesInPairs) {
  EXPECT_TRUE(CheckRequestName("GET /users/{id}").ok());
  EXPECT_TRUE(CheckRequestName("{a}{b{c}}").ok());
  for (const char* name : {"{", "}", "}{", "a{b", "a}b", "", "a,b", " {a}"}) {
    EXPECT_FALSE(CheckRequestName(name).ok()) << name;
  }
}

}  // namespace
}  // namespace muster
