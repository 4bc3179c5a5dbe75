// The least that a client over the kernel's sockets can cost: one send and one recv a request, and
// nothing else. No parsing, no clock, no measuring: a response is whatever one recv returned.
//
//   floor_client PORT CONNECTIONS SECONDS     GETs "/" of 127.0.0.1, prints "requests N"
//
// What a load generator's CPU time per request is compared with, beside its peers'
// (tests/bench/compare). Only for targets whose response comes in one segment.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>

namespace {

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

int Connect(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    std::perror("connect");
    std::exit(1);
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return fd;
}

bool Send(int fd) {
  const auto size = static_cast<ssize_t>(kRequest.size());
  return send(fd, kRequest.data(), kRequest.size(), MSG_DONTWAIT | MSG_NOSIGNAL) == size;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: floor_client PORT CONNECTIONS SECONDS\n");
    return 2;
  }
  const auto port = static_cast<uint16_t>(std::atoi(argv[1]));
  const int connections = std::atoi(argv[2]);
  const int epoll = epoll_create1(0);
  for (int i = 0; i < connections; ++i) {
    epoll_event event = {};
    event.events = EPOLLIN | EPOLLET;
    event.data.fd = Connect(port);
    epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
    if (!Send(event.data.fd)) return 1;
  }
  const int seconds = std::atoi(argv[3]);
  alarm(static_cast<unsigned>(seconds) + 5);  // should the target never answer
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const int64_t end = now.tv_sec + seconds;
  uint64_t requests = 0;
  char buffer[16'384];
  while (now.tv_sec < end) {
    epoll_event events[512];
    const int ready = epoll_wait(epoll, events, 512, -1);
    for (int i = 0; i < ready; ++i) {
      if (recv(events[i].data.fd, buffer, sizeof(buffer), MSG_DONTWAIT) <= 0) return 1;
      ++requests;
      if (!Send(events[i].data.fd)) return 1;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
  }
  std::printf("requests %llu\n", static_cast<unsigned long long>(requests));
  return 0;
}
