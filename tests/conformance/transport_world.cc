#include "tests/conformance/transport_world.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "common/base/check.h"
#include "tests/sim/sim_transport.h"
#include "tests/support/tls/tls_peer.h"
#include "worker/net/epoll_transport.h"
#include "worker/net/tls_context.h"
#include "worker/net/tls_transport.h"

namespace muster {
namespace {

constexpr Duration kLimit = Duration::Seconds(10);

// Both ends of TLS for a world: what its servers show, and what its clients trust.
class TlsWorld {
 public:
  explicit TlsWorld(int version)
      : server_({.identity = authority_.Sign({.names = "IP:127.0.0.1,IP:192.0.2.1"}),
                 .min_version = version,
                 .max_version = version}) {}

  const TlsServer* server() const { return &server_; }
  std::unique_ptr<TlsContext> MakeContext(const std::string& host) const {
    return TlsContext::Create({.ca_pem = authority_.pem()}, host, {}).value();
  }

 private:
  const TestAuthority authority_;
  const TlsServer server_;
};

// The simulated twin of LoopbackServer.
class ScriptedServer : public SimServer {
 public:
  ScriptedServer(PeerScript script, const TlsServer* tls) : script_(std::move(script)), tls_(tls) {}

  void OnAccepted(const std::shared_ptr<SimConnection>& connection) override {
    Peer& peer = peers_[connection->number()];
    peer = {connection, received_.size(), script_.wait_for,
            tls_ != nullptr ? std::make_shared<TlsPeer>(*tls_) : nullptr};
    received_.emplace_back();
    if (tls_ == nullptr) Hold(peer);
  }
  void OnBytes(const std::shared_ptr<SimConnection>& connection, std::string_view bytes) override {
    const auto peer = peers_.find(connection->number());
    if (peer == peers_.end()) return;
    if (tls_ == nullptr) return Receive(peer->second, bytes);
    TlsPeer& tls = *peer->second.tls;
    std::string plain;
    CHECK(tls.Feed(bytes, &plain)) << "TLS failed at the server";
    connection->Send(tls.TakeOutput());
    if (tls.established()) Hold(peer->second);
    if (!plain.empty()) Receive(peer->second, plain);
  }
  void OnPeerClosed(const std::shared_ptr<SimConnection>& connection) override {
    peers_.erase(connection->number());
  }

  void ReleaseReading() {
    released_ = true;
    const auto peers = peers_;
    for (const auto& [number, peer] : peers) peer.connection->ResumeReading();
  }
  uint64_t bytes_received() const { return bytes_received_; }
  size_t open() const { return peers_.size(); }
  const std::vector<std::string>& received() const { return received_; }

 private:
  struct Peer {
    std::shared_ptr<SimConnection> connection;
    size_t index = 0;
    size_t waiting_for = 0;
    std::shared_ptr<TlsPeer> tls;
  };

  void Hold(const Peer& peer) const {
    if (script_.hold_reading && !released_) peer.connection->PauseReading();
  }
  void Receive(Peer& peer, std::string_view bytes) {
    received_[peer.index].append(bytes);
    bytes_received_ += bytes.size();
    if (bytes.size() < peer.waiting_for) {
      peer.waiting_for -= bytes.size();
      return;
    }
    peer.waiting_for = script_.wait_for;
    const std::shared_ptr<SimConnection> connection = peer.connection;
    if (peer.tls != nullptr) {
      peer.tls->Write(script_.reply);
      if (script_.end == PeerScript::End::kClose) peer.tls->CloseNotify();
      connection->Send(peer.tls->TakeOutput());
    } else {
      connection->Send(script_.reply);
    }
    if (script_.end == PeerScript::End::kStay) return;
    peers_.erase(connection->number());
    script_.end == PeerScript::End::kClose ? connection->Close() : connection->Reset();
  }

  const PeerScript script_;
  const TlsServer* const tls_;
  bool released_ = false;
  std::map<uint64_t, Peer> peers_;
  std::vector<std::string> received_;
  uint64_t bytes_received_ = 0;
};

// Sets TLS, where there is some, between `inner` and `handler`; the transport to use is returned.
template <typename Inner>
class Layers {
 public:
  Layers(Inner* inner, const TlsWorld* tls, const std::string& host) : inner_(inner) {
    if (tls == nullptr) return;
    context_ = tls->MakeContext(host);
    tls_.emplace(inner, context_.get());
    inner->SetHandler(tls_->inner_handler());
  }
  Transport& top() { return tls_ ? static_cast<Transport&>(*tls_) : *inner_; }
  void SetHandler(TransportHandler* handler) {
    tls_ ? tls_->SetHandler(handler) : inner_->SetHandler(handler);
  }

