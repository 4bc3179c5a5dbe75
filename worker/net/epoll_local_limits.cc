#include "worker/net/epoll_local_limits.h"

#include <sys/resource.h>

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

}  // namespace muster
