// TlsContext: how one engine thread speaks TLS to the target: versions, whom it trusts, which name
// it wants to see, its own certificate, the application protocols it offers; and the sessions that
// its later connections resume. No sockets; tls_transport.h moves the bytes.
//
// The target is verified against DNS names (of the certificate's subjectAltName alone, as browsers
// do) or, when it is named by an address, against IP addresses; SNI is sent for names only. With
// `verify` off nothing is looked at.
//
// Sessions: the newest kMaxSessions are kept, the newest is taken first. One of TLS 1.3 is used
// once, as RFC 8446 asks; one of TLS 1.2 again and again. Nothing is shared between threads.
//
// Owner: one engine thread, which its connections belong to as well; made anywhere before. It must
// stay where it is while connections live.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/plan/plan.h"

typedef struct ssl_session_st SSL_SESSION;  // NOLINT: as <openssl/ssl.h> has it

namespace muster {

struct FreeTls {
  void operator()(SSL_CTX* context) const;
  void operator()(SSL* connection) const;
  void operator()(SSL_SESSION* session) const;
};
using TlsConnectionPtr = std::unique_ptr<SSL, FreeTls>;

class TlsContext {
 public:
  static constexpr size_t kMaxSessions = 1024;

  // `host`: the target's name or address. `alpn`: protocols to offer, the best first, as "http/1.1"
  // and "h2"; none: no offer. Errors are for the user and name the file by its role.
  static StatusOr<std::unique_ptr<TlsContext>> Create(const TlsSettings& settings,
                                                      const std::string& host,
                                                      std::span<const std::string_view> alpn);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // A client's connection before its handshake, without a BIO; set to resume where there is a
  // session.
  TlsConnectionPtr NewConnection();

  size_t sessions() const { return sessions_.size(); }

 private:
  using SessionPtr = std::unique_ptr<SSL_SESSION, FreeTls>;

  TlsContext(SSL_CTX* context, bool resume) : context_(context), resume_(resume) {}
  // OpenSSL's, for each session that the target gives. Returns 1: we keep it.
  static int OnNewSession(SSL* connection, SSL_SESSION* session);
  void Offer(SSL* connection);

  const std::unique_ptr<SSL_CTX, FreeTls> context_;
  const bool resume_;
  std::string sni_;                  // empty: none
  std::deque<SessionPtr> sessions_;  // the newest at the back
};

}  // namespace muster
