// LoopbackServer: a real server on this host's loopback that does what a PeerScript says, on a
// thread of its own. For tests of what talks to kernel sockets.
//
// Owner: the test's thread; every public function may be called from any. The destructor resets
// what is open and joins. Limits: 1,000 connections at once.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/base/mutex.h"
#include "tests/support/tls/tls_peer.h"
#include "worker/net/transport.h"

namespace muster {

// What a server does with each of its connections.
struct PeerScript {
  enum class End : uint8_t { kStay, kClose, kReset };
  size_t wait_for = 1;        // each time so many bytes have been received ...
  std::string reply = {};     // ... this is sent ...
  End end = End::kStay;       // ... and this done. kReset leaves what was received unread.
  bool hold_reading = false;  // receives nothing before ReleaseReading
};

class LoopbackServer {
 public:
  // Listens at a free port of 127.0.0.1 or ::1, or at a socket in a fresh directory below /tmp.
  // `tls`: it speaks TLS, and the script is about the plain text; it outlives this.
  LoopbackServer(Endpoint::Family family, PeerScript script, const TlsServer* tls = nullptr);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  const Endpoint& endpoint() const { return endpoint_; }
  void ReleaseReading();
  size_t accepted() const { return accepted_.load(); }
  size_t open() const { return open_.load(); }
  uint64_t bytes_received() const { return bytes_received_.load(); }
  // What the connections sent, in the order in which they were accepted.
  std::vector<std::string> received() const EXCLUDES_LOCK(mutex_);

 private:
  struct Peer;

  void Serve();
  void Accept(std::vector<Peer>* peers);
  // Each returns false when the connection is over and closed.
  bool Step(Peer& peer, short events);
  bool Receive(Peer& peer);
  bool ReceiveTls(Peer& peer);
  // What arrived of the connection's request, for the script.
  void Count(Peer& peer, std::string_view plain);
  bool Reply(Peer& peer);
  void ClosePeer(Peer& peer, bool reset);

  const PeerScript script_;
  const TlsServer* const tls_;
  Endpoint endpoint_;
  std::string directory_;  // of a Unix socket
  int listen_fd_ = -1;
  int wake_fd_ = -1;
  std::atomic<bool> stop_{false};
  std::atomic<bool> reading_;
  std::atomic<size_t> accepted_{0};
  std::atomic<size_t> open_{0};
  std::atomic<uint64_t> bytes_received_{0};
  mutable Mutex mutex_;
  std::vector<std::string> received_ GUARDED_BY(mutex_);
  std::thread thread_;
};

// An address at which connections are refused, for as long as this lives.
class RefusingAddress {
 public:
  explicit RefusingAddress(Endpoint::Family family);
  ~RefusingAddress();
  RefusingAddress(const RefusingAddress&) = delete;
  RefusingAddress& operator=(const RefusingAddress&) = delete;
  const Endpoint& endpoint() const { return endpoint_; }

 private:
  Endpoint endpoint_;
  std::string directory_;
  int fd_ = -1;
};

}  // namespace muster
