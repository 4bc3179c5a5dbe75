// What is particular to the kernel's sockets; the contract is
// tests/conformance/transport_conformance.
#include "worker/net/epoll_transport.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/loopback_server.h"

namespace muster {
namespace {

class Notes : public TransportHandler {
 public:
  void OnConnected(ConnectionId id, const ConnectReport& report, MonoTime) override {
    connected.push_back(id);
    retransmitted += report.retransmitted_syn ? 1 : 0;
  }
  void OnConnectFailed(ConnectionId, ErrorClass failure, MonoTime) override { error = failure; }
  void OnFirstByteSent(ConnectionId, MonoTime) override { ++first_bytes; }
  void OnData(ConnectionId, std::string_view bytes, MonoTime) override {
    ++reads;
    data.append(bytes);
  }
  void OnClosed(ConnectionId, CloseKind kind, MonoTime) override { closed = kind; }

  std::vector<ConnectionId> connected;
  int retransmitted = 0;
  std::optional<ErrorClass> error;
  std::optional<CloseKind> closed;
  int first_bytes = 0;
  int reads = 0;
  std::string data;
};

class EpollTransportTest : public testing::Test {
 protected:
  EpollTransportTest() { transport_->SetHandler(&notes_); }

  // Polls until `condition`, for 10 s at most.
  template <typename Condition>
  bool PollUntil(Condition condition) {
    const MonoTime limit = MonotonicNow() + Duration::Seconds(10);
    while (!condition() && MonotonicNow() < limit) transport_->Poll(Duration::Millis(1));
    return condition();
  }
  ErrorClass FailedConnect(const Endpoint& endpoint) {
    transport_->Connect(endpoint, 0);
    EXPECT_TRUE(PollUntil([&] { return notes_.error.has_value(); }));
    return *notes_.error;
  }

