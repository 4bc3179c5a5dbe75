#include "tests/conformance/transport_world.h"

#include <algorithm>
#include <map>

#include "common/base/check.h"
#include "tests/sim/sim_transport.h"
#include "worker/net/epoll_transport.h"

namespace muster {
namespace {

constexpr Duration kLimit = Duration::Seconds(10);

// The simulated twin of LoopbackServer.
class ScriptedServer : public SimServer {
 public:
  explicit ScriptedServer(PeerScript script) : script_(std::move(script)) {}

  void OnAccepted(const std::shared_ptr<SimConnection>& connection) override {
    Peer& peer = peers_[connection->number()];
    peer = {connection, received_.size(), script_.wait_for};
    received_.emplace_back();
    if (script_.hold_reading && !released_) connection->PauseReading();
  }
  void OnBytes(const std::shared_ptr<SimConnection>& connection, std::string_view bytes) override {
    Peer& peer = peers_.at(connection->number());
    received_[peer.index].append(bytes);
    bytes_received_ += bytes.size();
    if (bytes.size() < peer.waiting_for) {
      peer.waiting_for -= bytes.size();
      return;
    }
    peer.waiting_for = script_.wait_for;
    connection->Send(script_.reply);
    if (script_.end == PeerScript::End::kStay) return;
    peers_.erase(connection->number());
    script_.end == PeerScript::End::kClose ? connection->Close() : connection->Reset();
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
  };
  const PeerScript script_;
  bool released_ = false;
  std::map<uint64_t, Peer> peers_;
  std::vector<std::string> received_;
  uint64_t bytes_received_ = 0;
};

class SimWorld : public TransportWorld {
 public:
  explicit SimWorld(Duration delay) : network_(&executor_, delay) {}

  Transport& transport() override { return transport_; }
  void SetHandler(TransportHandler* handler) override { transport_.SetHandler(handler); }
  size_t AddServer(const PeerScript& script) override {
    servers_.push_back(std::make_unique<ScriptedServer>(script));
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
  SimExecutor executor_;
  SimNetwork network_;
  std::vector<std::unique_ptr<ScriptedServer>> servers_;
  SimTransport transport_{&network_};
};

class KernelWorld : public TransportWorld {
 public:
  explicit KernelWorld(Endpoint::Family family)
      : family_(family), refusing_(family), transport_(EpollTransport::Create().value()) {}

  Transport& transport() override { return *transport_; }
  void SetHandler(TransportHandler* handler) override { transport_->SetHandler(handler); }
  size_t AddServer(const PeerScript& script) override {
    servers_.push_back(std::make_unique<LoopbackServer>(family_, script));
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
  RefusingAddress refusing_;
  std::vector<std::unique_ptr<LoopbackServer>> servers_;
  std::unique_ptr<EpollTransport> transport_;
};

}  // namespace

std::unique_ptr<TransportWorld> MakeSimWorld(Duration one_way_delay) {
  return std::make_unique<SimWorld>(one_way_delay);
}

std::unique_ptr<TransportWorld> MakeKernelWorld(Endpoint::Family family) {
  return std::make_unique<KernelWorld>(family);
}

}  // namespace muster
