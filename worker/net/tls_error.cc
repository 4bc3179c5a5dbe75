#include "worker/net/tls_error.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <optional>

namespace muster {
namespace {

// The alert that the peer sent, where the error is one.
std::optional<int> AlertOf(unsigned long error) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return std::nullopt;
  const int alert = ERR_GET_REASON(error) - SSL_AD_REASON_OFFSET;
  if (alert < 0 || alert > 255) return std::nullopt;
  return alert;
}

ErrorClass ErrorOfAlert(int alert) {
  switch (alert) {
    case SSL_AD_PROTOCOL_VERSION:
      return ErrorClass::kTlsVersion;
    case SSL_AD_NO_APPLICATION_PROTOCOL:
      return ErrorClass::kTlsAlpn;
    default:
      return ErrorClass::kTlsRefused;
  }
}

bool IsVersionError(unsigned long error) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return false;
  switch (ERR_GET_REASON(error)) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_VERSION_TOO_HIGH:
    case SSL_R_UNKNOWN_PROTOCOL:
      return true;
    default:
      return false;
  }
}

bool IsCertificateError(unsigned long error) {
  return ERR_GET_LIB(error) == ERR_LIB_SSL &&
         ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED;
}

// The class that one entry of the queue decides, if it does.
std::optional<ErrorClass> CauseOf(unsigned long error, const SSL* connection) {
  if (IsCertificateError(error)) return CertificateErrorOf(SSL_get_verify_result(connection));
  if (const std::optional<int> alert = AlertOf(error)) return ErrorOfAlert(*alert);
  if (IsVersionError(error)) return ErrorClass::kTlsVersion;
  return std::nullopt;
}

}  // namespace

ErrorClass CertificateErrorOf(long verdict) {
  switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return ErrorClass::kTlsExpired;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return ErrorClass::kTlsWrongName;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:  // one of that name is known, but has another key
      return ErrorClass::kTlsUnknownCa;
    default:
      return ErrorClass::kTlsCertificate;
  }
}

ErrorClass HandshakeErrorOf(const SSL* connection) {
  // The first entry that says something is the cause: before it may stand what a part of OpenSSL
  // tripped over (a signature that is none), after it where it passed by.
  std::optional<ErrorClass> cause;
  while (const unsigned long error = ERR_get_error()) {
    if (!cause.has_value()) cause = CauseOf(error, connection);
  }
  return cause.value_or(ErrorClass::kTlsProtocol);
}

CloseKind ReadErrorOf() {
  CloseKind kind = CloseKind::kTlsProtocol;
  while (const unsigned long error = ERR_get_error()) {
    if (AlertOf(error).has_value()) kind = CloseKind::kTlsAlert;
  }
  return kind;
}

}  // namespace muster
