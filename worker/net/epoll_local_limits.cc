#include "worker/net/epoll_local_limits.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

namespace muster {

LocalLimits RaiseLocalLimits() {
  LocalLimits limits;
  rlimit descriptors = {};
  if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    const rlimit raised = {descriptors.rlim_max, descriptors.rlim_max};
    const bool done = setrlimit(RLIMIT_NOFILE, &raised) == 0;
    limits.descriptors = done ? descriptors.rlim_max : descriptors.rlim_cur;
  }
  std::ifstream range("/proc/sys/net/ipv4/ip_local_port_range");
  uint16_t first = 0;
  uint16_t last = 0;
  if (range >> first >> last && first <= last) {
    limits.first_port = first;
    limits.last_port = last;
  }
  return limits;
}

bool IsLocalAddress(const Endpoint& address) {
  const bool v6 = address.family == Endpoint::Family::kIpv6;
  sockaddr_in v4_address = {};
  v4_address.sin_family = AF_INET;
  sockaddr_in6 v6_address = {};
  v6_address.sin6_family = AF_INET6;
  void* bytes = v6 ? static_cast<void*>(&v6_address.sin6_addr) : &v4_address.sin_addr;
  const int family = v6 ? AF_INET6 : AF_INET;
  if (inet_pton(family, address.address.c_str(), bytes) != 1) return false;
  const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const auto* any = v6 ? reinterpret_cast<const sockaddr*>(&v6_address)
                       : reinterpret_cast<const sockaddr*>(&v4_address);
  const socklen_t size = v6 ? sizeof(v6_address) : sizeof(v4_address);
  const bool ours = bind(fd, any, size) == 0;
  close(fd);
  return ours;
}

}  // namespace muster
