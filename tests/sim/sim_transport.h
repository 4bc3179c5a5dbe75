// SimTransport: Transport over a SimNetwork, in simulated time; one for each simulated engine
// thread. Nothing takes time but what the network and its servers are told to take: lag in a
// simulation is the engine's own doing.
//
//   SimExecutor executor;  SimNetwork network(&executor);  SimHttpServer server(&executor, {});
//   network.Listen(endpoint, &server);
//   SimTransport transport(&network);  transport.SetHandler(&engine);
//   transport.SetAfterEvent([&] { drive the engine's Advance });
//
// Owner: the simulation's thread. Destroying it closes its connections without calling the handler:
// a worker's crash, as its target sees it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "tests/sim/sim_network.h"
#include "worker/net/transport.h"

namespace muster {

class SimTransport : public Transport, private SimClient {
 public:
  explicit SimTransport(SimNetwork* network) : network_(network) {}
  ~SimTransport() override;
  SimTransport(const SimTransport&) = delete;
  SimTransport& operator=(const SimTransport&) = delete;

  void SetHandler(TransportHandler* handler) { handler_ = handler; }
  // Called after each call of the handler, where a real loop would go on to Advance.
  void SetAfterEvent(std::function<void()> after) { after_event_ = std::move(after); }

  // Errors of this host: asked for every Connect with its number from 1; a value fails it.
  void SetLocalErrors(std::function<std::optional<ErrorClass>(uint64_t connect)> errors) {
    local_errors_ = std::move(errors);
  }
  // Asked for every Send with its number from 1; true: the peer has gone, the Send fails.
  void SetSendFailures(std::function<bool(uint64_t send)> failures) {
    send_failures_ = std::move(failures);
  }

  ConnectionId Connect(const Endpoint& endpoint, uint64_t user_data) override;
  uint64_t UserData(ConnectionId id) const override;
  std::optional<MonoTime> Send(ConnectionId id, std::string_view bytes) override;
  size_t UnsentBytes(ConnectionId id) const override;
  void Close(ConnectionId id) override;

  size_t open_connections() const { return connections_.size(); }
  uint64_t connects() const { return connects_; }
  uint64_t sends() const { return sends_; }
  uint64_t connects_failed() const { return connects_failed_; }
  uint64_t sends_failed() const { return sends_failed_; }  // by SetSendFailures

 private:
  struct Entry {
    uint64_t user_data = 0;
    std::shared_ptr<SimConnection> connection;  // null: failed on this host
  };

  void SimConnected(ConnectionId id, bool retransmitted_syn) override;
  void SimConnectFailed(ConnectionId id, ErrorClass error) override;
  void SimFirstByteSent(ConnectionId id, MonoTime at) override;
  void SimAllSent(ConnectionId id) override;
  void SimData(ConnectionId id, std::string_view data) override;
  void SimClosed(ConnectionId id, CloseKind kind) override;
  void AfterEvent();
  const Entry& Get(ConnectionId id) const;

  SimNetwork* const network_;
  TransportHandler* handler_ = nullptr;
  std::function<void()> after_event_;
  std::function<std::optional<ErrorClass>(uint64_t)> local_errors_;
  std::function<bool(uint64_t)> send_failures_;
  std::map<ConnectionId, Entry> connections_;
  uint64_t connects_ = 0;
  uint64_t sends_ = 0;
  uint64_t connects_failed_ = 0;
  uint64_t sends_failed_ = 0;
  // Seen by events that outlive this.
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace muster
