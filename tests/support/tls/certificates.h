// Certificates for tests, made as they are needed: nothing that could be trusted by mistake is kept
// in the tree. P-256 keys. Any thread.
#pragma once

#include <memory>
#include <string>

namespace muster {

// PEM texts.
struct TestIdentity {
  std::string cert;  // the certificate, and those between it and the authority
  std::string key;
};

struct CertificateWish {
  std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";  // subjectAltName; empty: none
  std::string common_name = "muster test";
  long valid_from = -3600;  // seconds from now
  long valid_to = 86'400;
};

// An authority, which signs directly.
class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  std::string pem() const;
  TestIdentity Sign(const CertificateWish& wish = {}) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

TestIdentity SelfSigned(const CertificateWish& wish = {});

// `key` under a pass phrase.
std::string Encrypted(const std::string& key);

}  // namespace muster
