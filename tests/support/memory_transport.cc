#include "tests/support/memory_transport.h"

#include <algorithm>

#include "common/base/check.h"

namespace muster {

ConnectionId MemoryTransport::Connect(const Endpoint& /*endpoint*/, uint64_t user_data) {
  connections_[++last_].user_data = user_data;
  return last_;
}

uint64_t MemoryTransport::UserData(ConnectionId id) const { return connections_.at(id).user_data; }

std::optional<MonoTime> MemoryTransport::Send(ConnectionId id, std::string_view bytes) {
  Connection& connection = connections_.at(id);
  CHECK(connection.established);
  CHECK(!bytes.empty());
  CHECK(connection.unsent.empty()) << "Send before the bytes of the last one were handed over";
  ++sends_;
  connection.unsent = bytes;
  connection.awaits_first_byte = true;
  Take(connection);
  if (connection.awaits_first_byte) return std::nullopt;
  return Tick();
}

size_t MemoryTransport::UnsentBytes(ConnectionId id) const {
  return connections_.at(id).unsent.size();
}

void MemoryTransport::Close(ConnectionId id) { connections_.erase(id); }

void MemoryTransport::Take(Connection& connection) {
  const size_t taken = std::min(connection.room, connection.unsent.size());
  if (taken == 0) return;
  connection.awaits_first_byte = false;
  if (!discard_) connection.sent.append(connection.unsent.substr(0, taken));
  connection.unsent.remove_prefix(taken);
  connection.room -= taken;
}

void MemoryTransport::Accept(ConnectionId id) {
  connections_.at(id).established = true;
  const MonoTime now = Tick();
  handler_->OnConnected(id, {.established = now}, now);
}

void MemoryTransport::Refuse(ConnectionId id, ErrorClass error) {
  handler_->OnConnectFailed(id, error, Tick());
  connections_.erase(id);
}

void MemoryTransport::Deliver(ConnectionId id, std::string_view bytes) {
  CHECK(connections_.at(id).established);
  if (!bytes.empty()) handler_->OnData(id, bytes, Tick());
}

void MemoryTransport::End(ConnectionId id, CloseKind kind) {
  CHECK(connections_.at(id).established);
  handler_->OnClosed(id, kind, Tick());
  connections_.erase(id);
}

void MemoryTransport::SetRoom(ConnectionId id, size_t bytes) {
  Connection& connection = connections_.at(id);
  connection.room = bytes;
  if (connection.unsent.empty()) return;
  const bool awaited = connection.awaits_first_byte;
  Take(connection);
  if (awaited && !connection.awaits_first_byte) handler_->OnFirstByteSent(id, Tick());
  const auto found = connections_.find(id);
  if (found != connections_.end() && found->second.unsent.empty()) handler_->OnAllSent(id, Tick());
}

std::string MemoryTransport::TakeSent(ConnectionId id) {
  std::string taken;
  const auto found = connections_.find(id);
  if (found != connections_.end()) taken.swap(found->second.sent);
  return taken;
}

}  // namespace muster