  std::unique_ptr<EpollTransport> transport_ = EpollTransport::Create().value();
  Notes notes_;
};

TEST_F(EpollTransportTest, NoDescriptorLeftIsThisHostsFault) {
  const Endpoint endpoint = {Endpoint::Family::kIpv4, "127.0.0.1", 1};
  // Once before: sanitizers look at a class for the first time through a descriptor.
  transport_->Close(transport_->Connect(endpoint, 0));
  const int next = open("/dev/null", O_RDONLY);  // the lowest that is free
  ASSERT_GE(next, 0);
  close(next);
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none = {static_cast<rlim_t>(next), before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  transport_->Connect(endpoint, 0);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(PollUntil([&] { return notes_.error.has_value(); }));
  EXPECT_EQ(notes_.error, ErrorClass::kLocalDescriptors);
  EXPECT_EQ(transport_->open_connections(), 0u);
}

TEST_F(EpollTransportTest, AMissingUnixSocketRefuses) {
  EXPECT_EQ(FailedConnect({Endpoint::Family::kUnix, "/nonexistent/muster", 0}),
            ErrorClass::kConnectRefused);
}

// A listener with a queue of one, and nobody accepting: the state of an overloaded target.
TEST_F(EpollTransportTest, AFullUnixBacklogRefuses) {
  const std::string path = "/tmp/muster-backlog-" + std::to_string(getpid());
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(listen(listener, 0), 0);
  for (int i = 0; i < 3; ++i) transport_->Connect({Endpoint::Family::kUnix, path, 0}, 0);
  EXPECT_TRUE(PollUntil([&] { return notes_.error.has_value(); }));
  EXPECT_EQ(notes_.error, ErrorClass::kConnectRefused);
  EXPECT_EQ(notes_.connected.size(), 1u);
  close(listener);
  unlink(path.c_str());
}

// Takes the second that the kernel waits before it sends a SYN again.
TEST_F(EpollTransportTest, ADroppedSynIsToldWhenTheConnectionStandsAtLast) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(listen(listener, 0), 0);
  socklen_t size = sizeof(address);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const Endpoint endpoint = {Endpoint::Family::kIpv4, "127.0.0.1", ntohs(address.sin_port)};
  transport_->Connect(endpoint, 0);
  ASSERT_TRUE(PollUntil([&] { return notes_.connected.size() == 1; }));
  EXPECT_EQ(notes_.retransmitted, 0);
  transport_->Connect(endpoint, 0);
  transport_->Poll(Duration::Millis(20));
  EXPECT_EQ(notes_.connected.size(), 1u);
  const int accepted = accept(listener, nullptr, nullptr);
  EXPECT_TRUE(PollUntil([&] { return notes_.connected.size() == 2; }));
  EXPECT_EQ(notes_.retransmitted, 1);
  close(accepted);
  close(listener);
}

TEST_F(EpollTransportTest, PollWaitsItsTimeAndNotMuchLess) {
  const MonoTime start = MonotonicNow();
  EXPECT_EQ(transport_->Poll(Duration::Millis(3)), 0);
  EXPECT_GE(MonotonicNow() - start, Duration::Millis(3));
}

TEST_F(EpollTransportTest, EveryWriteOfTheWakeupEndsAPoll) {
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  ASSERT_TRUE(transport_->WatchWakeup(fd).ok());
  EXPECT_EQ(transport_->Poll(Duration()), 0);
  for (int i = 0; i < 3; ++i) {
    std::thread writer([fd] { eventfd_write(fd, 1); });
    EXPECT_EQ(transport_->Poll(std::nullopt), 1);
    writer.join();
    EXPECT_EQ(transport_->Poll(Duration()), 0);
  }
  close(fd);
}

TEST_F(EpollTransportTest, DestroyingItClosesItsConnections) {
  const LoopbackServer server(Endpoint::Family::kIpv4, {});
  transport_->Connect(server.endpoint(), 0);
  EXPECT_TRUE(PollUntil([&] { return server.open() == 1; }));
  transport_.reset();
  const MonoTime limit = MonotonicNow() + Duration::Seconds(10);
  while (server.open() > 0 && MonotonicNow() < limit) std::this_thread::yield();
  EXPECT_EQ(server.open(), 0u);
}

TEST_F(EpollTransportTest, TimeInHandlersIsNotTimeOfWaiting) {
  const MonoTime start = MonotonicNow();
  transport_->Poll(Duration::Millis(20));
  EXPECT_EQ(transport_->handler_time(), Duration());
  const LoopbackServer server(Endpoint::Family::kIpv4, {});
  transport_->Connect(server.endpoint(), 0);
  EXPECT_TRUE(PollUntil([&] { return !notes_.connected.empty(); }));
  EXPECT_GT(transport_->handler_time(), Duration());
  EXPECT_LT(transport_->handler_time(), MonotonicNow() - start - Duration::Millis(20));
}

// One connection with much to read has its turn of a mebibyte, then another is served.
TEST_F(EpollTransportTest, AFloodOnOneConnectionLeavesTurnsForOthers) {
  const std::string flood(size_t{64} << 20, 'x');
  const LoopbackServer flooding(Endpoint::Family::kIpv4, {.wait_for = 1, .reply = flood});
  transport_->Connect(flooding.endpoint(), 0);
  ASSERT_TRUE(PollUntil([&] { return notes_.connected.size() == 1; }));
  (void)transport_->Send(notes_.connected[0], "x");
  size_t most = 0;
  const MonoTime limit = MonotonicNow() + Duration::Seconds(20);
  while (notes_.data.size() < flood.size() && MonotonicNow() < limit) {
    const size_t before = notes_.data.size();
    transport_->Poll(Duration::Seconds(10));
    most = std::max(most, notes_.data.size() - before);
  }
  EXPECT_EQ(notes_.data.size(), flood.size());
  // One poll has a turn for what was left, for an event and for what is left then, each with a last
  // buffer that passes the limit.
  EXPECT_LE(most, 3 * ((size_t{1} << 20) + (size_t{64} << 10)));
}

}  // namespace
}  // namespace muster
