// Resolver: turns the target's host and port into addresses, once, before the run. During the run
// nothing is resolved: a name server's delay must not look like the target's.
//
// Blocks while the system's resolver works (its own limits apply). Any thread. The order is the
// system's, doubles removed, at most 64 addresses.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "worker/net/transport.h"

namespace muster {

// Use `address`, an IPv4 or IPv6 literal, for this name (in any case) and port.
struct AddressRule {
  std::string host;
  uint16_t port = 0;
  std::string address;
};

// Addresses of `host`: of every rule that names it, else itself when it is a literal (IPv6 without
// brackets), else what the system's resolver finds. Errors are for the user to read.
StatusOr<std::vector<Endpoint>> Resolve(const std::string& host, uint16_t port,
                                        std::span<const AddressRule> rules);

// Fails when the kernel's limit of 107 bytes does not hold the path.
StatusOr<Endpoint> UnixEndpoint(const std::string& path);

}  // namespace muster
