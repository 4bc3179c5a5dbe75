// TransportWorld: a Transport with a scripted peer, simulated or real, as the conformance cases see
// it: connect somewhere, run until something is true.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/loopback_server.h"
#include "worker/net/transport.h"

namespace muster {

class TransportWorld {
 public:
  virtual ~TransportWorld() = default;
  virtual Transport& transport() = 0;
  virtual void SetHandler(TransportHandler* handler) = 0;
  // Starts a server that follows `script`, for the world's life; returns its number.
  virtual size_t AddServer(const PeerScript& script) = 0;
  virtual Endpoint ServerEndpoint(size_t server) = 0;
  virtual Endpoint RefusingEndpoint() = 0;
  virtual void ReleaseReading(size_t server) = 0;
  virtual uint64_t BytesReceived(size_t server) = 0;
  virtual size_t OpenAtServer(size_t server) = 0;
  // By connection, in the order of accepting.
  virtual std::vector<std::string> Received(size_t server) = 0;
  // Hands over events until `condition` holds: true; false after 10 s of the world's time.
  virtual bool RunUntil(const std::function<bool()>& condition) = 0;
  virtual MonoTime Now() = 0;
};

std::unique_ptr<TransportWorld> MakeSimWorld(Duration one_way_delay);
std::unique_ptr<TransportWorld> MakeKernelWorld(Endpoint::Family family);
// The same with TLS of one version (0x0303, 0x0304) in between, verified.
std::unique_ptr<TransportWorld> MakeSimTlsWorld(Duration one_way_delay, int version);
std::unique_ptr<TransportWorld> MakeKernelTlsWorld(int version);

}  // namespace muster
