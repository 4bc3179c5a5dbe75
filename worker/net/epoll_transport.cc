#include "worker/net/epoll_transport.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "common/base/check.h"

namespace muster {
namespace {

constexpr size_t kBufferBytes = size_t{64} << 10;
constexpr size_t kTurnBytes = size_t{1} << 20;
constexpr int kEventsPerWait = 256;
constexpr uint64_t kWakeupTag = 0;  // no ConnectionId
constexpr uint32_t kEndEvents = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr int kGenerationShift = 32;

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;
};

uint32_t ScopeOf(const std::string& scope) {
  const uint32_t index = if_nametoindex(scope.c_str());
  return index != 0 ? index : static_cast<uint32_t>(std::strtoul(scope.c_str(), nullptr, 10));
}

// Endpoints are resolved before the run: one that does not convert is our own bug.
SocketAddress Convert(const Endpoint& endpoint) {
  SocketAddress result;
  if (endpoint.family == Endpoint::Family::kIpv4) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    CHECK_EQ(inet_pton(AF_INET, endpoint.address.c_str(), &address.sin_addr), 1)
        << endpoint.address;
    result.size = sizeof(address);
    std::memcpy(&result.storage, &address, sizeof(address));
  } else if (endpoint.family == Endpoint::Family::kIpv6) {
    sockaddr_in6 address = {};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(endpoint.port);
    const size_t percent = endpoint.address.find('%');
    const std::string literal = endpoint.address.substr(0, percent);
    if (percent != std::string::npos) {
      address.sin6_scope_id = ScopeOf(endpoint.address.substr(percent + 1));
    }
    CHECK_EQ(inet_pton(AF_INET6, literal.c_str(), &address.sin6_addr), 1) << endpoint.address;
    result.size = sizeof(address);
    std::memcpy(&result.storage, &address, sizeof(address));
  } else {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    CHECK_LT(endpoint.address.size(), sizeof(address.sun_path)) << endpoint.address;
    std::memcpy(address.sun_path, endpoint.address.data(), endpoint.address.size());
    result.size = sizeof(address);
    std::memcpy(&result.storage, &address, sizeof(address));
  }
  return result;
}

int FamilyOf(const Endpoint& endpoint) {
  switch (endpoint.family) {
    case Endpoint::Family::kIpv4:
      return AF_INET;
    case Endpoint::Family::kIpv6:
      return AF_INET6;
    case Endpoint::Family::kUnix:
      return AF_UNIX;
  }
  return AF_UNSPEC;
}

ErrorClass ConnectErrorOf(int error, bool is_tcp) {
  switch (error) {
    case ECONNREFUSED:
      return ErrorClass::kConnectRefused;
    case ENOENT:
    case EAGAIN:
      return is_tcp ? ErrorClass::kLocalOther : ErrorClass::kConnectRefused;
    case ECONNRESET:
    case ECONNABORTED:
      return ErrorClass::kConnectReset;
    case ETIMEDOUT:
      return ErrorClass::kConnectTimeout;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
      return ErrorClass::kConnectUnreachable;
    case EACCES:  // over TCP: the answer of a packet filter
      return is_tcp ? ErrorClass::kConnectUnreachable : ErrorClass::kLocalOther;
    case EMFILE:
    case ENFILE:
      return ErrorClass::kLocalDescriptors;
    case EADDRNOTAVAIL:
    case EADDRINUSE:
      return ErrorClass::kLocalPorts;
    default:
      return ErrorClass::kLocalOther;
  }
}

CloseKind ReadErrorOf(int error) {
  switch (error) {
    case ECONNRESET:
    case EPIPE:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ECONNREFUSED:
      return CloseKind::kReset;
    default:
      return CloseKind::kLocal;
  }
}

bool SynWasRetransmitted(int fd) {
  tcp_info info = {};
  socklen_t size = sizeof(info);
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  return info.tcpi_total_retrans > 0 || info.tcpi_retransmits > 0;
}

