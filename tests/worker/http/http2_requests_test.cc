#include "worker/http/http2_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "common/base/version.h"
#include "worker/http/hpack_decoder.h"

namespace muster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Headers = std::vector<std::pair<std::string, std::string>>;

StatusOr<Headers> FieldsOf(const Http1Request& request) {
  ASSIGN_OR_RETURN(const auto list, Http2Requests::Create({request}, "https"));
  HpackEncoder encoder(&list->lists());
  std::string block;
  encoder.Append(0, &block);
  Headers fields;
  HpackDecoder decoder;
  HpackDecoder::Field field;
  decoder.Start(block);
  while (decoder.Next(&field)) fields.emplace_back(field.name, field.value);
  EXPECT_FALSE(decoder.broken());
  return fields;
}

Headers FieldsWith(const Headers& headers) {
  auto fields =
      FieldsOf({.method = "GET", .path = "/", .authority = "a", .headers = headers, .body = ""});
  EXPECT_TRUE(fields.ok()) << fields.status();
  return fields.ok() ? *fields : Headers();
}

Status RefusalOf(const Headers& headers) {
  return FieldsOf({.method = "GET", .path = "/", .authority = "a", .headers = headers, .body = ""})
      .status();
}

const std::pair<std::string, std::string> kUserAgent = {"user-agent",
                                                        "muster/" + std::string(kVersion)};

TEST(Http2RequestsTest, PseudoHeadersComeFirst) {
  const Headers headers = {{"X-Id", " 7\t"}};
  EXPECT_THAT(*FieldsOf({.method = "POST",
                         .path = "/a?b",
                         .authority = "h:1",
                         .headers = headers,
                         .body = "body"}),
              ElementsAre(std::pair(":method", "POST"), std::pair(":scheme", "https"),
                          std::pair(":authority", "h:1"), std::pair(":path", "/a?b"), kUserAgent,
                          std::pair("x-id", "7"), std::pair("content-length", "4")));
}

TEST(Http2RequestsTest, UsersHeadersTakeTheirPlaces) {
  EXPECT_THAT(FieldsWith({{"HOST", "other"}, {"User-Agent", "me"}, {"Content-Length", "0"}}),
              ElementsAre(std::pair(":method", "GET"), std::pair(":scheme", "https"),
                          std::pair(":authority", "other"), std::pair(":path", "/"),
                          std::pair("user-agent", "me"), std::pair("content-length", "0")));
}

TEST(Http2RequestsTest, EmptyBodiesAreAnnouncedWhereOneIsExpected) {
  for (const std::string method : {"POST", "PUT", "PATCH"}) {
    EXPECT_EQ(FieldsOf({.method = method, .path = "/", .authority = "a", .headers = {}, .body = ""})
                  ->back(),
              std::pair(std::string("content-length"), std::string("0")));
  }
  EXPECT_EQ(FieldsWith({}).back(), kUserAgent);
}

TEST(Http2RequestsTest, ConnectionHeadersAreRefused) {
  for (const char* name : {"Connection", "keep-alive", "Proxy-Connection", "Upgrade",
                           "Transfer-Encoding", "HTTP2-Settings"}) {
    EXPECT_TRUE(IsConnectionHeader(name));
    EXPECT_THAT(std::string(RefusalOf({{name, "x"}}).message()), HasSubstr(name));
  }
  EXPECT_FALSE(IsConnectionHeader("connection2"));
  EXPECT_FALSE(RefusalOf({{"TE", "gzip"}}).ok());
  EXPECT_TRUE(RefusalOf({{"TE", "Trailers"}}).ok());
}

TEST(Http2RequestsTest, WhatHttp1RefusesIsRefused) {
  EXPECT_FALSE(RefusalOf({{"a", "b\r\nc: d"}}).ok());
  EXPECT_FALSE(RefusalOf({{"Content-Length", "3"}}).ok());
  EXPECT_FALSE(RefusalOf({{":path", "/"}}).ok());
  EXPECT_FALSE(
      FieldsOf({.method = "CONNECT", .path = "/", .authority = "a", .headers = {}, .body = ""})
          .ok());
}

}  // namespace
}  // namespace muster
