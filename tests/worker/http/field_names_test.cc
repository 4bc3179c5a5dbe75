#include "worker/http/field_names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace muster {
namespace {

// From a buffer of exactly its size, so that a sanitizer sees every byte read beyond it.
FieldFingerprint Of(const std::vector<std::string>& names) {
  FieldNames sum;
  for (const std::string& name : names) {
    const auto buffer = std::make_unique<char[]>(name.size());
    std::copy(name.begin(), name.end(), buffer.get());
    sum.Add({buffer.get(), name.size()});
  }
  return sum.fingerprint();
}

// What servers, proxies and frameworks send.
const std::vector<std::string>& Common() {
  static const std::vector<std::string> names = {"accept-ranges",
                                                 "access-control-allow-credentials",
                                                 "access-control-allow-headers",
                                                 "access-control-allow-methods",
                                                 "access-control-allow-origin",
                                                 "access-control-expose-headers",
                                                 "access-control-max-age",
                                                 "age",
                                                 "allow",
                                                 "alt-svc",
                                                 "cache-control",
                                                 "cf-cache-status",
                                                 "cf-ray",
                                                 "clear-site-data",
                                                 "content-disposition",
                                                 "content-encoding",
                                                 "content-language",
                                                 "content-length",
                                                 "content-location",
                                                 "content-range",
                                                 "content-security-policy",
                                                 "content-security-policy-report-only",
                                                 "content-type",
                                                 "cross-origin-embedder-policy",
                                                 "cross-origin-opener-policy",
                                                 "cross-origin-resource-policy",
                                                 "date",
                                                 "dpr",
                                                 "etag",
                                                 "expect-ct",
                                                 "expires",
                                                 "last-modified",
                                                 "link",
                                                 "location",
                                                 "nel",
                                                 "origin-agent-cluster",
                                                 "p3p",
                                                 "permissions-policy",
                                                 "pragma",
                                                 "proxy-authenticate",
                                                 "referrer-policy",
                                                 "refresh",
                                                 "report-to",
                                                 "retry-after",
                                                 "server",
                                                 "server-timing",
                                                 "set-cookie",
                                                 "sourcemap",
                                                 "status",
                                                 "strict-transport-security",
                                                 "te",
                                                 "timing-allow-origin",
                                                 "trailer",
                                                 "transfer-encoding",
                                                 "upgrade",
                                                 "vary",
                                                 "via",
                                                 "warning",
                                                 "www-authenticate",
                                                 "x-amz-cf-id",
                                                 "x-amz-cf-pop",
                                                 "x-amz-id-2",
                                                 "x-amz-request-id",
                                                 "x-aspnet-version",
                                                 "x-b3-spanid",
                                                 "x-b3-traceid",
                                                 "x-cache",
                                                 "x-cache-hits",
                                                 "x-content-type-options",
                                                 "x-correlation-id",
                                                 "x-dns-prefetch-control",
                                                 "x-download-options",
                                                 "x-envoy-upstream-service-time",
                                                 "x-frame-options",
                                                 "x-new",
                                                 "x-old",
                                                 "x-permitted-cross-domain-policies",
                                                 "x-powered-by",
                                                 "x-ratelimit-limit",
                                                 "x-ratelimit-remaining",
                                                 "x-ratelimit-reset",
                                                 "x-request-id",
                                                 "x-response-time",
                                                 "x-runtime",
                                                 "x-served-by",
                                                 "x-timer",
                                                 "x-trace-id",
                                                 "x-ua-compatible",
                                                 "x-varnish",
                                                 "x-xss-protection"};
  return names;
}

TEST(FieldNamesTest, NeitherOrderNorCaseMatter) {
  EXPECT_EQ(Of({"server", "date", "x-a"}), Of({"X-A", "Server", "DATE"}));
  EXPECT_EQ(Of({"content-length"}), Of({"Content-Length"}));
  EXPECT_EQ(Of({}), FieldNames().fingerprint());
}

TEST(FieldNamesTest, ANameCountsAsOftenAsItComes) {
  EXPECT_NE(Of({"set-cookie"}), Of({"set-cookie", "set-cookie"}));
  EXPECT_NE(Of({"set-cookie"}), Of({}));
}

TEST(FieldNamesTest, WhatIsRemovedWasNeverThere) {
  FieldNames names;
  names.Remove("Connection");  // before it is added, too
  names.Add("date");
  names.Add("connection");
  EXPECT_EQ(names.fingerprint(), Of({"date"}));
}

// Any one field, or two, more or less, or in the place of others.
TEST(FieldNamesTest, CommonNamesAndPairsOfThemAllDiffer) {
  std::set<FieldFingerprint> seen = {Of({})};
  size_t sets = 1;
  for (size_t i = 0; i < Common().size(); ++i) {
    ++sets;
    EXPECT_TRUE(seen.insert(Of({Common()[i]})).second) << Common()[i];
    for (size_t j = i; j < Common().size(); ++j) {
      ++sets;
      EXPECT_TRUE(seen.insert(Of({Common()[i], Common()[j]})).second)
          << Common()[i] << ", " << Common()[j];
    }
  }
  EXPECT_EQ(seen.size(), sets);
}

TEST(FieldNamesTest, NamesThatExchangePartsDiffer) {
  EXPECT_NE(Of({"x-old-id", "y-new-id"}), Of({"x-new-id", "y-old-id"}));
  EXPECT_NE(Of({"ab", "cd"}), Of({"ad", "cb"}));
  EXPECT_NE(Of({"abcd-efgh-ijkl", "mnop-qrst-uvwx"}), Of({"abcd-efgh-uvwx", "mnop-qrst-ijkl"}));
}

// Each of the first eight letters and of the last eight counts, and the length; others do not.
TEST(FieldNamesTest, WhatOfANameCounts) {
  for (size_t size = 1; size <= 40; ++size) {
    const std::string name(size, 'a');
    EXPECT_NE(Of({name}), Of({name + "a"})) << size;
    for (size_t at = 0; at < size; ++at) {
      std::string other = name;
      other[at] = 'b';
      EXPECT_EQ(Of({name}) != Of({other}), at < 8 || at + 8 >= size) << size << " at " << at;
    }
  }
}

}  // namespace
}  // namespace muster
