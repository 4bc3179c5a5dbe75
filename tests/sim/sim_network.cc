#include "tests/sim/sim_network.h"

#include <algorithm>

#include "common/base/check.h"

namespace muster {
namespace {

// Linux sends the first SYN again after a second and doubles the wait each time.
constexpr Duration kSynTimeout = Duration::Seconds(1);

ErrorClass ErrorOf(ConnectAnswer::Kind kind) {
  switch (kind) {
    case ConnectAnswer::Kind::kReset:
      return ErrorClass::kConnectReset;
    case ConnectAnswer::Kind::kUnreachable:
      return ErrorClass::kConnectUnreachable;
    default:
      return ErrorClass::kConnectRefused;
  }
}

}  // namespace

SimConnection::SimConnection(SimNetwork* network, uint64_t number, SimClient* client,
                             ConnectionId id, SimServer* server)
    : network_(network), number_(number), client_(client), id_(id), server_(server) {}

void SimConnection::StartConnect() {
  ToServer([this, self = shared_from_this()] {
    if (client_ == nullptr) return;
    if (server_ == nullptr) return EndConnect(ErrorClass::kConnectRefused);
    const ConnectAnswer answer = server_->OnSyn();
    if (answer.kind == ConnectAnswer::Kind::kDrop) return;
    const bool retransmitted = answer.dropped_syns > 0;
    Duration wait = Duration();
    for (int i = 0; i < answer.dropped_syns; ++i) wait += kSynTimeout * (int64_t{1} << i);
    network_->executor().ScheduleAfter(wait, [this, self, retransmitted, kind = answer.kind] {
      if (kind != ConnectAnswer::Kind::kAccept) return EndConnect(ErrorOf(kind));
      ToClient([this, self, retransmitted] { Established(retransmitted); });
    });
  });
}

void SimConnection::EndConnect(ErrorClass error) {
  ToClient([this, self = shared_from_this(), error] {
    if (client_ != nullptr) std::exchange(client_, nullptr)->SimConnectFailed(id_, error);
  });
}

void SimConnection::Established(bool retransmitted_syn) {
  if (client_ == nullptr) return;  // gave up before: no ACK, and the server accepts nothing
  established_ = true;
  ToServer([this, self = shared_from_this()] {
    server_open_ = true;
    server_->OnAccepted(self);
  });
  client_->SimConnected(id_, retransmitted_syn);
}

bool SimConnection::ClientSend(std::string_view bytes) {
  CHECK(established_);
  CHECK(client_ != nullptr);
  CHECK(!bytes.empty());
  CHECK(unsent_.empty()) << "Send before the bytes of the last one were handed over";
  unsent_ = bytes;
  awaits_first_byte_ = true;
  Pump();
  first_byte_sent_.reset();  // told by what is returned
  kept_bytes_ = !unsent_.empty();
  return !awaits_first_byte_;
}

void SimConnection::Pump() {
  if (send_failed_) return;
  const size_t window = network_->send_window();
  const size_t room = window > outstanding_bytes_ ? window - outstanding_bytes_ : 0;
  const size_t taken = std::min(room, unsent_.size());
  if (taken == 0) return;
  if (awaits_first_byte_) {
    awaits_first_byte_ = false;
    first_byte_sent_ = network_->executor().Now();
    network_->executor().Post([this, self = shared_from_this()] { DeliverFirstByte(); });
  }
  outstanding_bytes_ += taken;
  ToServer([this, self = shared_from_this(), bytes = std::string(unsent_.substr(0, taken))] {
    ServerArrive(bytes);
  });
  unsent_.remove_prefix(taken);
}

void SimConnection::DeliverFirstByte() {
  if (!first_byte_sent_.has_value()) return;
  const MonoTime at = *std::exchange(first_byte_sent_, std::nullopt);
  if (client_ != nullptr) client_->SimFirstByteSent(id_, at);
}

void SimConnection::ServerArrive(std::string bytes) {
  if (!server_open_) return;
  if (paused_) {
    unread_.push_back(std::move(bytes));
    return;
  }
  ServerRead(bytes);
}

void SimConnection::ServerRead(const std::string& bytes) {
  ToClient([this, self = shared_from_this(), size = bytes.size()] {
    outstanding_bytes_ -= size;
    if (client_ == nullptr) return;
    Pump();
    if (!kept_bytes_ || !unsent_.empty()) return;
    kept_bytes_ = false;
    DeliverFirstByte();
    if (client_ != nullptr) client_->SimAllSent(id_);
  });
  server_->OnBytes(shared_from_this(), bytes);
}

void SimConnection::Send(std::string bytes) {
  if (!server_open_ || bytes.empty()) return;
  ToClient([this, self = shared_from_this(), bytes = std::move(bytes)] {
    DeliverFirstByte();
    if (client_ != nullptr) client_->SimData(id_, bytes);
  });
}

void SimConnection::Close() {
  if (!std::exchange(server_open_, false)) return;
  ToClient([this, self = shared_from_this()] { EndClient(CloseKind::kEnd); });
}

void SimConnection::Reset() {
  if (!std::exchange(server_open_, false)) return;
  ToClient([this, self = shared_from_this()] {
    EndClient(unsent_.empty() ? CloseKind::kReset : CloseKind::kSendFailed);
  });
}

void SimConnection::PauseReading() { paused_ = true; }

void SimConnection::ResumeReading() {
  paused_ = false;
  while (!paused_ && server_open_ && !unread_.empty()) {
    const std::string bytes = std::move(unread_.front());
    unread_.pop_front();
    ServerRead(bytes);
  }
}

void SimConnection::ClientClose() {
  if (client_ == nullptr) return;
  client_ = nullptr;
  unsent_ = {};
  if (!established_) return;
  ToServer([this, self = shared_from_this()] {
    if (std::exchange(server_open_, false)) server_->OnPeerClosed(self);
  });
}

void SimConnection::FailSend(std::string_view bytes) {
  CHECK(established_);
  unsent_ = bytes;
  send_failed_ = true;
  ToServer([this, self = shared_from_this()] {
    if (std::exchange(server_open_, false)) server_->OnPeerClosed(self);
  });
  network_->executor().Post(
      [this, self = shared_from_this()] { EndClient(CloseKind::kSendFailed); });
}

void SimConnection::EndClient(CloseKind kind) {
  DeliverFirstByte();
  if (client_ != nullptr) std::exchange(client_, nullptr)->SimClosed(id_, kind);
  unsent_ = {};
}

void SimConnection::ToServer(std::function<void()> fn) {
  last_to_server_ = std::max(last_to_server_, network_->executor().Now() + network_->delay());
  network_->executor().ScheduleAt(last_to_server_, std::move(fn));
}

void SimConnection::ToClient(std::function<void()> fn) {
  last_to_client_ = std::max(last_to_client_, network_->executor().Now() + network_->delay());
  network_->executor().ScheduleAt(last_to_client_, std::move(fn));
}

void SimNetwork::Listen(const Endpoint& endpoint, SimServer* server) {
  servers_[{endpoint.address, endpoint.port}] = server;
}

std::shared_ptr<SimConnection> SimNetwork::Connect(const Endpoint& endpoint, SimClient* client,
                                                   ConnectionId id) {
  const auto found = servers_.find({endpoint.address, endpoint.port});
  SimServer* server = found == servers_.end() ? nullptr : found->second;
  auto connection = std::make_shared<SimConnection>(this, ++connections_, client, id, server);
  connection->StartConnect();
  return connection;
}

}  // namespace muster
