#include "master/plan/tls_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/support/tls/certificates.h"

namespace muster {
namespace {

using testing::HasSubstr;

class TlsSettingsTest : public testing::Test {
 protected:
  TlsSettingsTest() {
    const TestIdentity identity = authority_.Sign();
    files_ = {{"ca.pem", authority_.pem()},
              {"cert.pem", identity.cert},
              {"key.pem", identity.key},
              {"other.key", authority_.Sign().key},
              {"big.pem", std::string(Plan::kMaxPemBytes + 1, '\n')}};
  }

  StatusOr<std::string> Read(const std::string& path, size_t max_bytes) const {
    const auto found = files_.find(path);
    if (found == files_.end()) return InvalidArgument("cannot read '" + path + "'");
    if (found->second.size() > max_bytes) {
      return InvalidArgument("cannot read '" + path + "': larger than " +
                             std::to_string(max_bytes) + " bytes");
    }
    return found->second;
  }
  StatusOr<TlsSettings> Apply(const TlsFlags& flags, TlsSettings tls = {}) const {
    RETURN_IF_ERROR(ApplyTlsFlags(
        flags, [this](const std::string& path, size_t max) { return Read(path, max); }, tls));
    return tls;
  }
  std::string ErrorOf(const TlsFlags& flags) const { return Message(Apply(flags).status()); }

  const TestAuthority authority_;
  std::map<std::string, std::string> files_;
};

TEST_F(TlsSettingsTest, VersionsAreOneOrBothInAnyOrder) {
  EXPECT_EQ(*ParseTlsVersions("1.2"), (TlsVersions{TlsVersion::k12, TlsVersion::k12}));
  EXPECT_EQ(*ParseTlsVersions("1.3"), (TlsVersions{TlsVersion::k13, TlsVersion::k13}));
  EXPECT_EQ(*ParseTlsVersions("1.2,1.3"), TlsVersions());
  EXPECT_EQ(*ParseTlsVersions("1.3,1.2"), TlsVersions());
  for (const char* bad : {"", "1.1", "1.2,", ",1.3", "1.2,1.3,1.3", "TLS1.2", "1.30"}) {
    EXPECT_THAT(Message(ParseTlsVersions(bad).status()), HasSubstr("is no version of TLS")) << bad;
  }
}

TEST_F(TlsSettingsTest, ServerNamesAreVisibleText) {
  EXPECT_EQ(*ParseServerName("shop.test"), "shop.test");
  EXPECT_EQ(*ParseServerName("127.0.0.1"), "127.0.0.1");
  EXPECT_FALSE(ParseServerName("").ok());
  EXPECT_FALSE(ParseServerName("a b").ok());
  EXPECT_FALSE(ParseServerName(std::string(254, 'a')).ok());
}

TEST_F(TlsSettingsTest, FlagsGoOverThePlan) {
  const auto tls = Apply({.ca_file = "ca.pem",
                          .cert_file = "cert.pem",
                          .key_file = "key.pem",
                          .server_name = "n",
                          .versions = TlsVersions{TlsVersion::k13, TlsVersion::k13},
                          .insecure_target = true,
                          .no_session_resumption = true},
                         {.ca_pem = "old", .server_name = "old"});
  ASSERT_TRUE(tls.ok()) << tls.status();
  EXPECT_EQ(*tls, (TlsSettings{.verify = false,
                               .ca_pem = files_.at("ca.pem"),
                               .cert_pem = files_.at("cert.pem"),
                               .key_pem = files_.at("key.pem"),
                               .server_name = "n",
                               .min_version = TlsVersion::k13,
                               .max_version = TlsVersion::k13,
                               .resume = false}));
  const TlsSettings plans{.verify = false, .ca_pem = "old", .server_name = "old", .resume = false};
  EXPECT_EQ(*Apply({}, plans), plans);
}

TEST_F(TlsSettingsTest, MistakesBeginWithTheFlagAndNameTheFile) {
  EXPECT_EQ(ErrorOf({.ca_file = "none"}), "--target-ca: cannot read 'none'");
  EXPECT_THAT(ErrorOf({.ca_file = "key.pem"}),
              HasSubstr("--target-ca: 'key.pem' holds no certificate"));
  EXPECT_THAT(ErrorOf({.ca_file = "big.pem"}), HasSubstr("larger than 262144 bytes"));
  EXPECT_EQ(ErrorOf({.cert_file = "cert.pem"}),
            "--target-cert: a client certificate needs its key");
  EXPECT_EQ(ErrorOf({.key_file = "key.pem"}), "--target-key: a client's key needs its certificate");
  EXPECT_THAT(ErrorOf({.cert_file = "cert.pem", .key_file = "other.key"}),
              HasSubstr("--target-key: the key does not belong"));
  EXPECT_THAT(ErrorOf({.cert_file = "cert.pem", .key_file = "cert.pem"}),
              HasSubstr("--target-key: 'cert.pem' holds no private key"));
}

TEST_F(TlsSettingsTest, TheFirstFlagIsNamed) {
  EXPECT_EQ(TlsFlags().first(), nullptr);
  EXPECT_STREQ(TlsFlags{.insecure_target = true}.first(), "--insecure-target");
  EXPECT_STREQ(TlsFlags{.no_session_resumption = true}.first(), "--no-session-resumption");
  EXPECT_STREQ((TlsFlags{.key_file = "k", .insecure_target = true}.first()), "--target-key");
}

TEST_F(TlsSettingsTest, WhatWillBeUsedIsDescribed) {
  const Target target{.host = "shop.test", .tls = true};
  EXPECT_EQ(
      DescribeTls({}, target),
      "1.2 or 1.3, the target verified as shop.test by the system's authorities, sessions are "
      "resumed");
  EXPECT_EQ(DescribeTls({.ca_pem = "x",
                         .cert_pem = "y",
                         .server_name = "n",
                         .min_version = TlsVersion::k13,
                         .resume = false},
                        target),
            "1.3, the target verified as n by the plan's own authorities, with a client "
            "certificate, no session is resumed");
  EXPECT_THAT(DescribeTls({.verify = false}, target),
              HasSubstr("NOT verified (--insecure-target)"));
}

}  // namespace
}  // namespace muster
