#include "common/plan/generator_options.h"

#include <arpa/inet.h>

namespace muster {

Status CheckLocalAddress(std::string_view text) {
  const std::string address(text);
  unsigned char parsed[sizeof(in6_addr)];
  if (inet_pton(AF_INET, address.c_str(), parsed) == 1 ||
      inet_pton(AF_INET6, address.c_str(), parsed) == 1) {
    return absl::OkStatus();
  }
  return InvalidArgument("'" + address +
                         "' is no IPv4 or IPv6 address; write one of this host's, as 127.0.0.2");
}

}  // namespace muster
