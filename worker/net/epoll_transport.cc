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
constexpr size_t kSegmentBytes = 1460;  // what one segment carries over Ethernet
constexpr int kEventsPerWait = 256;
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

ConnectionId EpollTransport::IdOf(const Connection& connection) {
  return static_cast<uint64_t>(connection.generation) << kGenerationShift | connection.index;
}

bool EpollTransport::Alive(const Connection& connection, ConnectionId id) {
  return connection.generation == id >> kGenerationShift && connection.state != State::kFree;
}

EpollTransport::Connection* EpollTransport::Find(ConnectionId id) {
  return const_cast<Connection*>(std::as_const(*this).Find(id));
}

const EpollTransport::Connection* EpollTransport::Find(ConnectionId id) const {
  const auto index = static_cast<uint32_t>(id);
  if (index >= connections_.size()) return nullptr;
  const Connection& connection = connections_[index];
  return Alive(connection, id) ? &connection : nullptr;
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
  return IdOf(connection);
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
  if (!local_.empty() && !BindLocal(endpoint, connection.fd)) {
    return ConnectErrorOf(errno, connection.is_tcp);
  }
  const auto* target = reinterpret_cast<const sockaddr*>(&address.storage);
  if (connect(connection.fd, target, address.size) != 0 && errno != EINPROGRESS) {
    return ConnectErrorOf(errno, connection.is_tcp);
  }
  // Registered after connect: a socket that was never connected would report a hang-up. What has
  // happened by now is reported all the same.
  epoll_event event = {};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = IdOf(connection);
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, connection.fd, &event) != 0) {
    return ErrorClass::kLocalOther;
  }
  return std::nullopt;
}

