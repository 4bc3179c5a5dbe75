// What targets do wrong, and the class under which each is counted.
#include <gtest/gtest.h>

#include "tests/sim/sim_run.h"
#include "tests/worker/engine/test_plans.h"
#include "worker/engine/engine.h"

namespace muster {
namespace {

using Fault = SimResponse::Fault;
using Answer = ConnectAnswer::Kind;

uint64_t Errors(const Counts& counts, ErrorClass error) {
  return counts.errors[static_cast<size_t>(error)];
}

// 100 requests, one every 10 ms, each on its own time.
PlanSpec Hundred() {
  PlanSpec spec = OpenSpec(100, 1);
  spec.requests[0].timeout = Duration::Millis(500);
  spec.requests[0].connect_timeout = Duration::Millis(200);
  spec.drain = Duration::Seconds(2);
  return spec;
}

SimRunOptions Responding(SimResponse response) {
  SimRunOptions options;
  options.server.respond = [response](const SimRequest&) { return response; };
  return options;
}

// Runs the plan and expects all 100 requests to fail as `error`.
void ExpectAllFail(PlanSpec spec, SimRunOptions options, ErrorClass error, bool after_send) {
  SimRun run(MakePlan(std::move(spec)), std::move(options));
  ASSERT_TRUE(run.Run());
  const Counts totals = run.totals();
  EXPECT_EQ(totals.failed, 100U);
  EXPECT_EQ(Errors(totals, error), 100U) << NameOf(kErrorNames, error);
  EXPECT_EQ(totals.failed_after_send, after_send ? 100U : 0U);
  EXPECT_EQ(totals.finished, 100U);
  EXPECT_EQ(run.FailedLatency(LatencyKind::kResponse).count(), 100U);
  EXPECT_EQ(run.FailedLatency(LatencyKind::kService).count(), after_send ? 100U : 0U);
  EXPECT_EQ(run.server().counts().open, 0U);
}

void ExpectConnectFails(Answer answer, ErrorClass error) {
  SimRunOptions options;
  options.network_delay = Duration::Millis(1);
  options.server.connect = [answer](uint64_t) { return ConnectAnswer{answer, 0}; };
  ExpectAllFail(Hundred(), options, error, /*after_send=*/false);
}

TEST(EngineFaultTest, RefusedConnects) {
  ExpectConnectFails(Answer::kRefuse, ErrorClass::kConnectRefused);
}
TEST(EngineFaultTest, ResetConnects) {
  ExpectConnectFails(Answer::kReset, ErrorClass::kConnectReset);
}
TEST(EngineFaultTest, UnreachableTarget) {
  ExpectConnectFails(Answer::kUnreachable, ErrorClass::kConnectUnreachable);
}
TEST(EngineFaultTest, DroppedSynsEndWithTheConnectTimeout) {
  ExpectConnectFails(Answer::kDrop, ErrorClass::kConnectTimeout);
}

TEST(EngineFaultTest, ARequestsTimeoutWhileConnectingIsAConnectTimeout) {
  PlanSpec spec = Hundred();
  spec.requests[0].connect_timeout = Duration::Seconds(30);
  SimRunOptions options;
  options.server.connect = [](uint64_t) { return ConnectAnswer{Answer::kDrop, 0}; };
  ExpectAllFail(spec, options, ErrorClass::kConnectTimeout, /*after_send=*/false);
}

TEST(EngineFaultTest, NeverAnswering) {
  SimResponse response;
  response.fault = Fault::kNeverAnswer;
  ExpectAllFail(Hundred(), Responding(response), ErrorClass::kTimeout, true);
}

TEST(EngineFaultTest, ClosedBeforeTheFirstByteOnANewConnection) {
  SimResponse response;
  response.fault = Fault::kCloseInstead;
  ExpectAllFail(Hundred(), Responding(response), ErrorClass::kEarlyClose, true);
}

TEST(EngineFaultTest, ClosedInTheMiddleOfAResponse) {
  SimResponse response;
  response.fault = Fault::kCloseMidway;
  ExpectAllFail(Hundred(), Responding(response), ErrorClass::kEarlyClose, true);
}

TEST(EngineFaultTest, ResetInsteadOfAResponse) {
  SimResponse response;
  response.fault = Fault::kResetInstead;
  ExpectAllFail(Hundred(), Responding(response), ErrorClass::kReceiveReset, true);
}

TEST(EngineFaultTest, ResetInTheMiddleOfAResponse) {
  SimResponse response;
  response.fault = Fault::kResetMidway;
  ExpectAllFail(Hundred(), Responding(response), ErrorClass::kReceiveReset, true);
}

TEST(EngineFaultTest, Garbage) {
  SimResponse response;
  response.raw = "SSH-2.0-OpenSSH_9.2\r\n";
  ExpectAllFail(Hundred(), Responding(response), ErrorClass::kProtocol, true);
}

TEST(EngineFaultTest, LocalErrorsKeepTheirClass) {
  for (const ErrorClass error : {ErrorClass::kLocalDescriptors, ErrorClass::kLocalPorts}) {
    SimRun run(MakePlan(Hundred()), {});
    run.At(Duration(),
           [&] { run.worker(0).transport(0).SetLocalErrors([error](uint64_t) { return error; }); });
    ASSERT_TRUE(run.Run());
    EXPECT_GE(Errors(run.totals(), error), 99U);
  }
}

TEST(EngineFaultTest, AFailedSendOnANewConnectionIsASendReset) {
  SimRun run(MakePlan(Hundred()), {});
  run.At(Duration(),
         [&] { run.worker(0).transport(0).SetSendFailures([](uint64_t n) { return n == 1; }); });
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(Errors(run.totals(), ErrorClass::kSendReset), 1U);
  EXPECT_EQ(run.totals().completed, 99U);
}

// The server closes each connection after three responses without a word.
TEST(EngineFaultTest, AKeptAliveConnectionClosedWhileIdleCostsNothing) {
  SimRunOptions options;
  options.server.keep_alive_requests = 3;
  options.server.announce_close = false;
  SimRun run(MakePlan(Hundred()), options);
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().completed, 100U);
  EXPECT_EQ(run.totals().connects, 34U);
}

// One user, no think time: its next request meets the close on its way.
TEST(EngineFaultTest, AKeptAliveConnectionClosedUnderARequestIsReusedClosed) {
  PlanSpec spec = ClosedSpec(1, 1);
  spec.iterations = 90;
  SimRunOptions options;
  options.network_delay = Duration::Millis(1);
  options.server.keep_alive_requests = 3;
  options.server.announce_close = false;
  options.server.respond = [](const SimRequest& request) {
    SimResponse response;
    response.silent_close = request.number_on_connection == 3;
    response.close_after = response.silent_close;
    return response;
  };
  SimRun run(MakePlan(spec), options);
  ASSERT_TRUE(run.Run());
  const Counts totals = run.totals();
  EXPECT_EQ(totals.due, 90U);
  EXPECT_EQ(totals.completed + totals.failed, 90U);
  EXPECT_EQ(totals.failed, Errors(totals, ErrorClass::kReusedClosed));
  EXPECT_GT(totals.failed, 10U);
  EXPECT_EQ(totals.completed, run.server().counts().responses);
}

// Fifty users who each think for longer than the server keeps an idle connection, and all together
// for far less.
TEST(EngineFaultTest, ConnectionsOfUsersTheirOwnAreOutlivedByThinkTimes) {
  PlanSpec spec = ClosedSpec(50, 20);
  auto& load = std::get<ClosedLoad>(spec.load);
  load.segments = {{0, 50, Duration::Seconds(1), 0}, {50, 50, Duration::Seconds(10), 0}};
  load.think_min = Duration::Millis(600);
  load.think_max = Duration::Millis(900);
  SimRunOptions options;
  options.network_delay = Duration::Millis(1);
  options.server.keep_alive_idle = Duration::Millis(500);
  SimRun shared(MakePlan(spec), options);
  ASSERT_TRUE(shared.Run());
  EXPECT_LT(shared.totals().connects, shared.totals().completed / 10);
  load.own_connections = true;
  SimRun own(MakePlan(spec), options);
  ASSERT_TRUE(own.Run());
  EXPECT_EQ(own.totals().connects, own.totals().completed);
  options.server.keep_alive_idle = Duration();
  SimRun kept(MakePlan(spec), options);
  ASSERT_TRUE(kept.Run());
  EXPECT_EQ(kept.totals().connects, 50U);
}

TEST(EngineFaultTest, ConnectionCloseIsObeyed) {
  SimResponse response;
  response.close_after = true;
  SimRun run(MakePlan(Hundred()), Responding(response));
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().completed, 100U);
  EXPECT_EQ(run.totals().connects, 100U);
}

