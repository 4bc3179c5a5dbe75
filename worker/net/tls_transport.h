// TlsTransport: Transport over TLS, on top of any other Transport: what that one receives is
// decrypted, what the owner sends is encrypted. A pure state machine between OpenSSL and the inner
// transport: it makes no system call and reads no clock.
//
//   TlsTransport tls(&inner, &context);
//   inner.SetHandler(tls.inner_handler());  tls.SetHandler(&engine);
//
// To the contract of transport.h it adds:
//  - OnConnected comes after the handshake; a handshake that fails is OnConnectFailed with the
//    kTls* class that says why.
//  - One record received is one OnData, of at most 16 KiB.
//  - OnFirstByteSent and UnsentBytes are about the owner's bytes: what the handshake sends is
//  silent.
//    UnsentBytes counts what is not yet encrypted, and of what is as much as the inner transport
//    keeps.
//  - close_notify is the end of the stream (kEnd), at once; an end without it is kTruncated.
//  Close()
//    sends none: it ends a connection whose response is complete or no longer wanted, so nothing of
//    ours can be taken for cut short, and a packet for each would change the load.
//
// A Send is encrypted at once, 64 KiB at a time; the rest follows as the inner transport hands over
// what it has. Renegotiation is refused. Sessions are the context's matter.
//
// OpenSSL's error queue of this thread is empty between calls: whoever finds errors takes all.
//
// Memory: buffers are lent to connections while bytes are on their way; OpenSSL releases its own
// likewise. After warm-up nothing of ours is allocated for a request.
//
// Limits: a target that makes OpenSSL answer (KeyUpdate) and reads nothing is cut off at 64 KiB of
// answers, as kTlsProtocol.
//
// Owner: one engine thread. The inner transport, which must have no other owner, and the context
// outlive it.
#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "worker/net/tls_context.h"
#include "worker/net/transport.h"

typedef struct bio_method_st BIO_METHOD;  // NOLINT: as <openssl/bio.h> has it

namespace muster {

class TlsTransport : public Transport, private TransportHandler {
 public:
  TlsTransport(Transport* inner, TlsContext* context);
  ~TlsTransport() override;
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;

  void SetHandler(TransportHandler* handler) { handler_ = handler; }
  // What the inner transport's handler must be.
  TransportHandler* inner_handler() { return this; }

  ConnectionId Connect(const Endpoint& endpoint, uint64_t user_data) override;
  uint64_t UserData(ConnectionId id) const override;
  std::optional<MonoTime> Send(ConnectionId id, std::string_view bytes) override;
  size_t UnsentBytes(ConnectionId id) const override;
  void Close(ConnectionId id) override;
  bool Handshaking(ConnectionId id) const override;

 private:
  enum class State : uint8_t { kFree, kConnecting, kHandshaking, kOpen, kEnding };
  struct Connection {
    uint32_t index = 0;
    uint32_t generation = 0;  // how often the slot was used: tells a stale id
    State state = State::kFree;
    bool first_piece = false;        // the first piece of the last Send is yet to be given
    bool awaits_first_byte = false;  // it was given, and is yet to be sent
    bool owes_all_sent = false;      // OnAllSent is to come for the last Send
    bool inner_keeps = false;        // some of `sending` is not yet sent
    bool broken = false;             // OpenSSL failed to encrypt; nothing is sent any longer
    ConnectionId inner = 0;
    uint64_t user_data = 0;
    TlsConnectionPtr tls;
    ConnectReport report;
    std::string_view plain;  // of the last Send, not yet encrypted
    size_t piece_bytes = 0;  // plain text in `sending`
    std::string sending;     // what the inner transport has been given
    std::string encrypted;   // what goes there next
  };
  // Where OpenSSL reads and writes during one call of it.
  struct Io {
    std::string_view* in = nullptr;  // null: nothing to read
    std::string* out = nullptr;
  };

  void OnConnected(ConnectionId inner, const ConnectReport& report, MonoTime now) override;
  void OnConnectFailed(ConnectionId inner, ErrorClass error, MonoTime now) override;
  void OnFirstByteSent(ConnectionId inner, MonoTime now) override;
  void OnAllSent(ConnectionId inner, MonoTime now) override;
  void OnData(ConnectionId inner, std::string_view data, MonoTime now) override;
  void OnClosed(ConnectionId inner, CloseKind kind, MonoTime now) override;

  static ConnectionId IdOf(const Connection& connection);
  static bool Alive(const Connection& connection, ConnectionId id);
  // The connection that `id` names, or null when it has ended.
  const Connection* Find(ConnectionId id) const;
  Connection* Find(ConnectionId id) {
    return const_cast<Connection*>(std::as_const(*this).Find(id));
  }
  // Requires that it has not ended.
  const Connection& Get(ConnectionId id) const;
  Connection& Get(ConnectionId id) { return const_cast<Connection&>(std::as_const(*this).Get(id)); }
  Connection& Of(ConnectionId inner);
  Connection& Allocate();
  void Release(Connection& connection);
  size_t Unsent(const Connection& connection) const;

  // Each of these calls the handler, once at most, and may so end the connection.
  void Shake(Connection& connection, std::string_view* in, MonoTime now);
  void ReadRecords(Connection& connection, std::string_view* in, MonoTime now);
  void FailConnect(Connection& connection, ErrorClass error, MonoTime now);
  void End(Connection& connection, CloseKind kind, MonoTime now);
  void TellAllSent(Connection& connection, ConnectionId id, MonoTime now);

  // Encrypts and hands to the inner transport what it takes now. Returns when the first byte of the
  // last Send went, if it did here.
  std::optional<MonoTime> Pump(Connection& connection);
  void EncryptPiece(Connection& connection);
  // Gives `encrypted` to the inner transport, which has sent all it was given before.
  std::optional<MonoTime> Give(Connection& connection);
  void TakeBackSent(Connection& connection);
  // What OpenSSL tells the target as it gives up, where that can be sent at once.
  void GiveAlert(Connection& connection);
  // After an event: sends what OpenSSL wrote by itself, and what had to wait.
  void Settle(Connection& connection, ConnectionId id, MonoTime now);
  void EndBroken(MonoTime now);

  BIO* NewBio();
  static int BioRead(BIO* bio, char* data, size_t size, size_t* read);
  static int BioWrite(BIO* bio, const char* data, size_t size, size_t* written);
  static long BioControl(BIO* bio, int command, long number, void* pointer);
  void Lend(std::string* buffer);
  void TakeBack(std::string* buffer);

  Transport* const inner_;
  TlsContext* const context_;
  TransportHandler* handler_ = nullptr;
  const std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> bio_method_;
  Io io_;
  const std::unique_ptr<char[]> plain_;  // what was decrypted, during its OnData
  std::deque<Connection> connections_;   // references stay valid while handlers connect
  std::vector<uint32_t> free_;
  std::vector<std::string> free_buffers_;
  std::vector<ConnectionId> broken_;
};

}  // namespace muster
