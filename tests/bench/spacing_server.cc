// A server that times arrivals: how evenly do requests of a constant rate come?
//
//   spacing_server RATE_PER_S     prints "listening on PORT", serves until SIGTERM, prints
//                                 "requests N deviation_ns p50 p90 p99 p99.9 max"
//
// It answers each request (GET, one packet) with a fixed response and takes the time as its bytes
// are read, polling without sleeping so that its own waking up is not measured. The even schedule
// is that of RATE_PER_S through the median of the arrivals: a deviation is how far one is from its
// place. The first second is left out, as connections are opened then.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>
#include <vector>

namespace {

volatile std::sig_atomic_t stopped = 0;

int64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

int Listen(uint16_t* port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, any, size) != 0 || listen(fd, 4096) != 0 || getsockname(fd, any, &size) != 0) {
    std::perror("listen");
    std::exit(1);
  }
  *port = ntohs(address.sin_port);
  return fd;
}

void Accept(int listener, int epoll) {
  for (int fd; (fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
}

// Notes the arrival and answers; closes what has ended.
void Serve(int fd, std::vector<int64_t>* arrivals) {
  constexpr std::string_view kResponse =
      "HTTP/1.1 200 OK\r\nContent-Length: 11\r\nContent-Type: text/plain\r\n\r\nhello world";
  char buffer[4096];
  const ssize_t size = recv(fd, buffer, sizeof(buffer), 0);
  if (size <= 0) {
    if (size == 0 || errno != EAGAIN) close(fd);
    return;
  }
  arrivals->push_back(NowNs());
  if (send(fd, kResponse.data(), kResponse.size(), MSG_NOSIGNAL) < 0) close(fd);
}

void Report(std::vector<int64_t> arrivals, double rate) {
  const auto first = std::find_if(arrivals.begin(), arrivals.end(), [&](int64_t at) {
    return at - arrivals.front() > 1'000'000'000;
  });
  arrivals.erase(arrivals.begin(), first);
  std::sort(arrivals.begin(), arrivals.end());
  std::vector<double> offsets;  // of arrival k from k / rate
  for (size_t k = 0; k < arrivals.size(); ++k) {
    offsets.push_back(static_cast<double>(arrivals[k] - arrivals.front()) -
                      static_cast<double>(k) * 1e9 / rate);
  }
  std::vector<double> sorted = offsets;
  std::sort(sorted.begin(), sorted.end());
  const double middle = sorted.empty() ? 0 : sorted[sorted.size() / 2];
  for (double& offset : offsets) offset = std::abs(offset - middle);
  std::sort(offsets.begin(), offsets.end());
  const auto at = [&](double share) {
    if (offsets.empty()) return 0.0;
    return offsets[std::min(offsets.size() - 1,
                            static_cast<size_t>(share * static_cast<double>(offsets.size())))];
  };
  std::printf("requests %zu deviation_ns %.0f %.0f %.0f %.0f %.0f\n", offsets.size(), at(0.5),
              at(0.9), at(0.99), at(0.999), at(1));
}

}  // namespace

int main(int argc, char** argv) {
  const double rate = argc == 2 ? std::atof(argv[1]) : 0;
  if (rate <= 0) {
    std::fprintf(stderr, "usage: spacing_server RATE_PER_S\n");
    return 2;
  }
  std::signal(SIGTERM, [](int) { stopped = 1; });
  std::signal(SIGPIPE, SIG_IGN);
  uint16_t port = 0;
  const int listener = Listen(&port);
  const int epoll = epoll_create1(0);
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.fd = listener;
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  std::printf("listening on %u\n", port);
  std::fflush(stdout);
  std::vector<int64_t> arrivals;
  arrivals.reserve(10'000'000);
  epoll_event events[64];
  while (stopped == 0) {
    const int ready = epoll_wait(epoll, events, 64, 0);
    for (int i = 0; i < ready; ++i) {
      if (events[i].data.fd == listener) {
        Accept(listener, epoll);
      } else {
        Serve(events[i].data.fd, &arrivals);
      }
    }
  }
  Report(std::move(arrivals), rate);
  return 0;
}