 private:
  Inner* const inner_;
  std::unique_ptr<TlsContext> context_;
  std::optional<TlsTransport> tls_;
};

class SimWorld : public TransportWorld {
 public:
  explicit SimWorld(Duration delay, std::unique_ptr<TlsWorld> tls = nullptr)
      : tls_(std::move(tls)), network_(&executor_, delay) {}

  Transport& transport() override { return layers_.top(); }
  void SetHandler(TransportHandler* handler) override { layers_.SetHandler(handler); }
  size_t AddServer(const PeerScript& script) override {
    servers_.push_back(std::make_unique<ScriptedServer>(script, tls_ ? tls_->server() : nullptr));
    network_.Listen(ServerEndpoint(servers_.size() - 1), servers_.back().get());
    return servers_.size() - 1;
  }
  Endpoint ServerEndpoint(size_t server) override {
    return {Endpoint::Family::kIpv4, "192.0.2.1", static_cast<uint16_t>(server + 1)};
  }
  Endpoint RefusingEndpoint() override { return {Endpoint::Family::kIpv4, "192.0.2.2", 80}; }
  void ReleaseReading(size_t server) override { servers_[server]->ReleaseReading(); }
  uint64_t BytesReceived(size_t server) override { return servers_[server]->bytes_received(); }
  size_t OpenAtServer(size_t server) override { return servers_[server]->open(); }
  std::vector<std::string> Received(size_t server) override { return servers_[server]->received(); }
  bool RunUntil(const std::function<bool()>& condition) override {
    return executor_.RunUntilTrue(condition, executor_.Now() + kLimit);
  }
  MonoTime Now() override { return executor_.Now(); }

 private:
  const std::unique_ptr<TlsWorld> tls_;
  SimExecutor executor_;
  SimNetwork network_;
  std::vector<std::unique_ptr<ScriptedServer>> servers_;
  SimTransport transport_{&network_};
  Layers<SimTransport> layers_{&transport_, tls_.get(), "192.0.2.1"};
};

class KernelWorld : public TransportWorld {
 public:
  explicit KernelWorld(Endpoint::Family family, std::unique_ptr<TlsWorld> tls = nullptr)
      : family_(family),
        tls_(std::move(tls)),
        refusing_(family),
        transport_(EpollTransport::Create().value()) {}

  Transport& transport() override { return layers_.top(); }
  void SetHandler(TransportHandler* handler) override { layers_.SetHandler(handler); }
  size_t AddServer(const PeerScript& script) override {
    servers_.push_back(
        std::make_unique<LoopbackServer>(family_, script, tls_ ? tls_->server() : nullptr));
    return servers_.size() - 1;
  }
  Endpoint ServerEndpoint(size_t server) override { return servers_[server]->endpoint(); }
  Endpoint RefusingEndpoint() override { return refusing_.endpoint(); }
  void ReleaseReading(size_t server) override { servers_[server]->ReleaseReading(); }
  uint64_t BytesReceived(size_t server) override { return servers_[server]->bytes_received(); }
  size_t OpenAtServer(size_t server) override { return servers_[server]->open(); }
  std::vector<std::string> Received(size_t server) override { return servers_[server]->received(); }
  bool RunUntil(const std::function<bool()>& condition) override {
    const MonoTime limit = MonotonicNow() + kLimit;
    while (!condition()) {
      if (MonotonicNow() > limit) return false;
      // The server's side of a condition changes without an event here.
      transport_->Poll(Duration::Millis(1));
    }
    return true;
  }
  MonoTime Now() override { return MonotonicNow(); }

 private:
  const Endpoint::Family family_;
  const std::unique_ptr<TlsWorld> tls_;
  RefusingAddress refusing_;
  std::vector<std::unique_ptr<LoopbackServer>> servers_;
  std::unique_ptr<EpollTransport> transport_;
  Layers<EpollTransport> layers_{transport_.get(), tls_.get(), "127.0.0.1"};
};

}  // namespace

std::unique_ptr<TransportWorld> MakeSimWorld(Duration one_way_delay) {
  return std::make_unique<SimWorld>(one_way_delay);
}

std::unique_ptr<TransportWorld> MakeKernelWorld(Endpoint::Family family) {
  return std::make_unique<KernelWorld>(family);
}

std::unique_ptr<TransportWorld> MakeSimTlsWorld(Duration one_way_delay, int version) {
  return std::make_unique<SimWorld>(one_way_delay, std::make_unique<TlsWorld>(version));
}

std::unique_ptr<TransportWorld> MakeKernelTlsWorld(int version) {
  return std::make_unique<KernelWorld>(Endpoint::Family::kIpv4,
                                       std::make_unique<TlsWorld>(version));
}

}  // namespace muster