timespec ToTimespec(Duration span) {
  constexpr int64_t kSecond = 1'000'000'000;
  timespec result;
  result.tv_sec = span.nanos() / kSecond;
  result.tv_nsec = span.nanos() % kSecond;
  return result;
}

}  // namespace

MonoTime MonotonicNow() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return MonoTime::FromNanos(now.tv_sec * 1'000'000'000 + now.tv_nsec);
}

StatusOr<std::unique_ptr<EpollTransport>> EpollTransport::Create() {
  const int fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) return Unavailable(std::string("epoll_create1: ") + std::strerror(errno));
  return std::unique_ptr<EpollTransport>(new EpollTransport(fd));
}

EpollTransport::EpollTransport(int epoll_fd)
    : epoll_fd_(epoll_fd),
      buffer_(std::make_unique<char[]>(kBufferBytes)),
      events_(std::make_unique<epoll_event[]>(kEventsPerWait)) {}

EpollTransport::~EpollTransport() {
  for (Connection& connection : connections_) {
    if (connection.fd >= 0) close(connection.fd);
  }
  close(epoll_fd_);
}

// -- Connections and their ids.

EpollTransport::Connection* EpollTransport::Find(ConnectionId id) {
  return const_cast<Connection*>(std::as_const(*this).Find(id));
}

const EpollTransport::Connection* EpollTransport::Find(ConnectionId id) const {
  const auto index = static_cast<uint32_t>(id);
  if (index >= connections_.size()) return nullptr;
  const Connection& connection = connections_[index];
  const bool current = connection.generation == id >> kGenerationShift;
  return current && connection.state != State::kFree ? &connection : nullptr;
}

EpollTransport::Connection& EpollTransport::Allocate() {
  if (free_.empty()) {
    free_.push_back(static_cast<uint32_t>(connections_.size()));
    connections_.emplace_back().index = free_.back();
  }
  Connection& connection = connections_[free_.back()];
  free_.pop_back();
  ++connection.generation;
  connection.state = State::kConnecting;
  ++open_;
  return connection;
}

void EpollTransport::Release(Connection& connection) {
  if (connection.fd >= 0) close(connection.fd);
  const uint32_t index = connection.index;
  const uint32_t generation = connection.generation;
  connection = Connection();
  connection.index = index;
  connection.generation = generation;
  free_.push_back(index);
  --open_;
}

uint64_t EpollTransport::UserData(ConnectionId id) const {
  const Connection* connection = Find(id);
  CHECK(connection != nullptr) << "connection " << id << " has ended";
  return connection->user_data;
}

// -- What the owner asks for.

ConnectionId EpollTransport::Connect(const Endpoint& endpoint, uint64_t user_data) {
  Connection& connection = Allocate();
  connection.user_data = user_data;
  connection.connect_error = StartConnect(endpoint, connection);
  if (connection.connect_error.has_value()) Enqueue(connection);
  return static_cast<uint64_t>(connection.generation) << kGenerationShift | connection.index;
}

std::optional<ErrorClass> EpollTransport::StartConnect(const Endpoint& endpoint,
                                                       Connection& connection) {
  const SocketAddress address = Convert(endpoint);
  connection.is_tcp = endpoint.family != Endpoint::Family::kUnix;
  connection.fd = socket(FamilyOf(endpoint), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (connection.fd < 0) return ConnectErrorOf(errno, connection.is_tcp);
  if (connection.is_tcp) {
    const int on = 1;
    setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  const auto* target = reinterpret_cast<const sockaddr*>(&address.storage);
  if (connect(connection.fd, target, address.size) != 0 && errno != EINPROGRESS) {
    return ConnectErrorOf(errno, connection.is_tcp);
  }
  // Registered after connect: a socket that was never connected would report a hang-up. What has
  // happened by now is reported all the same.
  epoll_event event = {};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 =
      static_cast<uint64_t>(connection.generation) << kGenerationShift | connection.index;
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, connection.fd, &event) != 0) {
    return ErrorClass::kLocalOther;
  }
  return std::nullopt;
}

