#include "master/plan/target.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(TargetTest, KeepsHostPortPathAndQueryAndDropsTheFragment) {
  const struct {
    const char *url, *host;
    uint16_t port;
    const char *authority, *path;
  } rows[] = {
      {"http://h", "h", 80, "h", "/"},
      {"http://h/", "h", 80, "h", "/"},
      {"http://h:8080/a/b?x=1&y=2#top", "h", 8080, "h:8080", "/a/b?x=1&y=2"},
      {"http://h:80", "h", 80, "h", "/"},
      {"http://h?x", "h", 80, "h", "/?x"},
      {"http://h#f", "h", 80, "h", "/"},
      {"http://127.0.0.1:65535/", "127.0.0.1", 65535, "127.0.0.1:65535", "/"},
      {"http://[::1]:8080/x", "::1", 8080, "[::1]:8080", "/x"},
      {"http://[fe80::1]", "fe80::1", 80, "[fe80::1]", "/"},
      {"http://h/a@b:c", "h", 80, "h", "/a@b:c"},
  };
  for (const auto& row : rows) {
    const auto url = ParseTargetUrl(row.url);
    ASSERT_TRUE(url.ok()) << row.url << ": " << url.status();
    EXPECT_EQ(url->target.kind, Target::Kind::kTcp);
    EXPECT_EQ(url->target.host, row.host) << row.url;
    EXPECT_EQ(url->target.port, row.port) << row.url;
    EXPECT_EQ(url->target.authority, row.authority) << row.url;
    EXPECT_EQ(url->path, row.path) << row.url;
  }
}

TEST(TargetTest, HttpsIsAnotherPortAndAnotherDefault) {
  const struct {
    const char* url;
    uint16_t port;
    const char* authority;
  } rows[] = {
      {"https://h", 443, "h"},
      {"https://h:443/x", 443, "h"},
      {"https://h:80", 80, "h:80"},
      {"https://[::1]", 443, "[::1]"},
      {"https://[::1]:8443/x", 8443, "[::1]:8443"},
      {"http://h:443", 443, "h:443"},
  };
  for (const auto& row : rows) {
    const auto url = ParseTargetUrl(row.url);
    ASSERT_TRUE(url.ok()) << row.url << ": " << url.status();
    EXPECT_EQ(url->target.tls, std::string(row.url).starts_with("https")) << row.url;
    EXPECT_EQ(url->target.port, row.port) << row.url;
    EXPECT_EQ(url->target.authority, row.authority) << row.url;
  }
}

TEST(TargetTest, UnixSocketsHaveAPathOfTheirOwnAndOneForRequests) {
  const struct {
    const char *url, *socket, *path;
  } rows[] = {
      {"http+unix:///run/app.sock", "/run/app.sock", "/"},
      {"http+unix:///run/app.sock:/x?y#z", "/run/app.sock", "/x?y"},
      {"http+unix:///run/a:b.sock:/x", "/run/a:b.sock", "/x"},
      {"http+unix:///run/app.sock:?q", "/run/app.sock", "/?q"},
  };
  for (const auto& row : rows) {
    const auto url = ParseTargetUrl(row.url);
    ASSERT_TRUE(url.ok()) << row.url << ": " << url.status();
    EXPECT_EQ(url->target.kind, Target::Kind::kUnix);
    EXPECT_EQ(url->target.socket_path, row.socket);
    EXPECT_EQ(url->target.authority, "localhost");
    EXPECT_EQ(url->path, row.path);
  }
}

TEST(TargetTest, RefusalsSayWhatToWrite) {
  const struct {
    const char *url, *message;
  } rows[] = {
      {"h:8080/x", "has no scheme; did you mean 'http://h:8080/x'?"},
      {"HTTP://h", "write the scheme in lower case"},
      {"HTTPS://h", "write the scheme in lower case"},
      {"ftp://h", "unknown scheme 'ftp'; http://, https:// and http+unix:// are known"},
      {"http://user:secret@h", "a name or password in a URL is not sent"},
      {"http://", "the host is missing"},
      {"http://:80", "the host is missing"},
      {"http://h:0", "not a port (1 to 65535): ':0'"},
      {"http://h:65536", "not a port"},
      {"http://h:", "not a port"},
      {"http://h:+80", "not a port"},
      {"http://h:80x", "not a port"},
      {"http://::1", "an IPv6 address goes in brackets"},
      {"http://[::1", "'[' is never closed"},
      {"http://[::1]x", "not a port"},
      {"http://[::1%25eth0]", "not an IPv6 address"},
      {"http://[1.2.3.4]", "not an IPv6 address"},
      {"http://h ost/", "a URL has no spaces"},
      {"http://h\\x/", "not a host name"},
      {"http://h/\xC3\xA9", "percent-encode"},
      {"http://h/\x01", "percent-encode"},
      {"http+unix://run/app.sock", "must be absolute"},
      {"http+unix://", "must be absolute"},
      {"http+unix:///run/", "names a folder"},
  };
  for (const auto& row : rows) {
    const auto url = ParseTargetUrl(row.url);
    ASSERT_FALSE(url.ok()) << row.url;
    EXPECT_NE(Message(url.status()).find(row.message), std::string::npos) << url.status();
  }
  EXPECT_FALSE(ParseTargetUrl("http+unix:///" + std::string(107, 'x')).ok());
  EXPECT_TRUE(ParseTargetUrl("http+unix:///" + std::string(106, 'x')).ok());
}

TEST(TargetTest, JoinedPathsHaveOneSlashBetween) {
  EXPECT_EQ(JoinPaths("/", "/x"), "/x");
  EXPECT_EQ(JoinPaths("/api", "/x?y"), "/api/x?y");
  EXPECT_EQ(JoinPaths("/api/", "/x"), "/api/x");
  EXPECT_EQ(JoinPaths("/api/", "?q=1"), "/api/?q=1");
}

}  // namespace
}  // namespace muster
