#include "worker/net/epoll_reachable.h"

#include <algorithm>

#include "worker/net/epoll_transport.h"

namespace muster {
namespace {

// Notes which connections were accepted; user data is the endpoint's index.
class Probe : public TransportHandler {
 public:
  Probe(Transport* transport, size_t endpoints)
      : transport_(transport), accepted_(endpoints), waiting_(endpoints) {}
  size_t waiting() const { return waiting_; }
  bool accepted(size_t endpoint) const { return accepted_[endpoint]; }

  void OnConnected(ConnectionId id, const ConnectReport&, MonoTime) override {
    accepted_[transport_->UserData(id)] = true;
    --waiting_;
    transport_->Close(id);
  }
  void OnConnectFailed(ConnectionId, ErrorClass, MonoTime) override { --waiting_; }
  void OnFirstByteSent(ConnectionId, MonoTime) override {}
  void OnData(ConnectionId, std::string_view, MonoTime) override {}
  void OnClosed(ConnectionId, CloseKind, MonoTime) override {}

 private:
  Transport* const transport_;
  std::vector<bool> accepted_;
  size_t waiting_;
};

}  // namespace

std::vector<Endpoint> DropUnreachable(const std::vector<Endpoint>& endpoints, Duration limit) {
  const auto is = [](Endpoint::Family family) {
    return [family](const Endpoint& endpoint) { return endpoint.family == family; };
  };
  if (std::none_of(endpoints.begin(), endpoints.end(), is(Endpoint::Family::kIpv4)) ||
      std::none_of(endpoints.begin(), endpoints.end(), is(Endpoint::Family::kIpv6))) {
    return endpoints;
  }
  auto transport = EpollTransport::Create();
  if (!transport.ok()) return endpoints;  // the engines will say so
  Probe probe(transport->get(), endpoints.size());
  (*transport)->SetHandler(&probe);
  for (size_t i = 0; i < endpoints.size(); ++i) (*transport)->Connect(endpoints[i], i);
  const MonoTime end = MonotonicNow() + limit;
  while (probe.waiting() > 0 && MonotonicNow() < end) (*transport)->Poll(end - MonotonicNow());
  std::vector<Endpoint> usable;
  for (size_t i = 0; i < endpoints.size(); ++i) {
    if (probe.accepted(i)) usable.push_back(endpoints[i]);
  }
  return usable.empty() ? endpoints : usable;
}

}  // namespace muster