void EpollTransport::Send(ConnectionId id, std::string_view bytes) {
  Connection* connection = Find(id);
  CHECK(connection != nullptr) << "connection " << id << " has ended";
  CHECK(connection->state == State::kOpen);
  CHECK(!bytes.empty());
  CHECK(connection->unsent.empty()) << "Send before the bytes of the last one were handed over";
  connection->unsent = bytes;
  connection->awaits_first_byte = true;
  SendUnsent(*connection);
  if (connection->first_byte_due || connection->send_failed) Enqueue(*connection);
}

void EpollTransport::SendUnsent(Connection& connection) {
  // Until the kernel refuses, even after a part: only a refusal makes it report room again.
  while (!connection.unsent.empty()) {
    const MonoTime before = connection.awaits_first_byte ? MonotonicNow() : MonoTime();
    const ssize_t sent =
        send(connection.fd, connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      connection.send_failed = errno != EAGAIN;
      return;
    }
    if (connection.awaits_first_byte) {
      connection.awaits_first_byte = false;
      connection.first_byte_due = true;
      connection.first_byte_sent = before;
    }
    connection.unsent.remove_prefix(static_cast<size_t>(sent));
  }
}

size_t EpollTransport::UnsentBytes(ConnectionId id) const {
  const Connection* connection = Find(id);
  CHECK(connection != nullptr) << "connection " << id << " has ended";
  return connection->unsent.size();
}

void EpollTransport::Close(ConnectionId id) {
  Connection* connection = Find(id);
  if (connection != nullptr) Release(*connection);
}

// -- What the kernel reports.

Status EpollTransport::WatchWakeup(int eventfd) {
  epoll_event event = {};
  // Edge-triggered: every write is an event, and nobody has to read.
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = kWakeupTag;
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, eventfd, &event) != 0) {
    return Unavailable(std::string("epoll_ctl: ") + std::strerror(errno));
  }
  return absl::OkStatus();
}

int EpollTransport::Poll(std::optional<Duration> timeout) {
  calls_ = 0;
  if (!queue_.empty()) {
    const MonoTime start = MonotonicNow();
    HandOverQueued();
    handler_time_ += MonotonicNow() - start;
    // The owner may now want something before `timeout`.
    if (calls_ > 0 || !queue_.empty()) timeout = Duration();
  }
  const int ready = Wait(timeout);
  if (ready <= 0) return calls_;
  const MonoTime start = MonotonicNow();
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events_[static_cast<size_t>(i)];
    if (event.data.u64 == kWakeupTag) {
      ++calls_;
    } else {
      HandleEvent(event.data.u64, event.events);
    }
  }
  HandOverQueued();
  handler_time_ += MonotonicNow() - start;
  return calls_;
}

int EpollTransport::Wait(std::optional<Duration> timeout) {
  timespec span = {};
  if (timeout.has_value()) span = ToTimespec(std::max(*timeout, Duration()));
  const int ready = epoll_pwait2(epoll_fd_, events_.get(), kEventsPerWait,
                                 timeout.has_value() ? &span : nullptr, nullptr);
  CHECK(ready >= 0 || errno == EINTR) << "epoll_pwait2: " << std::strerror(errno);
  return ready;
}

void EpollTransport::Enqueue(Connection& connection) {
  if (std::exchange(connection.queued, true)) return;
  queue_.push_back(static_cast<uint64_t>(connection.generation) << kGenerationShift |
                   connection.index);
}

void EpollTransport::HandOverQueued() {
  // What the handlers queue meanwhile has its turn in the next round.
  handing_over_.swap(queue_);
  for (const ConnectionId id : handing_over_) {
    Connection* connection = Find(id);
    if (connection == nullptr) continue;
    connection->queued = false;
    if (connection->connect_error.has_value()) {
      FailConnect(id, *connection->connect_error);
    } else {
      Serve(id, 0);
    }
  }
  handing_over_.clear();
}

