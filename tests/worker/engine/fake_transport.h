// FakeTransport: remembers what it was told; the test plays the network. Allocates nothing once its
// tables have grown to the test's size.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "worker/net/transport.h"

namespace muster {

class FakeTransport : public Transport {
 public:
  struct Connection {
    Endpoint endpoint;
    uint64_t user_data = 0;
    bool closed = false;
  };
  struct SentBytes {
    ConnectionId id = 0;
    std::string_view bytes;
  };

  ConnectionId Connect(const Endpoint& endpoint, uint64_t user_data) override {
    connections.push_back({endpoint, user_data, false});
    return connections.size();
  }
  uint64_t UserData(ConnectionId id) const override { return connections[id - 1].user_data; }
  // The first byte is the test's to tell of.
  std::optional<MonoTime> Send(ConnectionId id, std::string_view bytes) override {
    sent.push_back({id, bytes});
    last_sent = bytes;
    return std::nullopt;
  }
  size_t UnsentBytes(ConnectionId) const override { return unsent; }
  void Close(ConnectionId id) override { connections[id - 1].closed = true; }

  bool Handshaking(ConnectionId) const override { return handshaking; }

  std::vector<Connection> connections;  // by id - 1
  std::vector<SentBytes> sent;
  std::string last_sent;  // a copy: what an HTTP/2 connection sends is lent for the call alone
  size_t unsent = 0;
  bool handshaking = false;
};

}  // namespace muster
