// SimHttpServer's promises: what it counts and when it answers are what other tests rest on.
#include "tests/sim/sim_http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/sim_transport.h"

namespace muster {
namespace {

using Fault = SimResponse::Fault;
using testing::ElementsAre;
const Endpoint kEndpoint = {Endpoint::Family::kIpv4, "192.0.2.1", 80};
constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr Duration kMs = Duration::Millis(1);

// Connects, sends one request after another as told, notes what came when.
class Client : public TransportHandler {
 public:
  explicit Client(SimNetwork* network) : transport_(network) { transport_.SetHandler(this); }

  void OnConnected(ConnectionId id, const ConnectReport& report, MonoTime now) override {
    connected_at = now;
    slow = report.retransmitted_syn;
    if (!request.empty()) (void)transport_.Send(id, request);
  }
  void OnConnectFailed(ConnectionId, ErrorClass failure, MonoTime) override { error = failure; }
  void OnFirstByteSent(ConnectionId, MonoTime) override {}
  void OnData(ConnectionId, std::string_view bytes, MonoTime now) override {
    data.append(bytes);
    data_at.push_back(now);
  }
  void OnClosed(ConnectionId, CloseKind kind, MonoTime now) override {
    closed = kind;
    closed_at = now;
  }
  SimTransport& transport() { return transport_; }

  std::string_view request = kGet;
  std::string data;
  std::vector<MonoTime> data_at;
  MonoTime connected_at;
  MonoTime closed_at;
  bool slow = false;
  std::optional<ErrorClass> error;
  std::optional<CloseKind> closed;

 private:
  SimTransport transport_;
};

class SimHttpServerTest : public testing::Test {
 protected:
  void Start(SimHttpServerOptions options) {
    server_ = std::make_unique<SimHttpServer>(&executor_, std::move(options));
    network_.Listen(kEndpoint, server_.get());
  }
  // One client, one request, a minute.
  Client& Run() {
    clients_.push_back(std::make_unique<Client>(&network_));
    Client& client = *clients_.back();
    id_ = client.transport().Connect(kEndpoint, 0);
    executor_.RunFor(Duration::Seconds(60));
    return client;
  }
  const SimHttpServerCounts& counts() const { return server_->counts(); }