void EpollTransport::HandleEvent(ConnectionId id, uint32_t events) {
  const Connection* connection = Find(id);
  if (connection == nullptr || connection->connect_error.has_value()) return;
  if (connection->state == State::kConnecting) {
    FinishConnect(id);
    if (Find(id) == nullptr) return;
  }
  Serve(id, events);
}

void EpollTransport::FinishConnect(ConnectionId id) {
  Connection* connection = Find(id);
  int error = 0;
  socklen_t size = sizeof(error);
  getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return FailConnect(id, ConnectErrorOf(error, connection->is_tcp));
  connection->state = State::kOpen;
  const bool retransmitted = connection->is_tcp && SynWasRetransmitted(connection->fd);
  ++calls_;
  const MonoTime now = MonotonicNow();
  handler_->OnConnected(id, {.retransmitted_syn = retransmitted, .established = now}, now);
}

void EpollTransport::FailConnect(ConnectionId id, ErrorClass error) {
  Find(id)->state = State::kEnding;
  ++calls_;
  handler_->OnConnectFailed(id, error, MonotonicNow());
  Close(id);
}

void EpollTransport::Serve(ConnectionId id, uint32_t events) {
  HandOverFirstByte(id);
  Connection* connection = Find(id);
  if (connection == nullptr) return;
  if ((events & EPOLLOUT) != 0 && !connection->unsent.empty() && !connection->send_failed) {
    SendUnsent(*connection);
    HandOverFirstByte(id);
    HandOverAllSent(id);
    connection = Find(id);
    if (connection == nullptr) return;
  }
  const bool read_to_end =
      connection->read_more || connection->send_failed || (events & kEndEvents) != 0;
  if (read_to_end || (events & EPOLLIN) != 0) Read(id, read_to_end);
}

void EpollTransport::HandOverFirstByte(ConnectionId id) {
  Connection* connection = Find(id);
  if (connection == nullptr || !std::exchange(connection->first_byte_due, false)) return;
  ++calls_;
  handler_->OnFirstByteSent(id, connection->first_byte_sent);
}

void EpollTransport::HandOverAllSent(ConnectionId id) {
  Connection* connection = Find(id);
  if (connection == nullptr || !connection->unsent.empty() || connection->send_failed) return;
  ++calls_;
  handler_->OnAllSent(id, MonotonicNow());
}

void EpollTransport::Read(ConnectionId id, bool to_end) {
  size_t turn_bytes = 0;
  for (;;) {
    Connection* connection = Find(id);
    if (connection == nullptr) return;
    connection->read_more = false;
    if (turn_bytes >= kTurnBytes) {
      connection->read_more = true;
      return Enqueue(*connection);
    }
    const ssize_t received = recv(connection->fd, buffer_.get(), kBufferBytes, 0);
    if (received > 0) {
      const auto size = static_cast<size_t>(received);
      turn_bytes += size;
      ++calls_;
      handler_->OnData(id, {buffer_.get(), size}, MonotonicNow());
      // The handler may have sent: that comes before what may be the answer to it.
      HandOverFirstByte(id);
      connection = Find(id);
      if (connection == nullptr) return;
      if (size < kBufferBytes && !to_end && !connection->send_failed) return;
    } else if (received == 0) {
      return End(id, CloseKind::kEnd);
    } else if (errno == EAGAIN) {
      if (connection->send_failed) End(id, CloseKind::kSendFailed);
      return;
    } else if (errno != EINTR) {
      return End(id, ReadErrorOf(errno));
    }
  }
}

void EpollTransport::End(ConnectionId id, CloseKind kind) {
  Connection* connection = Find(id);
  connection->state = State::kEnding;
  ++calls_;
  // A reset is told to the next call alone, a read as well as a write: with bytes left to send it
  // cut these.
  const bool cut_send = kind == CloseKind::kReset && !connection->unsent.empty();
  if (connection->send_failed || cut_send) kind = CloseKind::kSendFailed;
  handler_->OnClosed(id, kind, MonotonicNow());
  Close(id);
}

}  // namespace muster
