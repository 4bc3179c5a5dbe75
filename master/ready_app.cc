#include "master/ready_app.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "master/process_app.h"

namespace muster {
namespace {

constexpr Duration kAnswerTime = Duration::Seconds(1);
constexpr size_t kMaxAnswer = 64 << 10;

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

bool AwaitEvent(int fd, short event, MonoTime until) {
  pollfd wait{fd, event, 0};
  const int64_t left = (until - MonoNow()).nanos() / 1'000'000;
  return left > 0 && ::poll(&wait, 1, static_cast<int>(left)) > 0;
}

// A connection to the target's first address, or -1 and why not.
int Connect(const Target& target, MonoTime until, std::string* why) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(target.port);
  const int error = ::getaddrinfo(target.host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) {
    *why = "its host is unknown: " + std::string(gai_strerror(error));
    return -1;
  }
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int result = fd < 0 ? -1 : ::connect(fd, found->ai_addr, found->ai_addrlen);
  if (fd >= 0 && result != 0 && errno == EINPROGRESS) {
    socklen_t size = sizeof result;
    int failure = ETIMEDOUT;
    if (AwaitEvent(fd, POLLOUT, until)) {
      ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size);
    }
    result = failure == 0 ? 0 : -1;
    errno = failure;
  }
  const int reason = errno;
  ::freeaddrinfo(found);
  if (result == 0) return fd;
  if (fd >= 0) ::close(fd);
  *why = std::string("no connection: ") + std::strerror(reason);
  return -1;
}

// What the answer so far lacks; empty: nothing.
std::string Lack(std::string_view answer, const ReadyCheck& check) {
  constexpr std::string_view kStart = "HTTP/1.";
  if (!answer.starts_with(kStart) || answer.size() < 12) {
    return answer.empty() ? "no answer" : "an answer that is no HTTP";
  }
  const int status = std::atoi(std::string(answer.substr(9, 3)).c_str());
  if (status != check.status) {
    return "status " + std::to_string(status) + " instead of " + std::to_string(check.status);
  }
  const size_t head = answer.find("\r\n\r\n");
  if (head == answer.npos) return "an unfinished answer";
  if (answer.find(check.body, head) == answer.npos) {
    return "an answer without '" + check.body + "'";
  }
  return "";
}

}  // namespace

std::string WhyNotReady(const Target& target, const ReadyCheck& check) {
  const MonoTime until = MonoNow() + kAnswerTime;
  std::string why;
  const Socket socket(Connect(target, until, &why));
  if (socket.fd() < 0) return why;
  if (target.tls) return "";
  const std::string request = "GET " + check.path + " HTTP/1.1\r\nHost: " + target.authority +
                              "\r\nUser-Agent: muster\r\nConnection: close\r\n\r\n";
  if (::send(socket.fd(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return std::string("can't send: ") + std::strerror(errno);
  }
  std::string answer;
  std::array<char, 4096> buffer;
  while (!Lack(answer, check).empty() && answer.size() < kMaxAnswer &&
         AwaitEvent(socket.fd(), POLLIN, until)) {
    const ssize_t got = ::recv(socket.fd(), buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    answer.append(buffer.data(), static_cast<size_t>(got));
  }
  return Lack(answer, check);
}

bool PortIsTaken(const Target& target) {
  std::string why;
  return Socket(Connect(target, MonoNow() + kAnswerTime, &why)).fd() >= 0;
}

}  // namespace muster