TEST(EngineFaultTest, AResponseMayEndWithItsConnection) {
  SimResponse response;
  response.raw = "HTTP/1.0 200 OK\r\n\r\nuntil the end";
  response.close_after = true;
  response.silent_close = true;
  SimRun run(MakePlan(Hundred()), Responding(response));
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().completed, 100U);
}

TEST(EngineFaultTest, BytesBeyondAResponseEndTheConnectionAndNotTheRequest) {
  SimResponse response;
  response.raw = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n";
  SimRun run(MakePlan(Hundred()), Responding(response));
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().completed, 100U);
  EXPECT_EQ(run.totals().connects, 100U);
}

TEST(EngineFaultTest, AResponseInSinglePiecesIsOneResponse) {
  SimResponse response;
  response.segments = 20;
  response.segment_gap = Duration::Millis(1);
  SimRun run(MakePlan(Hundred()), Responding(response));
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().completed, 100U);
  EXPECT_EQ(run.Latency(LatencyKind::kService).min(), Duration::Millis(20).nanos());
  EXPECT_EQ(run.Latency(LatencyKind::kFirstByte).max(), Duration::Millis(1).nanos());
}

// Whoever gives the attempt up: the request's own time-out, the connect time-out, or the cut.
TEST(EngineFaultTest, AnAttemptGivenUpAfterASecondIsASlowConnect) {
  const Duration kShort = Duration::Millis(1500);
  const Duration kLong = Duration::Seconds(30);
  for (const auto& [timeout, connect_timeout] :
       {std::pair{kShort, kLong}, std::pair{kLong, kShort}, std::pair{kLong, kLong}}) {
    PlanSpec spec = OpenSpec(10, 1);
    spec.requests[0].timeout = timeout;
    spec.requests[0].connect_timeout = connect_timeout;
    spec.drain = Duration::Millis(1600);
    SimRunOptions options;
    options.server.connect = [](uint64_t) { return ConnectAnswer{Answer::kDrop, 0}; };
    SimRun run(MakePlan(spec), options);
    ASSERT_TRUE(run.Run());
    EXPECT_EQ(run.totals().failed, 10U);
    EXPECT_EQ(run.totals().slow_connect, 10U);
  }
}

