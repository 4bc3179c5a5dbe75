#include "common/plan/pem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/tls/certificates.h"

namespace muster {
namespace {

using testing::HasSubstr;

std::string CertificateError(const std::string& pem) {
  return Message(ReadCertificates(pem).status());
}
std::string KeyError(const std::string& pem) { return Message(ReadPrivateKey(pem).status()); }

TEST(PemTest, AllCertificatesAreReadInOrderAndOtherBlocksPassedOver) {
  const TestIdentity one = SelfSigned(), two = SelfSigned();
  const auto all =
      ReadCertificates("text before\n" + one.cert + one.key + two.cert + "and after\n");
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->size(), 2u);
  EXPECT_TRUE(KeyBelongsTo(ReadPrivateKey(one.key)->get(), (*all)[0].get()));
  EXPECT_TRUE(KeyBelongsTo(ReadPrivateKey(two.key)->get(), (*all)[1].get()));
  EXPECT_FALSE(KeyBelongsTo(ReadPrivateKey(two.key)->get(), (*all)[0].get()));
}

TEST(PemTest, AKeyMayStandBehindItsCertificate) {
  const TestIdentity identity = SelfSigned();
  EXPECT_TRUE(ReadPrivateKey(identity.cert + identity.key).ok());
}

TEST(PemTest, WhatIsMissingIsNamed) {
  const TestIdentity identity = SelfSigned();
  for (const std::string& text : {std::string(), std::string("\0\0", 2), identity.key}) {
    EXPECT_THAT(CertificateError(text), HasSubstr("holds no certificate"));
  }
  EXPECT_THAT(KeyError(""), HasSubstr("holds no private key"));
  EXPECT_THAT(KeyError(identity.cert), HasSubstr("holds no private key"));
  EXPECT_THAT(KeyError(Encrypted(identity.key)), HasSubstr("is under a pass phrase"));
}

TEST(PemTest, ADamagedCertificateIsNamedByItsNumber) {
  const std::string whole = SelfSigned().cert;
  std::string damaged = whole;
  damaged.erase(100, 8);
  EXPECT_THAT(CertificateError(whole + damaged), HasSubstr("its certificate number 2"));
  EXPECT_THAT(CertificateError(whole.substr(0, 300)), HasSubstr("its certificate number 1"));
}

TEST(PemTest, NothingOfAKeyGetsIntoAnError) {
  std::string key = SelfSigned().key;
  const std::string body = key.substr(40, 20);
  key.erase(80, 4);
  EXPECT_THAT(KeyError(key), testing::Not(HasSubstr(body)));
}

}  // namespace
}  // namespace muster
