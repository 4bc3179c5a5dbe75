// PEM texts of certificates and keys, as a plan carries them -> OpenSSL's objects. Decides what a
// file must hold to be used for TLS to the target; who is trusted is left to the handshake.
//
// Errors complete a sentence that begins with the file's role: "holds no certificate". Nothing of a
// key's text gets into an error. Pure; any thread. Limits are the plan's (Plan::kMaxPemBytes).
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace muster {

struct FreeOpenssl {
  void operator()(X509* certificate) const;
  void operator()(EVP_PKEY* key) const;
};
using CertificatePtr = std::unique_ptr<X509, FreeOpenssl>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeOpenssl>;

// All certificates of the text, in order, at least one; other blocks are passed over.
StatusOr<std::vector<CertificatePtr>> ReadCertificates(std::string_view pem);

// The first private key of the text. One under a pass phrase is refused: nobody could type it on a
// worker.
StatusOr<KeyPtr> ReadPrivateKey(std::string_view pem);

// Whether `key` is that of the first certificate of `chain`.
bool KeyBelongsTo(EVP_PKEY* key, X509* certificate);

}  // namespace muster