TEST(EngineFaultTest, RetransmittedSynsAreSlowConnectsBesideTheOutcome) {
  PlanSpec spec = Hundred();
  spec.connections = 1;
  spec.requests[0].timeout = Duration::Seconds(10);
  spec.requests[0].connect_timeout = Duration::Seconds(10);
  SimRunOptions options;
  options.server.connect = [](uint64_t) { return ConnectAnswer{Answer::kAccept, 1}; };
  SimRun run(MakePlan(spec), options);
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().completed, 100U);
  EXPECT_EQ(run.totals().slow_connect, 1U);
  EXPECT_EQ(run.Latency(LatencyKind::kConnect).max(), Duration::Seconds(1).nanos());
}

TEST(EngineFaultTest, StatusesOutsideExpectAreUnexpectedAndCompleted) {
  SimRunOptions options;
  options.server.respond = [](const SimRequest& request) {
    SimResponse response;
    response.status = request.number % 4 == 0 ? 503 : 200;
    return response;
  };
  SimRun run(MakePlan(Hundred()), options);
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().completed, 100U);
  EXPECT_EQ(run.totals().unexpected, 25U);
  ASSERT_EQ(run.Statuses().entries().size(), 2U);
  EXPECT_EQ(run.Statuses().entries()[1], (std::pair<uint16_t, uint64_t>{503, 25}));
}

TEST(EngineFaultTest, WithoutReuseEachRequestHasItsOwnConnection) {
  PlanSpec spec = Hundred();
  spec.reuse_connections = false;
  SimRun run(MakePlan(spec), {});
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().completed, 100U);
  EXPECT_EQ(run.server().counts().accepted, 100U);
  EXPECT_EQ(run.server().counts().most_open, 1U);
}

TEST(EngineFaultTest, HeadResponsesHaveNoBody) {
  PlanSpec spec = Hundred();
  spec.requests[0].method = "HEAD";
  SimResponse response;
  response.raw = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
  SimRun run(MakePlan(spec), Responding(response));
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().completed, 100U);
  EXPECT_EQ(run.totals().connects, 1U);
}

TEST(EngineFaultTest, AddressesAreUsedInRotation) {
  PlanSpec spec = Hundred();
  spec.reuse_connections = false;
  SimRunOptions options;
  options.endpoints = 4;
  SimRun run(MakePlan(spec), options);
  run.At(Duration(), [&] {  // nobody listens at one of them
    run.network().Listen({Endpoint::Family::kIpv4, "192.0.2.3", 80}, nullptr);
  });
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().completed, 75U);
  EXPECT_EQ(Errors(run.totals(), ErrorClass::kConnectRefused), 25U);
}

}  // namespace
}  // namespace muster