  SimExecutor executor_;
  SimNetwork network_{&executor_};
  std::unique_ptr<SimHttpServer> server_;
  std::vector<std::unique_ptr<Client>> clients_;
  ConnectionId id_ = 0;
  const MonoTime start_ = executor_.Now();
};

TEST_F(SimHttpServerTest, AnswersAfterTheServiceTime) {
  Start({});
  const Client& client = Run();
  EXPECT_THAT(client.data_at, ElementsAre(start_ + kMs));
  EXPECT_EQ(client.data, "HTTP/1.1 200 Scripted\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(counts().requests, 1u);
  EXPECT_EQ(counts().responses, 1u);
  EXPECT_EQ(counts().open, 1u);
}

TEST_F(SimHttpServerTest, TheNetworksDelayIsPaidFourTimesForTheFirstAnswer) {
  network_.SetDelay(kMs * 10);
  Start({});
  const Client& client = Run();
  EXPECT_EQ(client.connected_at, start_ + kMs * 20);
  EXPECT_THAT(client.data_at, ElementsAre(start_ + kMs * 41));
}

// A request before the stall keeps the service that it had; one within starts when the stall is
// over.
TEST_F(SimHttpServerTest, AStallFreezesServiceAndResumesIt) {
  for (const auto& [stall_from, expected] :
       std::map<int64_t, int64_t>{{-5, 14}, {0, 14}, {1, 14}, {3, 14}, {4, 14}, {5, 4}}) {
    SimHttpServerOptions options;
    options.service = kMs * 4;
    const MonoTime now = executor_.Now();
    const MonoTime from = now + kMs * stall_from;
    const MonoTime to = from + kMs * (stall_from < 0 ? 15 : 10);
    options.stalls = {{from, to}};
    Start(std::move(options));
    const Client& client = Run();
    EXPECT_THAT(client.data_at, ElementsAre(now + kMs * expected)) << stall_from;
  }
}

TEST_F(SimHttpServerTest, RequestsAreServedAtOnceHoweverMany) {
  Start({});
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(std::make_unique<Client>(&network_));
    clients.back()->transport().Connect(kEndpoint, 0);
  }
  executor_.RunFor(kMs);
  for (const auto& client : clients) EXPECT_THAT(client->data_at, ElementsAre(start_ + kMs));
  EXPECT_EQ(counts().most_in_service, 300u);
  EXPECT_EQ(counts().most_open, 300u);
  EXPECT_EQ(counts().in_service, 0u);
}

TEST_F(SimHttpServerTest, ReadsRequestsWhateverTheirPieces) {
  SimHttpServerOptions options;
  options.record_requests = true;
  Start(std::move(options));
  network_.SetSendWindow(1);
  clients_.push_back(std::make_unique<Client>(&network_));
  clients_.back()->request = "POST /a?b HTTP/1.1\r\ncontent-LENGTH: 5\r\n\r\n\r\n\r\nx";
  clients_.back()->transport().Connect(kEndpoint, 0);
  executor_.RunFor(kMs);
  ASSERT_EQ(server_->requests().size(), 1u);
  EXPECT_EQ(server_->requests()[0].method, "POST");
  EXPECT_EQ(server_->requests()[0].path, "/a?b");
  EXPECT_EQ(server_->requests()[0].body, "\r\n\r\nx");
}

TEST_F(SimHttpServerTest, ConnectAnswersAreAsScripted) {
  using Kind = ConnectAnswer::Kind;
  SimHttpServerOptions options;
  options.connect = [](uint64_t number) {
    const std::vector<ConnectAnswer> answers = {{Kind::kRefuse, 0},
                                                {Kind::kReset, 0},
                                                {Kind::kUnreachable, 0},
                                                {Kind::kDrop, 0},
                                                {Kind::kAccept, 2}};
    return answers.at(number - 1);
  };
  Start(std::move(options));
  EXPECT_EQ(Run().error, ErrorClass::kConnectRefused);
  EXPECT_EQ(Run().error, ErrorClass::kConnectReset);
  EXPECT_EQ(Run().error, ErrorClass::kConnectUnreachable);
  const Client& dropped = Run();
  EXPECT_FALSE(dropped.error.has_value());
  EXPECT_EQ(dropped.connected_at, MonoTime());
  const MonoTime now = executor_.Now();
  const Client& slow = Run();
  EXPECT_EQ(slow.connected_at, now + Duration::Seconds(3));
  EXPECT_TRUE(slow.slow);
  EXPECT_EQ(counts().not_accepted, 4u);
  EXPECT_EQ(counts().slow_accepts, 1u);
  EXPECT_EQ(counts().accepted, 1u);
}

TEST_F(SimHttpServerTest, EachFaultDoesWhatItSaysAndIsCounted) {
  const std::string whole = "HTTP/1.1 200 Scripted\r\nContent-Length: 2\r\n\r\nok";
  const std::string half = whole.substr(0, whole.size() / 2);
  struct Case {
    Fault fault;
    std::string data;
    std::optional<CloseKind> closed;
  };
  for (const Case& c :
       {Case{Fault::kNone, whole, std::nullopt}, Case{Fault::kNeverAnswer, "", std::nullopt},
        Case{Fault::kCloseInstead, "", CloseKind::kEnd},
        Case{Fault::kResetInstead, "", CloseKind::kReset},
        Case{Fault::kCloseMidway, half, CloseKind::kEnd},
        Case{Fault::kResetMidway, half, CloseKind::kReset}}) {
    SimHttpServerOptions options;
    options.respond = [&](const SimRequest&) { return SimResponse{.fault = c.fault}; };
    Start(std::move(options));
    Client& client = Run();
    EXPECT_EQ(client.data, c.data);
    EXPECT_EQ(client.closed, c.closed);
    EXPECT_EQ(counts().requests, 1u);
    EXPECT_EQ(counts().responses, c.fault == Fault::kNone ? 1u : 0u);
    EXPECT_EQ(counts().abandoned, c.closed.has_value() ? 1u : 0u);
    EXPECT_EQ(counts().faults.contains(c.fault), c.fault != Fault::kNone);
    client.transport().Close(id_);
    executor_.RunFor(kMs);
    EXPECT_EQ(counts().open, 0u);
    EXPECT_EQ(counts().in_service, 0u);
    EXPECT_EQ(counts().requests, counts().responses + counts().abandoned);
  }
}

TEST_F(SimHttpServerTest, SegmentsComeApartAndMakeTheWhole) {
  SimHttpServerOptions options;
  options.respond = [](const SimRequest&) {
    return SimResponse{.raw = "abcdefg", .segments = 3, .segment_gap = kMs * 2};
  };
  Start(std::move(options));
  const Client& client = Run();
  EXPECT_EQ(client.data, "abcdefg");
  EXPECT_THAT(client.data_at, ElementsAre(start_ + kMs, start_ + kMs * 3, start_ + kMs * 5));
}

TEST_F(SimHttpServerTest, AHeadResponseHasNoBody) {
  Start({});
  clients_.push_back(std::make_unique<Client>(&network_));
  clients_.back()->request = "HEAD / HTTP/1.1\r\n\r\n";
  clients_.back()->transport().Connect(kEndpoint, 0);
  executor_.RunFor(kMs);
  EXPECT_EQ(clients_.back()->data, "HTTP/1.1 200 Scripted\r\nContent-Length: 2\r\n\r\n");
}

TEST_F(SimHttpServerTest, ALimitOnKeepAliveClosesAfterTheLastResponse) {
  for (const bool announced : {true, false}) {
    SimHttpServerOptions options;
    options.keep_alive_requests = 1;
    options.announce_close = announced;
    Start(std::move(options));
    const Client& client = Run();
    EXPECT_EQ(client.data.find("Connection: close") != std::string::npos, announced);
    EXPECT_EQ(client.closed, CloseKind::kEnd);
    EXPECT_EQ(counts().responses, 1u);
    EXPECT_EQ(counts().limit_closes, 1u);
  }
}

TEST_F(SimHttpServerTest, AnIdleConnectionIsClosedCountedFromTheLastResponse) {
  SimHttpServerOptions options;
  options.keep_alive_idle = kMs * 50;
  Start(std::move(options));
  const Client& client = Run();
  EXPECT_EQ(client.closed_at, start_ + kMs * 51);
  EXPECT_EQ(client.closed, CloseKind::kEnd);
  EXPECT_EQ(counts().idle_closes, 1u);
}

TEST_F(SimHttpServerTest, GarbageForARequestIsCountedAndReset) {
  Start({});
  clients_.push_back(std::make_unique<Client>(&network_));
  clients_.back()->request = "hello\r\n\r\n";
  clients_.back()->transport().Connect(kEndpoint, 0);
  executor_.RunFor(kMs);
  EXPECT_EQ(counts().malformed, 1u);
  EXPECT_EQ(counts().requests, 0u);
  EXPECT_EQ(clients_.back()->closed, CloseKind::kReset);
}

TEST_F(SimHttpServerTest, AClientsCrashIsSeenAsClosedConnections) {
  Start({});
  Run();
  EXPECT_EQ(counts().open, 1u);
  clients_.clear();
  executor_.RunFor(kMs);
  EXPECT_EQ(counts().open, 0u);
}

TEST_F(SimHttpServerTest, ItsOwnCrashResetsEveryConnection) {
  Start({});
  const Client& client = Run();
  server_->ResetAll();
  executor_.RunFor(kMs);
  EXPECT_EQ(client.closed, CloseKind::kReset);
  EXPECT_EQ(counts().open, 0u);
}

TEST_F(SimHttpServerTest, LocalErrorsAndFailedSendsAreTheTransportsToScript) {
  Start({});
  Client local(&network_);
  local.transport().SetLocalErrors([](uint64_t) { return ErrorClass::kLocalPorts; });
  local.transport().Connect(kEndpoint, 0);
  EXPECT_FALSE(local.error.has_value());
  Client failing(&network_);
  failing.transport().SetSendFailures([](uint64_t send) { return send == 1; });
  failing.transport().Connect(kEndpoint, 0);
  executor_.RunFor(kMs);
  EXPECT_EQ(local.error, ErrorClass::kLocalPorts);
  EXPECT_EQ(failing.closed, CloseKind::kSendFailed);
  EXPECT_EQ(counts().requests, 0u);
  EXPECT_EQ(counts().open, 0u);
}

}  // namespace
}  // namespace muster
