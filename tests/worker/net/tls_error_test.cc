#include "worker/net/tls_error.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <memory>

namespace muster {
namespace {

class TlsErrorTest : public testing::Test {
 protected:
  TlsErrorTest() : context_(SSL_CTX_new(TLS_client_method())), tls_(SSL_new(context_)) {
    ERR_clear_error();
  }
  ~TlsErrorTest() override {
    ERR_clear_error();
    SSL_free(tls_);
    SSL_CTX_free(context_);
  }
  ErrorClass Handshake(int reason) {
    ERR_clear_error();
    ERR_raise(ERR_LIB_SSL, reason);
    return HandshakeErrorOf(tls_);
  }

  SSL_CTX* context_;
  SSL* tls_;
};

TEST_F(TlsErrorTest, AnAlertIsTheTargetsWord) {
  const struct {
    int alert;
    ErrorClass error;
  } rows[] = {{SSL_AD_PROTOCOL_VERSION, ErrorClass::kTlsVersion},
              {SSL_AD_NO_APPLICATION_PROTOCOL, ErrorClass::kTlsAlpn},
              {SSL_AD_HANDSHAKE_FAILURE, ErrorClass::kTlsRefused},
              {SSL_AD_CERTIFICATE_REQUIRED, ErrorClass::kTlsRefused},
              {SSL_AD_UNRECOGNIZED_NAME, ErrorClass::kTlsRefused},
              {SSL_AD_INTERNAL_ERROR, ErrorClass::kTlsRefused}};
  for (const auto& row : rows) {
    EXPECT_EQ(Handshake(SSL_AD_REASON_OFFSET + row.alert), row.error) << row.alert;
  }
}

TEST_F(TlsErrorTest, OurOwnRefusalsAreVersionOrProtocol) {
  EXPECT_EQ(Handshake(SSL_R_UNSUPPORTED_PROTOCOL), ErrorClass::kTlsVersion);
  EXPECT_EQ(Handshake(SSL_R_WRONG_SSL_VERSION), ErrorClass::kTlsVersion);
  EXPECT_EQ(Handshake(SSL_R_WRONG_VERSION_NUMBER), ErrorClass::kTlsProtocol);  // not TLS at all
  EXPECT_EQ(Handshake(SSL_R_BAD_EXTENSION), ErrorClass::kTlsProtocol);
  EXPECT_EQ(Handshake(SSL_R_UNEXPECTED_MESSAGE), ErrorClass::kTlsProtocol);
}

TEST_F(TlsErrorTest, ACertificateIsJudgedByOpensslsVerdict) {
  SSL_set_verify_result(tls_, X509_V_ERR_CERT_HAS_EXPIRED);
  EXPECT_EQ(Handshake(SSL_R_CERTIFICATE_VERIFY_FAILED), ErrorClass::kTlsExpired);
  const struct {
    long verdict;
    ErrorClass error;
  } rows[] = {{X509_V_ERR_CERT_NOT_YET_VALID, ErrorClass::kTlsExpired},
              {X509_V_ERR_HOSTNAME_MISMATCH, ErrorClass::kTlsWrongName},
              {X509_V_ERR_IP_ADDRESS_MISMATCH, ErrorClass::kTlsWrongName},
              {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, ErrorClass::kTlsUnknownCa},
              {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, ErrorClass::kTlsUnknownCa},
              {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, ErrorClass::kTlsUnknownCa},
              {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, ErrorClass::kTlsUnknownCa},
              {X509_V_ERR_EE_KEY_TOO_SMALL, ErrorClass::kTlsCertificate},
              {X509_V_ERR_INVALID_PURPOSE, ErrorClass::kTlsCertificate},
              {X509_V_ERR_CERT_REVOKED, ErrorClass::kTlsCertificate}};
  for (const auto& row : rows) {
    EXPECT_EQ(CertificateErrorOf(row.verdict), row.error) << row.verdict;
  }
}

TEST_F(TlsErrorTest, TheFirstErrorIsTheCause) {
  ERR_raise(ERR_LIB_SSL, SSL_AD_REASON_OFFSET + SSL_AD_HANDSHAKE_FAILURE);
  ERR_raise(ERR_LIB_SSL, SSL_R_UNSUPPORTED_PROTOCOL);
  EXPECT_EQ(HandshakeErrorOf(tls_), ErrorClass::kTlsRefused);
}

TEST_F(TlsErrorTest, AReadEndsByAnAlertOrForBrokenRecords) {
  ERR_raise(ERR_LIB_SSL, SSL_AD_REASON_OFFSET + SSL_AD_CERTIFICATE_REQUIRED);
  EXPECT_EQ(ReadErrorOf(), CloseKind::kTlsAlert);
  ERR_clear_error();
  ERR_raise(ERR_LIB_SSL, SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC);
  EXPECT_EQ(ReadErrorOf(), CloseKind::kTlsProtocol);
}

}  // namespace
}  // namespace muster
