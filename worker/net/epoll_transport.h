// EpollTransport: Transport over the kernel's sockets: TCP over IPv4 and IPv6, and Unix sockets,
// all non-blocking on one edge-triggered epoll. It moves bytes and names errors; what a byte or an
// error means is the handler's.
//
// Calls a request in the steady state: one send, one recv, a share of an epoll_wait. A descriptor
// is registered once, when it connects; a Send is tried at once; recv is tried again only when it
// filled the buffer or the kernel flagged an end.
//
// Errors found inside Connect and Send are kept and handed over by the next Poll, stamped with the
// time at which they happened. A first byte's time is that just before the send call: on a loopback
// the call itself may last as long as the request travels.
//
// When bytes came: at the wait that reported them, one clock reading for all events of that wait.
// So the time that the generator spends on the events before one is not the target's. Where what
// was read may have come later (it is more than a segment, or a second read, or the connection sent
// something after that reading) the clock is read anew. What is left: a small response sent in two
// parts, the second of which comes while earlier events of the same wait are worked on, is stamped
// early, by less than that work.
//
// What errors mean here, beyond names.h:
//  - A Unix socket whose backlog is full refuses (the kernel says EAGAIN); one that is missing too.
//  - ETIMEDOUT or unreachable on an established connection is the peer's, so CloseKind::kReset.
//
// Owner: one thread, the one that calls Poll; constructed anywhere before. The handler must be set
// before the first Connect and outlive the last Poll.
// Limits: 1 MiB read from one connection before the others have their turn.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "worker/net/transport.h"

namespace muster {

// CLOCK_MONOTONIC, the clock of every `now` of this folder.
MonoTime MonotonicNow();

class EpollTransport : public Transport {
 public:
  // Fails when this host gives no epoll descriptor.
  static StatusOr<std::unique_ptr<EpollTransport>> Create();
  ~EpollTransport() override;
  EpollTransport(const EpollTransport&) = delete;
  EpollTransport& operator=(const EpollTransport&) = delete;

  void SetHandler(TransportHandler* handler) { handler_ = handler; }
  // Connections leave from these, those of the endpoint's family, in turn; ports do not matter.
  // Before the first Connect.
  void SetLocalAddresses(std::vector<Endpoint> addresses) { local_ = std::move(addresses); }

  ConnectionId Connect(const Endpoint& endpoint, uint64_t user_data) override;
  uint64_t UserData(ConnectionId id) const override;
  std::optional<MonoTime> Send(ConnectionId id, std::string_view bytes) override;
  size_t UnsentBytes(ConnectionId id) const override;
  void Close(ConnectionId id) override;

  // Hands over what is ready, or waits for it: at most `timeout` (zero: not at all), without one
  // until something happens. Returns the number of events handed over or wake-ups seen; 0 means
  // that no handler was called: time has passed, or a watched timer expired. A wait with a time-out
  // makes the kernel set a timer, which costs more than the wait itself: a loop that has other
  // means leaves it out.
  int Poll(std::optional<Duration> timeout);
  // The clock as read when the last Poll took its events; of no meaning when it returned 0.
  MonoTime events_taken() const { return events_taken_; }
  // Poll returns when `eventfd` is written to, too. The caller keeps it open as long as this lives,
  // and need not read it.
  Status WatchWakeup(int eventfd) { return Watch(eventfd, kWakeupTag); }
  // The same of a timerfd that expires, but it does not count: what ends then is the wait.
  Status WatchTimer(int timerfd) { return Watch(timerfd, kTimerTag); }

  size_t open_connections() const { return open_; }
  // Time spent from events being taken to the last handler's return; never waiting or spinning.
  Duration handler_time() const { return handler_time_; }

 private:
  enum class State : uint8_t { kFree, kConnecting, kOpen, kEnding };
  struct Connection {
    uint32_t index = 0;
    uint32_t generation = 0;  // how often the slot was used: tells a stale id
    int fd = -1;
    State state = State::kFree;
    bool is_tcp = false;
    bool queued = false;             // in queue_
    bool awaits_first_byte = false;  // of the last Send
    bool read_more = false;          // its turn ended before its bytes did
    bool send_failed = false;
    std::optional<ErrorClass> connect_error;
    std::string_view unsent;
    uint64_t user_data = 0;
    MonoTime first_byte_sent;  // of the last Send
  };

  // In place of a ConnectionId, whose upper half is never 0.
  static constexpr uint64_t kWakeupTag = 0;
  static constexpr uint64_t kTimerTag = 1;

  explicit EpollTransport(int epoll_fd);

  Status Watch(int fd, uint64_t tag);
  // The connection that `id` names, or null when it has ended.
  Connection* Find(ConnectionId id);
  const Connection* Find(ConnectionId id) const;
  Connection& Allocate();
  void Release(Connection& connection);
  // Opens the socket, starts connecting, registers it; or says why not.
  std::optional<ErrorClass> StartConnect(const Endpoint& endpoint, Connection& connection);
  // Chooses the local address, if the owner named any. False: this host refused, errno says why.
  bool BindLocal(const Endpoint& target, int fd);
  void SendUnsent(Connection& connection);
  static ConnectionId IdOf(const Connection& connection);
  // Of `connection`, still there after a handler was called.
  static bool Alive(const Connection& connection, ConnectionId id);

  // Has Poll look at the connection's flags.
  void Enqueue(Connection& connection);
  void HandOverQueued();
  int Wait(std::optional<Duration> timeout);

  // Each of these calls the handler and may so end the connection.
  void HandleEvent(ConnectionId id, uint32_t events);
  void FinishConnect(Connection& connection);
  void FailConnect(Connection& connection, ErrorClass error);
  void Serve(Connection& connection, uint32_t events);
  void SendMore(Connection& connection);
  // `to_end`: an end was flagged, or bytes were left, so read until there are none. `at`: when what
  // is read first was there; unset: not known.
  void Read(Connection& connection, bool to_end, std::optional<MonoTime> at);
  void End(Connection& connection, CloseKind kind);

  const int epoll_fd_;
  TransportHandler* handler_ = nullptr;
  std::vector<Endpoint> local_;
  size_t next_local_ = 0;
  std::deque<Connection> connections_;  // references stay valid while handlers connect
  std::vector<uint32_t> free_;
  std::vector<ConnectionId> queue_;
  std::vector<ConnectionId> handing_over_;
  std::unique_ptr<char[]> buffer_;
  std::unique_ptr<epoll_event[]> events_;
  size_t open_ = 0;
  int calls_ = 0;  // of the handler, and wake-ups, within this Poll
  MonoTime events_taken_;
  Duration handler_time_;
};

}  // namespace muster
