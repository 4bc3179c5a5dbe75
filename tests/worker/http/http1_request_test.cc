#include "worker/http/http1_request.h"

#include <vector>

#include "common/base/version.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace muster {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

StatusOr<std::string> Serialize(const Headers& headers, std::string_view body = "",
                                const std::string& method = "GET", const std::string& path = "/",
                                const std::string& authority = "h:80", bool keep_alive = true) {
  return SerializeHttp1({method, path, authority, headers, body, keep_alive});
}

std::string RefusalOf(const StatusOr<std::string>& result) {
  return result.ok() ? "accepted" : Message(result.status());
}

TEST(Http1RequestTest, AddsWhatTheUserDidNotName) {
  const std::string own = "Host: h:80\r\nUser-Agent: muster/" + std::string(kVersion) + "\r\n";
  EXPECT_EQ(*Serialize({}), "GET / HTTP/1.1\r\n" + own + "\r\n");
  EXPECT_EQ(*Serialize({{"X", "y"}}, "body", "POST", "/p?q=1"),
            "POST /p?q=1 HTTP/1.1\r\n" + own + "X: y\r\nContent-Length: 4\r\n\r\nbody");
}

TEST(Http1RequestTest, KeepsWhatTheUserNamedInAnyCase) {
  EXPECT_EQ(*Serialize({{"hOST", "other"},
                        {"user-agent", "me"},
                        {"content-length", "1"},
                        {"CONNECTION", "close"}},
                       "b", "PUT", "/", "h", false),
            "PUT / HTTP/1.1\r\nhOST: other\r\nuser-agent: me\r\ncontent-length: 1\r\n"
            "CONNECTION: close\r\n\r\nb");
}

TEST(Http1RequestTest, AnEmptyBodyIsAnnouncedWhereOneIsExpected) {
  for (const char* method : {"POST", "PUT", "PATCH"}) {
    EXPECT_THAT(*Serialize({}, "", method), testing::HasSubstr("Content-Length: 0\r\n"));
  }
  for (const char* method : {"GET", "HEAD", "DELETE", "OPTIONS", "X-OWN"}) {
    EXPECT_THAT(*Serialize({}, "", method), testing::Not(testing::HasSubstr("Content-Length")));
  }
}

TEST(Http1RequestTest, ConnectionsThatAreNotReusedSayClose) {
  EXPECT_THAT(*Serialize({}, "", "GET", "/", "h", false),
              testing::HasSubstr("\r\nConnection: close\r\n"));
}

TEST(Http1RequestTest, BodiesMayHoldAnyBytes) {
  const std::string body("\0\r\n\r\nGET / HTTP/1.1\r\n", 22);
  EXPECT_THAT(*Serialize({}, body, "POST"), testing::EndsWith("\r\n\r\n" + body));
}

TEST(Http1RequestTest, RefusesWhatWouldSmuggleInTheRequestLine) {
  for (const std::string method : {"", "G T", "GET\r\n", "G(T", "G\xc3", "G:"}) {
    EXPECT_THAT(RefusalOf(Serialize({}, "", method)), testing::HasSubstr("method")) << method;
  }
  EXPECT_THAT(RefusalOf(Serialize({}, "", std::string("G\0T", 3))), testing::HasSubstr("method"));
  EXPECT_THAT(RefusalOf(Serialize({}, "", "CONNECT")), testing::HasSubstr("tunnel"));
  for (const std::string path :
       {"", "*", "x", "http://h/", "/a b", "/\r\nX: y", "/\t", "/\x7f", "/\xc3\xa4", "/a#b"}) {
    EXPECT_THAT(RefusalOf(Serialize({}, "", "GET", path)), testing::HasSubstr("path")) << path;
  }
  EXPECT_THAT(RefusalOf(Serialize({}, "", "GET", std::string("/\0", 2))),
              testing::HasSubstr("path"));
  EXPECT_THAT(RefusalOf(Serialize({}, "", "GET", "/", "h\r\nX: y")), testing::HasSubstr("host"));
}

TEST(Http1RequestTest, RefusesWhatWouldSmuggleInHeaders) {
  for (const std::string name : {"", "a b", "a:", "a\r\nb", "a\n", "\xc3\xa4"}) {
    EXPECT_THAT(RefusalOf(Serialize({{name, "v"}})), testing::HasSubstr("name")) << name;
  }
  for (const std::string value : {"a\r\nb: c", "a\nb", "a\rb", "\x01", "\x7f"}) {
    EXPECT_THAT(RefusalOf(Serialize({{"a", value}})), testing::HasSubstr("control")) << value;
  }
  EXPECT_THAT(RefusalOf(Serialize({{"a", std::string("\0", 1)}})), testing::HasSubstr("control"));
  EXPECT_TRUE(Serialize({{"a", "tab\t g\xc3\xa4 \"ok\""}}).ok());
}

TEST(Http1RequestTest, RefusesFramingThatDoesNotFitTheBody) {
  EXPECT_THAT(RefusalOf(Serialize({{"Content-Length", "5"}}, "abc")), testing::HasSubstr("fit"));
  EXPECT_THAT(RefusalOf(Serialize({{"content-length", "03"}}, "abc")), testing::HasSubstr("fit"));
  EXPECT_THAT(RefusalOf(Serialize({{"Content-Length", "3"}, {"content-length", "3"}}, "abc")),
              testing::HasSubstr("twice"));
  EXPECT_THAT(RefusalOf(Serialize({{"transfer-encoding", "chunked"}}, "0\r\n\r\n")),
              testing::HasSubstr("Transfer-Encoding"));
  EXPECT_THAT(RefusalOf(Serialize({{"Host", "a"}, {"host", "b"}})), testing::HasSubstr("twice"));
}

}  // namespace
}  // namespace muster
