// TlsPeer: a server's end of one TLS connection in memory, by OpenSSL over its own BIOs, for tests:
// ciphertext in, plain text out, and the other way round. TlsServer: what all of a server's
// connections share.
//
//   TlsServer server({.identity = authority.Sign()});
//   TlsPeer peer(server);
//   peer.Feed(bytes_of_the_client, &plain);  client gets peer.TakeOutput()
//
// A TlsServer may be used by several threads, a TlsPeer by one.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "tests/support/tls/certificates.h"

namespace muster {

struct TlsServerOptions {
  TestIdentity identity = {};
  int min_version = 0x0303;    // 1.2; as on the wire
  int max_version = 0x0304;    // 1.3
  std::string client_ca = {};  // not empty: a client's certificate of this authority is required
  std::string alpn = {};       // the one protocol that it speaks; empty: it ignores offers
  std::string ciphers = {};    // empty: OpenSSL's choice
  int max_fragment = 0;        // bytes of plain text in a record; 0: as many as allowed
  bool tickets = true;         // sessions can be resumed
};

class TlsServer {
 public:
  explicit TlsServer(TlsServerOptions options);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  SSL_CTX* context() const { return context_; }
  const TlsServerOptions& options() const { return options_; }

 private:
  const TlsServerOptions options_;
  SSL_CTX* const context_;
};

class TlsPeer {
 public:
  explicit TlsPeer(const TlsServer& server);
  ~TlsPeer();
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  // Takes what the client sent; its plain text is appended to `plain`. False when TLS has failed,
  // or the client has said that it is done.
  bool Feed(std::string_view bytes, std::string* plain);
  // Once established; of no effect after CloseNotify and where TLS has failed.
  void Write(std::string_view plain);
  void CloseNotify();
  // Asks for new keys; `answer`: the client must renew its own too. TLS 1.3.
  void UpdateKeys(bool answer);
  // TLS 1.2: asks for a new handshake.
  void AskForRenegotiation();
  void SendTicket();  // TLS 1.3

  // What goes to the client.
  std::string TakeOutput();
  bool established() const;
  bool resumed() const;
  std::string server_name() const;  // SNI, empty when none was sent

 private:
  SSL* const tls_;
};

}  // namespace muster
