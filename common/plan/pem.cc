#include "common/plan/pem.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <climits>
#include <cstring>
#include <string>
#include <utility>

#include "common/base/check.h"

namespace muster {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;

BioPtr Open(std::string_view text) {
  CHECK_LE(text.size(), static_cast<size_t>(INT_MAX));
  // A zero length would be taken for "up to the NUL".
  BioPtr bio(BIO_new_mem_buf(text.empty() ? "\n" : text.data(),
                             text.empty() ? 1 : static_cast<int>(text.size())));
  CHECK(bio != nullptr) << "out of memory";
  return bio;
}

// Never asks at a terminal; notes that a pass phrase was wanted.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return 0;
}

}  // namespace

void FreeOpenssl::operator()(X509* certificate) const { X509_free(certificate); }
void FreeOpenssl::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

StatusOr<std::vector<CertificatePtr>> ReadCertificates(std::string_view pem) {
  const BioPtr bio = Open(pem);
  std::vector<CertificatePtr> all;
  bool asked = false;
  ERR_clear_error();
  while (CertificatePtr next{PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, &asked)}) {
    all.push_back(std::move(next));
  }
  const int reason = ERR_GET_REASON(ERR_peek_last_error());
  ERR_clear_error();
  if (reason != PEM_R_NO_START_LINE) {
    return InvalidArgument("is damaged: its certificate number " + std::to_string(all.size() + 1) +
                           " can't be read");
  }
  if (all.empty()) {
    return InvalidArgument("holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
  }
  return all;
}

StatusOr<KeyPtr> ReadPrivateKey(std::string_view pem) {
  const BioPtr bio = Open(pem);
  bool asked = false;
  ERR_clear_error();
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, &asked));
  ERR_clear_error();
  if (key != nullptr) return key;
  if (asked) {
    return InvalidArgument("is under a pass phrase; 'openssl pkey -in FILE -out FILE' removes it");
  }
  return InvalidArgument("holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)");
}

bool KeyBelongsTo(EVP_PKEY* key, X509* certificate) {
  ERR_clear_error();
  const bool belongs = X509_check_private_key(certificate, key) == 1;
  ERR_clear_error();
  return belongs;
}

}  // namespace muster
