#include "tests/sim/sim_transport.h"

#include "common/base/check.h"

namespace muster {

SimTransport::~SimTransport() {
  *alive_ = false;
  for (auto& [id, entry] : connections_) {
    if (entry.connection != nullptr) entry.connection->ClientClose();
  }
}

ConnectionId SimTransport::Connect(const Endpoint& endpoint, uint64_t user_data) {
  const ConnectionId id = ++connects_;
  Entry& entry = connections_[id];
  entry.user_data = user_data;
  const std::optional<ErrorClass> error = local_errors_ ? local_errors_(id) : std::nullopt;
  if (!error.has_value()) {
    entry.connection = network_->Connect(endpoint, this, id);
    return id;
  }
  network_->executor().Post([this, alive = alive_, id, error] {
    if (*alive && connections_.contains(id)) SimConnectFailed(id, *error);
  });
  return id;
}

uint64_t SimTransport::UserData(ConnectionId id) const { return Get(id).user_data; }

std::optional<MonoTime> SimTransport::Send(ConnectionId id, std::string_view bytes) {
  const Entry& entry = Get(id);
  CHECK(entry.connection != nullptr);
  ++sends_;
  if (send_failures_ && send_failures_(sends_)) {
    ++sends_failed_;
    entry.connection->FailSend(bytes);
    return std::nullopt;
  }
  if (!entry.connection->ClientSend(bytes)) return std::nullopt;
  return network_->executor().Now();
}

size_t SimTransport::UnsentBytes(ConnectionId id) const {
  const Entry& entry = Get(id);
  return entry.connection == nullptr ? 0 : entry.connection->UnsentBytes();
}

void SimTransport::Close(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const std::shared_ptr<SimConnection> connection = found->second.connection;
  connections_.erase(found);
  if (connection != nullptr) connection->ClientClose();
}

void SimTransport::SimConnected(ConnectionId id, bool retransmitted_syn) {
  const MonoTime now = network_->executor().Now();
  handler_->OnConnected(id, {.retransmitted_syn = retransmitted_syn, .established = now}, now);
  AfterEvent();
}

void SimTransport::SimConnectFailed(ConnectionId id, ErrorClass error) {
  ++connects_failed_;
  handler_->OnConnectFailed(id, error, network_->executor().Now());
  connections_.erase(id);
  AfterEvent();
}

void SimTransport::SimFirstByteSent(ConnectionId id, MonoTime at) {
  handler_->OnFirstByteSent(id, at);
  AfterEvent();
}

void SimTransport::SimAllSent(ConnectionId id) {
  handler_->OnAllSent(id, network_->executor().Now());
  AfterEvent();
}

void SimTransport::SimData(ConnectionId id, std::string_view data) {
  handler_->OnData(id, data, network_->executor().Now());
  AfterEvent();
}

void SimTransport::SimClosed(ConnectionId id, CloseKind kind) {
  handler_->OnClosed(id, kind, network_->executor().Now());
  connections_.erase(id);
  AfterEvent();
}

void SimTransport::AfterEvent() {
  if (after_event_) after_event_();
}

const SimTransport::Entry& SimTransport::Get(ConnectionId id) const {
  const auto found = connections_.find(id);
  CHECK(found != connections_.end()) << "connection " << id << " has ended";
  return found->second;
}

}  // namespace muster
