// SimHttp2Server's promises: what it counts and when it answers are what other tests rest on.
#include "tests/sim/sim_http2_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/sim_transport.h"
#include "tests/worker/http/http2_trace.h"

namespace muster {
namespace {

using Fault = SimHttp2Response::Fault;
using testing::ElementsAre;
const Endpoint kEndpoint = {Endpoint::Family::kIpv4, "192.0.2.1", 80};
constexpr Duration kMs = Duration::Millis(1);

// One connection: submits the requests 1 to `requests` as the server allows, notes what came when.
class Client : public TransportHandler {
 public:
  Client(SimNetwork* network, uint32_t requests, SimExecutor* executor)
      : transport_(network), executor_(executor), left_(requests) {
    transport_.SetHandler(this);
    id_ = transport_.Connect(kEndpoint, 0);
    log.on_end = [this](uint32_t) { end_at.push_back(executor_->Now()); };
  }
  void OnConnected(ConnectionId, const ConnectReport&, MonoTime) override { Send(); }
  void OnConnectFailed(ConnectionId, ErrorClass failure, MonoTime) override { error = failure; }
  void OnFirstByteSent(ConnectionId, MonoTime) override {}
  void OnData(ConnectionId, std::string_view bytes, MonoTime) override {
    if (!client.Feed(bytes)) {
      error = client.error();
      transport_.Close(id_);
      return;
    }
    Send();
  }
  void OnClosed(ConnectionId, CloseKind kind, MonoTime) override { closed = kind; }
  void Cancel(uint32_t request) {
    client.Cancel(request);
    Send();
  }

  Http2Log log;
  Http2Client client{SomeHttp2Requests(), 0, &log};
  std::vector<MonoTime> end_at;
  std::optional<ErrorClass> error;
  std::optional<CloseKind> closed;

 private:
  void Send() {
    while (left_ > 0 && client.open_streams() < client.capacity()) {
      --left_;
      client.Submit(kPost, ++submitted_);
    }
    if (!client.has_output() || closed) return;
    bytes_.emplace_back(std::make_unique<std::string>());  // they are to stay
    std::vector<uint32_t> started;
    client.TakeOutput(1 << 20, bytes_.back().get(), &started);
    if (!bytes_.back()->empty()) transport_.Send(id_, *bytes_.back());
  }
  SimTransport transport_;
  SimExecutor* const executor_;
  ConnectionId id_ = 0;
  uint32_t left_;
  uint32_t submitted_ = 0;
  std::vector<std::unique_ptr<std::string>> bytes_;
};

class SimHttp2ServerTest : public testing::Test {
 protected:
  Client& Run(SimHttp2ServerOptions options, uint32_t requests,
              Duration time = Duration::Seconds(60)) {
    server_ = std::make_unique<SimHttp2Server>(&executor_, std::move(options));
    network_.Listen(kEndpoint, server_.get());
    client_ = std::make_unique<Client>(&network_, requests, &executor_);
    executor_.RunFor(time);
    return *client_;
  }
  // The `number`th request fares so, others as usual.
  static SimHttp2ServerOptions Scripted(uint64_t number, SimHttp2Response response) {
    SimHttp2ServerOptions options;
    options.respond = [number, response = std::move(response)](const SimHttp2Request& request) {
      return request.number == number ? response : SimHttp2Response();
    };
    return options;
  }
  const SimHttp2ServerCounts& counts() const { return server_->counts(); }

  SimExecutor executor_;
  SimNetwork network_{&executor_};
  std::unique_ptr<SimHttp2Server> server_;
  std::unique_ptr<Client> client_;
  const MonoTime start_ = executor_.Now();
};

TEST_F(SimHttp2ServerTest, AnswersAfterTheServiceTime) {
  SimHttp2ServerOptions options;
  options.record_requests = true;
  Client& client = Run(std::move(options), 1);
  EXPECT_THAT(client.end_at, ElementsAre(start_ + kMs));
  EXPECT_THAT(client.log.lines, ElementsAre("start 1", "1: 200"));
  ASSERT_EQ(server_->requests().size(), 1u);
  EXPECT_EQ(server_->requests()[0].method, "POST");
  EXPECT_EQ(server_->requests()[0].path, "/p");
  EXPECT_EQ(server_->requests()[0].body, "hello");
  EXPECT_EQ(counts().responses, 1u);
  EXPECT_EQ(counts().open, 1u);
}

TEST_F(SimHttp2ServerTest, AStallFreezesServiceAndResumesIt) {
  SimHttp2ServerOptions options;
  options.service = kMs * 4;
  options.stalls = {{start_ + kMs, start_ + kMs * 11}};
  EXPECT_THAT(Run(std::move(options), 1).end_at, ElementsAre(start_ + kMs * 14));
}

TEST_F(SimHttp2ServerTest, StreamsAreServedAtOnceWithinTheLimit) {
  SimHttp2ServerOptions options;
  options.settings = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 10}};
  Client& client = Run(std::move(options), 30);
  EXPECT_EQ(client.log.ends, 30u);
  EXPECT_EQ(client.end_at.back(), start_ + kMs * 3);
  EXPECT_EQ(counts().most_streams, 10u);
  EXPECT_EQ(counts().refused, 0u);
  EXPECT_EQ(counts().in_service, 0u);
}

