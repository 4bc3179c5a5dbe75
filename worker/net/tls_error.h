// tls_error: what a failed handshake or a failed read of OpenSSL means, as one of the run's
// classes. Takes all entries off the error queue of the calling thread, which the failed call must
// have found empty. Pure otherwise.
#pragma once

#include <openssl/types.h>

#include "common/base/names.h"
#include "worker/net/transport.h"

namespace muster {

// Of a handshake that OpenSSL has given up:
//   the certificate was not accepted    by OpenSSL's verdict: expired, wrong name, unknown CA,
//   other the peer sent a fatal alert         version, ALPN, or refused the peer speaks another
//   version     kTlsVersion anything else, bytes that are not TLS first of all: kTlsProtocol
ErrorClass HandshakeErrorOf(const SSL* connection);

// Of an established connection whose next record could not be read: an alert, or broken records.
CloseKind ReadErrorOf();

// The class of X509_V_ERR_* `verdict`.
ErrorClass CertificateErrorOf(long verdict);

}  // namespace muster
