// Transport: byte-stream connections to a target, as the engine sees them.
//
// Implementations: EpollTransport (epoll_transport.h, kernel sockets), SimTransport (tests/sim),
// and TlsTransport (tls_transport.h) over either; all pass tests/conformance/transport_conformance.
// Everything here belongs to one engine thread.
//
// Contract, the same for all:
//  - No handler is called inside Connect, Send or Close.
//  - After Connect exactly one of OnConnected and OnConnectFailed; the latter ends the connection.
//  - After OnConnected: any number of OnData, then at most one of OnClosed; after OnClosed nothing.
//  - OnAllSent comes once for a Send that was not taken whole at once, when its last byte has been
//    handed to the kernel; never when it was.
//  - Close() ends a connection at once, in any state: no call for it comes afterwards, its id is
//    never seen again. Bytes not yet handed to the kernel are dropped. Harmless when it has ended.
//  - Send() takes all bytes it is given: what the kernel does not take now is kept and sent later,
//    in order. It returns when the kernel took the first of them, if that was at once; else
//    OnFirstByteSent comes when it does, before any OnData or OnClosed that follows from it.
//  - A Send that fails because the peer has gone: what the peer had sent is handed over first, then
//    OnClosed(kSendFailed).
//  - `now` is a clock reading from when the event was taken from the kernel, never from before what
//    the event follows from, and not later than the call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/names.h"
#include "common/time/time.h"

namespace muster {

// One address of the target, resolved.
struct Endpoint {
  enum class Family : uint8_t { kIpv4, kIpv6, kUnix };
  Family family = Family::kIpv4;
  std::string address;  // "127.0.0.1", "::1", or the path of a Unix socket
  uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
};

// Names a connection until it ends. Never reused within a run; 0 names none.
using ConnectionId = uint64_t;

// How an established connection ended, as the peer or the kernel did it.
enum class CloseKind : uint8_t {
  kEnd,         // orderly: end of stream
  kReset,       // ECONNRESET while reading or idle
  kSendFailed,  // EPIPE or ECONNRESET while sending
  kLocal,       // any other error of this host
  // A connection over TLS.
  kTruncated,    // end of stream without close_notify: what came before may be cut short
  kTlsAlert,     // a fatal alert of the peer
  kTlsProtocol,  // not TLS, or broken records
};

// What is known of a connection when it is there.
struct ConnectReport {
  bool retransmitted_syn = false;  // TCP_INFO
  // The transport connection was established then; the handshake took the time from there.
  MonoTime established;
  bool tls = false;
  bool resumed = false;     // TLS: by a session of an earlier connection
  bool alpn_http2 = false;  // TLS: the peer chose HTTP/2
};

class TransportHandler {
 public:
  virtual ~TransportHandler() = default;
  virtual void OnConnected(ConnectionId id, const ConnectReport& report, MonoTime now) = 0;
  // `error`: one of the kConnect*, kTls* and kLocal* classes.
  virtual void OnConnectFailed(ConnectionId id, ErrorClass error, MonoTime now) = 0;
  // Of a Send whose first byte was not sent within it.
  virtual void OnFirstByteSent(ConnectionId id, MonoTime now) = 0;
  virtual void OnAllSent(ConnectionId /*id*/, MonoTime /*now*/) {}
  // `data` is valid during the call only.
  virtual void OnData(ConnectionId id, std::string_view data, MonoTime now) = 0;
  virtual void OnClosed(ConnectionId id, CloseKind kind, MonoTime now) = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;
  // `user_data` comes back in UserData(id): the owner's index for this connection.
  virtual ConnectionId Connect(const Endpoint& endpoint, uint64_t user_data) = 0;
  // Requires: not ended; within OnClosed and OnConnectFailed it is still known.
  virtual uint64_t UserData(ConnectionId id) const = 0;
  // `bytes`, not empty, must stay valid and unchanged until all are sent or the connection ends:
  // the transport keeps the view (requests are serialised once and live as long as the run).
  // Requires: connected, not ended, AllSent. Returns when the first byte was sent, if it was.
  [[nodiscard]] virtual std::optional<MonoTime> Send(ConnectionId id, std::string_view bytes) = 0;
  // How much of the last Send is kept, and not yet handed to the kernel; after a Send that failed,
  // never will be. Requires: connected, not ended; within OnClosed it is still known.
  virtual size_t UnsentBytes(ConnectionId id) const = 0;
  // False in OnData means that the peer answered before it had read the request: the connection
  // can't be used for another.
  bool AllSent(ConnectionId id) const { return UnsentBytes(id) == 0; }
  virtual void Close(ConnectionId id) = 0;
  // The transport connection is there and the TLS handshake on it is not done. False for a
  // transport without TLS, and for a connection that has ended.
  virtual bool Handshaking(ConnectionId /*id*/) const { return false; }
};

}  // namespace muster