bool EpollTransport::BindLocal(const Endpoint& target, int fd) {
  for (size_t tried = 0; tried < local_.size(); ++tried) {
    const Endpoint& local = local_[next_local_];
    next_local_ = (next_local_ + 1) % local_.size();
    if (local.family != target.family) continue;
    // The port is chosen at connect, where it may be the same as one to another target.
    const int on = 1;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    const SocketAddress address = Convert(local);
    return bind(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0;
  }
  return true;
}

std::optional<MonoTime> EpollTransport::Send(ConnectionId id, std::string_view bytes) {
  Connection* connection = Find(id);
  CHECK(connection != nullptr) << "connection " << id << " has ended";
  CHECK(connection->state == State::kOpen);
  CHECK(!bytes.empty());
  CHECK(connection->unsent.empty()) << "Send before the bytes of the last one were handed over";
  connection->unsent = bytes;
  connection->awaits_first_byte = true;
  SendUnsent(*connection);
  if (connection->send_failed) Enqueue(*connection);
  if (connection->awaits_first_byte) return std::nullopt;
  return connection->first_byte_sent;
}

void EpollTransport::SendUnsent(Connection& connection) {
  // Until the kernel refuses, even after a part: only a refusal makes it report room again.
  while (!connection.unsent.empty()) {
    if (connection.awaits_first_byte) connection.first_byte_sent = MonotonicNow();
    const ssize_t sent =
        send(connection.fd, connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      connection.send_failed = errno != EAGAIN;
      return;
    }
    connection.awaits_first_byte = false;
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

Status EpollTransport::Watch(int fd, uint64_t tag) {
  epoll_event event = {};
  // Edge-triggered: every write or expiry is an event, and nobody has to read.
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = tag;
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0) {
    return Unavailable(std::string("epoll_ctl: ") + std::strerror(errno));
  }
  return absl::OkStatus();
}

int EpollTransport::Poll(std::optional<Duration> timeout) {
  calls_ = 0;
  if (!queue_.empty()) {
    const MonoTime start = events_taken_ = MonotonicNow();
    HandOverQueued();
    handler_time_ += MonotonicNow() - start;
    // The owner may now want something before `timeout`.
    if (calls_ > 0 || !queue_.empty()) timeout = Duration();
  }
  const int ready = Wait(timeout);
  if (ready <= 0) return calls_;
  events_taken_ = MonotonicNow();
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events_[static_cast<size_t>(i)];
    if (event.data.u64 == kWakeupTag) {
      ++calls_;
    } else if (event.data.u64 != kTimerTag) {
      HandleEvent(event.data.u64, event.events);
    }
  }
  if (!queue_.empty()) HandOverQueued();
  handler_time_ += MonotonicNow() - events_taken_;
  return calls_;
}

int EpollTransport::Wait(std::optional<Duration> timeout) {
  int ready;
  if (!timeout.has_value() || *timeout <= Duration()) {
    ready = epoll_wait(epoll_fd_, events_.get(), kEventsPerWait, timeout.has_value() ? 0 : -1);
  } else {
    const timespec span = ToTimespec(*timeout);
    ready = epoll_pwait2(epoll_fd_, events_.get(), kEventsPerWait, &span, nullptr);
  }
  CHECK(ready >= 0 || errno == EINTR) << "waiting for events: " << std::strerror(errno);
  return ready;
}

void EpollTransport::Enqueue(Connection& connection) {
  if (std::exchange(connection.queued, true)) return;
  queue_.push_back(IdOf(connection));
}

void EpollTransport::HandOverQueued() {
  // What the handlers queue meanwhile has its turn in the next round.
  handing_over_.swap(queue_);
  for (const ConnectionId id : handing_over_) {
    Connection* connection = Find(id);
    if (connection == nullptr) continue;
    connection->queued = false;
    if (connection->connect_error.has_value()) {
      FailConnect(*connection, *connection->connect_error);
    } else if (connection->read_more || connection->send_failed) {
      Read(*connection, /*to_end=*/true, std::nullopt);
    }
  }
  handing_over_.clear();
}

void EpollTransport::HandleEvent(ConnectionId id, uint32_t events) {
  Connection* connection = Find(id);
  if (connection == nullptr || connection->connect_error.has_value()) return;
  if (connection->state == State::kConnecting) {
    FinishConnect(*connection);
    if (!Alive(*connection, id)) return;
  }
  Serve(*connection, events);
}

void EpollTransport::FinishConnect(Connection& connection) {
  int error = 0;
  socklen_t size = sizeof(error);
  getsockopt(connection.fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return FailConnect(connection, ConnectErrorOf(error, connection.is_tcp));
  connection.state = State::kOpen;
  const bool retransmitted = connection.is_tcp && SynWasRetransmitted(connection.fd);
  ++calls_;
  const MonoTime now = MonotonicNow();
  handler_->OnConnected(IdOf(connection), {.retransmitted_syn = retransmitted, .established = now},
                        now);
}

void EpollTransport::FailConnect(Connection& connection, ErrorClass error) {
  const ConnectionId id = IdOf(connection);
  connection.state = State::kEnding;
  ++calls_;
  handler_->OnConnectFailed(id, error, MonotonicNow());
  Close(id);
}

void EpollTransport::Serve(Connection& connection, uint32_t events) {
  const ConnectionId id = IdOf(connection);
  if ((events & EPOLLOUT) != 0 && !connection.unsent.empty() && !connection.send_failed) {
    SendMore(connection);
    if (!Alive(connection, id)) return;
  }
  const bool read_to_end =
      connection.read_more || connection.send_failed || (events & kEndEvents) != 0;
  if (read_to_end || (events & EPOLLIN) != 0) Read(connection, read_to_end, events_taken_);
}

void EpollTransport::SendMore(Connection& connection) {
  const ConnectionId id = IdOf(connection);
  const bool awaited = connection.awaits_first_byte;
  SendUnsent(connection);
  const bool all_sent = connection.unsent.empty();
  if (awaited && !connection.awaits_first_byte) {
    ++calls_;
    handler_->OnFirstByteSent(id, connection.first_byte_sent);
  }
  if (!all_sent || !Alive(connection, id)) return;
  ++calls_;
  handler_->OnAllSent(id, MonotonicNow());
}

void EpollTransport::Read(Connection& connection, bool to_end, std::optional<MonoTime> at) {
  const ConnectionId id = IdOf(connection);
  size_t turn_bytes = 0;
  do {
    connection.read_more = false;
    if (turn_bytes >= kTurnBytes) {
      connection.read_more = true;
      return Enqueue(connection);
    }
    const ssize_t received = recv(connection.fd, buffer_.get(), kBufferBytes, 0);
    if (received > 0) {
      const auto size = static_cast<size_t>(received);
      const bool there =
          at.has_value() && size <= kSegmentBytes && connection.first_byte_sent < *at;
      const MonoTime now = there ? *at : MonotonicNow();
      at.reset();
      turn_bytes += size;
      ++calls_;
      handler_->OnData(id, {buffer_.get(), size}, now);
      if (!Alive(connection, id)) return;
      if (size < kBufferBytes && !to_end && !connection.send_failed) return;
    } else if (received == 0) {
      return End(connection, CloseKind::kEnd);
    } else if (errno == EAGAIN) {
      if (connection.send_failed) End(connection, CloseKind::kSendFailed);
      return;
    } else if (errno != EINTR) {
      return End(connection, ReadErrorOf(errno));
    }
  } while (true);
}

void EpollTransport::End(Connection& connection, CloseKind kind) {
  const ConnectionId id = IdOf(connection);
  connection.state = State::kEnding;
  ++calls_;
  // A reset is told to the next call alone, a read as well as a write: with bytes left to send it
  // cut these.
  const bool cut_send = kind == CloseKind::kReset && !connection.unsent.empty();
  if (connection.send_failed || cut_send) kind = CloseKind::kSendFailed;
  handler_->OnClosed(id, kind, MonotonicNow());
  Close(id);
}

}  // namespace muster
