// What this host allows one process: descriptors, and ports for connections to one address.
#pragma once

#include <cstdint>

#include "worker/net/transport.h"

namespace muster {

struct LocalLimits {
  uint64_t descriptors = 0;  // that this process may have open
  uint16_t first_port = 0;  // of the range for outgoing connections; 0 when the kernel does not say
  uint16_t last_port = 0;
  // Connections to one address and port at a time, closed ones in TIME_WAIT (60 s) included.
  uint64_t ports() const { return first_port == 0 ? 0 : uint64_t{last_port} - first_port + 1; }
};

// Raises the soft limit of descriptors to the hard one, for the process and its life, and returns
// what holds then. Call it once at the start; harmless to repeat. Any thread.
LocalLimits RaiseLocalLimits();

// Whether connections may leave from this address (IPv4 or IPv6; its port does not matter).
bool IsLocalAddress(const Endpoint& address);

}  // namespace muster
