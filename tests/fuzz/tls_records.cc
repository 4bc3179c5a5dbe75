// The TLS record feed: whatever a target sends, in whatever pieces, the client's transport must
// hold its contract, and end each connection at most once. The first byte is the case, each byte
// after it that is not ordinary text below decides a step:
//
//   case 0  the rest is what a server sends instead of its handshake
//   case 1  the rest follows a whole handshake, as records of nobody
//   else    the rest is a script for a real server's end: what it does, and how its bytes are cut
//           and broken on their way
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "tests/support/memory_transport.h"
#include "tests/support/tls/tls_peer.h"
#include "worker/net/tls_context.h"
#include "worker/net/tls_transport.h"

namespace muster {
namespace {

constexpr size_t kSteps = 200;

class Owner : public TransportHandler {
 public:
  void OnConnected(ConnectionId, const ConnectReport& report, MonoTime) override {
    CHECK(!connected_ && !ended_);
    CHECK(report.tls);
    connected_ = true;
  }
  void OnConnectFailed(ConnectionId, ErrorClass error, MonoTime) override {
    CHECK(!connected_ && !ended_);
    CHECK(error >= ErrorClass::kTlsExpired && error <= ErrorClass::kTlsTimeout);
    ended_ = true;
  }
  void OnFirstByteSent(ConnectionId, MonoTime) override { CHECK(connected_ && !ended_); }
  void OnAllSent(ConnectionId, MonoTime) override { CHECK(connected_ && !ended_); }
  void OnData(ConnectionId, std::string_view data, MonoTime) override {
    CHECK(connected_ && !ended_);
    CHECK(!data.empty() && data.size() <= 16384u);
  }
  void OnClosed(ConnectionId, CloseKind, MonoTime) override {
    CHECK(connected_ && !ended_);
    ended_ = true;
  }

  bool connected() const { return connected_; }
  bool ended() const { return ended_; }

 private:
  bool connected_ = false;
  bool ended_ = false;
};

// One connection of a fresh client; certificates and contexts are made once.
class Wire {
 public:
  Wire(TlsContext* context, const TlsServer& server)
      : tls_(&inner_, context), peer_(server), id_(0) {
    inner_.SetHandler(tls_.inner_handler());
    tls_.SetHandler(&owner_);
    id_ = tls_.Connect({}, 1);
    inner_.Accept(1);
  }

  void Deliver(std::string_view bytes) {
    if (inner_.open(1)) inner_.Deliver(1, bytes);
  }
  void Exchange() {
    for (int round = 0; round < 4; ++round) {
      ToServer();
      Deliver(peer_.TakeOutput());
    }
  }
  void ToServer() {
    std::string plain;
    const std::string sent = inner_.TakeSent(1);
    if (server_alive_ && !sent.empty()) server_alive_ = peer_.Feed(sent, &plain);
  }
  void Send() {
    if (owner_.connected() && !owner_.ended() && tls_.AllSent(id_))
      std::ignore = tls_.Send(id_, "request");
  }
  void End(CloseKind kind) {
    if (inner_.open(1)) inner_.End(1, kind);
    CHECK(owner_.ended());
    tls_.Close(id_);
  }

  void RunScript(const uint8_t* data, size_t size);

 private:
  void ServerDoes(uint8_t what);

  MemoryTransport inner_;
  Owner owner_;
  TlsTransport tls_;
  TlsPeer peer_;
  ConnectionId id_;
  bool server_alive_ = true;
};

void Wire::ServerDoes(uint8_t what) {
  if (!server_alive_ || !peer_.established()) return;
  switch (what % 6) {
    case 0:
      return peer_.Write(std::string(1 + what * 100, 'r'));
    case 1:
      return peer_.CloseNotify();
    case 2:
      return Send();
    case 3:
      return inner_.open(1) ? inner_.SetRoom(1, what) : void();
    case 4:
      return peer_.UpdateKeys(what % 4 == 0);
    default:
      return peer_.SendTicket();
  }
}

void Wire::RunScript(const uint8_t* data, size_t size) {
  std::string on_its_way;
  for (size_t i = 0; i + 1 < size && i < kSteps; i += 2) {
    const uint8_t step = data[i];
    if (step % 4 == 0) ServerDoes(data[i + 1]);
    ToServer();
    on_its_way += peer_.TakeOutput();
    if (step % 4 == 1 && !on_its_way.empty()) {
      on_its_way[data[i + 1] % on_its_way.size()] ^= static_cast<char>(1 + step / 4);
    }
    const size_t piece = step % 4 == 2 ? data[i + 1] : on_its_way.size();
    Deliver(on_its_way.substr(0, piece));
    on_its_way.erase(0, piece);
  }
  Deliver(on_its_way);
}

struct Fixture {
  TestAuthority authority;
  TlsServer server{{.identity = authority.Sign()}};
  std::unique_ptr<TlsContext> context =
      TlsContext::Create({.ca_pem = authority.pem()}, "localhost", {}).value();
};

}  // namespace
}  // namespace muster

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static muster::Fixture* fixture = new muster::Fixture();
  if (size == 0) return 0;
  muster::Wire wire(fixture->context.get(), fixture->server);
  const std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] == 1) wire.Exchange();
  if (data[0] <= 1) {
    wire.Deliver(rest.substr(0, rest.size() / 2));
    wire.Send();
    wire.Deliver(rest.substr(rest.size() / 2));
  } else {
    wire.RunScript(data + 1, size - 1);
  }
  wire.End(data[0] % 2 == 0 ? muster::CloseKind::kEnd : muster::CloseKind::kReset);
  return 0;
}
