// MemoryTransport: a Transport whose other ends are in the test's hands: what is connected, taken,
// delivered and ended is what the test says, when it says so. For tests of what stands on a
// Transport and needs no peer that behaves by itself.
//
// Its clock moves by a microsecond with each event. One owner; the handler is set before Connect.
#pragma once

#include <limits>
#include <map>
#include <string>
#include <string_view>

#include "worker/net/transport.h"

namespace muster {

class MemoryTransport : public Transport {
 public:
  void SetHandler(TransportHandler* handler) { handler_ = handler; }

  ConnectionId Connect(const Endpoint& endpoint, uint64_t user_data) override;
  uint64_t UserData(ConnectionId id) const override;
  std::optional<MonoTime> Send(ConnectionId id, std::string_view bytes) override;
  size_t UnsentBytes(ConnectionId id) const override;
  void Close(ConnectionId id) override;

  // -- The test's end. Those that call the handler require an open connection.
  void Accept(ConnectionId id);
  void Refuse(ConnectionId id, ErrorClass error);
  void Deliver(ConnectionId id, std::string_view bytes);
  void End(ConnectionId id, CloseKind kind);
  // How many bytes are taken from Sends before the rest is kept; no limit at first. SetRoom itself
  // takes what is kept and tells the handler.
  void SetRoom(ConnectionId id, size_t bytes);
  // What was taken since the last call.
  std::string TakeSent(ConnectionId id);
  // Bytes taken are no longer kept for TakeSent.
  void Discard() { discard_ = true; }

  bool open(ConnectionId id) const { return connections_.contains(id); }
  uint64_t sends() const { return sends_; }
  MonoTime now() const { return now_; }

 private:
  struct Connection {
    uint64_t user_data = 0;
    bool established = false;
    bool awaits_first_byte = false;
    size_t room = std::numeric_limits<size_t>::max();
    std::string_view unsent;
    std::string sent;
  };
  MonoTime Tick() { return now_ += Duration::Micros(1); }
  void Take(Connection& connection);

  TransportHandler* handler_ = nullptr;
  std::map<ConnectionId, Connection> connections_;
  ConnectionId last_ = 0;
  uint64_t sends_ = 0;
  bool discard_ = false;
  MonoTime now_ = MonoTime::FromNanos(1'000'000'000);
};

}  // namespace muster