TEST_F(SimHttp2ServerTest, ResetsAStreamByItsCode) {
  Client& client =
      Run(Scripted(2, {.fault = Fault::kResetStream, .reset_code = NGHTTP2_REFUSED_STREAM}), 3);
  EXPECT_THAT(client.log.lines,
              testing::IsSupersetOf({"1: 200", "2: h2_reset_refused_stream", "3: 200"}));
  EXPECT_EQ(counts().responses, 2u);
  EXPECT_EQ(counts().abandoned, 1u);
  EXPECT_EQ(counts().faults.at(Fault::kResetStream), 1u);
}

TEST_F(SimHttp2ServerTest, NeverAnswersAndSeesTheCancel) {
  Client& client = Run(Scripted(1, {.fault = Fault::kNeverAnswer}), 1);
  EXPECT_EQ(client.log.ends, 0u);
  EXPECT_EQ(counts().in_service, 1u);
  client.Cancel(1);
  executor_.RunFor(kMs);
  EXPECT_EQ(counts().in_service, 0u);
  EXPECT_EQ(counts().cancelled, 1u);
  EXPECT_EQ(counts().abandoned, 1u);
}

TEST_F(SimHttp2ServerTest, EndsConnections) {
  EXPECT_EQ(Run(Scripted(2, {.fault = Fault::kCloseInstead}), 3).closed, CloseKind::kEnd);
  EXPECT_EQ(counts().abandoned, 2u);
  EXPECT_EQ(counts().open, 0u);
  EXPECT_EQ(Run(Scripted(2, {.fault = Fault::kResetInstead}), 3).closed, CloseKind::kReset);
  EXPECT_EQ(Run({}, 1).closed, std::nullopt);
  server_->ResetAll();
  executor_.RunFor(kMs);
  EXPECT_EQ(client_->closed, CloseKind::kReset);
}

TEST_F(SimHttp2ServerTest, GoAwayServesWhatCameBefore) {
  SimHttp2ServerOptions options;
  options.goaway_requests = 5;
  Client& client = Run(std::move(options), 9);
  EXPECT_EQ(counts().responses, 5u);
  EXPECT_EQ(counts().requests, 5u) << "what came after it was ignored";
  EXPECT_EQ(counts().goaways, 1u);
  EXPECT_TRUE(client.client.goaway());
  EXPECT_EQ(client.log.ends, 9u);
  EXPECT_EQ(client.log.lines.back(), "5: 200");
  EXPECT_EQ(client.closed, CloseKind::kEnd);
}

TEST_F(SimHttp2ServerTest, GoAwayAnnouncedServesAll) {
  SimHttp2ServerOptions options;
  options.goaway_requests = 5;
  options.goaway = SimGoAway::kAnnounced;
  Client& client = Run(std::move(options), 9);
  EXPECT_EQ(counts().responses, 9u);
  EXPECT_EQ(client.log.ends, 9u);
  EXPECT_EQ(client.closed, CloseKind::kEnd);
}

TEST_F(SimHttp2ServerTest, GoAwayAbruptDropsWhatItServed) {
  SimHttp2ServerOptions options;
  options.goaway_requests = 5;
  options.goaway = SimGoAway::kAbrupt;
  Client& client = Run(std::move(options), 5);
  EXPECT_EQ(counts().not_served, 1u);
  EXPECT_EQ(counts().abandoned, 4u);
  EXPECT_THAT(client.log.lines, ElementsAre("5: h2_goaway"));
  EXPECT_EQ(client.client.open_streams(), 4u) << "they end with the connection";
  EXPECT_EQ(client.closed, CloseKind::kEnd);
}

TEST_F(SimHttp2ServerTest, MaySpeakHttp1Alone) {
  SimHttp2ServerOptions options;
  options.http1_only = true;
  EXPECT_EQ(Run(std::move(options), 1).error, ErrorClass::kH2Unsupported);
}

TEST_F(SimHttp2ServerTest, RefusesConnections) {
  SimHttp2ServerOptions options;
  options.connect = [](uint64_t) { return ConnectAnswer{ConnectAnswer::Kind::kRefuse}; };
  EXPECT_EQ(Run(std::move(options), 1).error, ErrorClass::kConnectRefused);
  EXPECT_EQ(counts().not_accepted, 1u);
}

}  // namespace
}  // namespace muster
