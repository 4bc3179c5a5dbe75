// The engine over HTTP/2, in simulated time: streams shared, limits kept, every end in its class.
#include <gtest/gtest.h>

#include "tests/sim/sim_run.h"
#include "tests/worker/engine/test_plans.h"
#include "worker/engine/engine.h"

namespace muster {
namespace {

using Fault = SimHttp2Response::Fault;

uint64_t Errors(const Counts& counts, ErrorClass error) {
  return counts.errors[static_cast<size_t>(error)];
}

PlanSpec OverHttp2(PlanSpec spec, uint32_t connections) {
  spec.http = HttpVersion::k2;
  spec.connections = connections;
  spec.requests[0].timeout = Duration::Seconds(2);
  return spec;
}

SimRunOptions Http2Server(SimHttp2ServerOptions server = {}) {
  SimRunOptions options;
  options.http2 = std::move(server);
  return options;
}

SimHttp2ServerOptions Responding(const SimHttp2Response& response) {
  SimHttp2ServerOptions server;
  server.respond = [response](const SimHttp2Request&) { return response; };
  return server;
}

// Every request of 100, one each 10 ms, fails as `error`.
void ExpectAllFail(const SimHttp2ServerOptions& server, ErrorClass error) {
  SimRun run(MakePlan(OverHttp2(OpenSpec(100, 1), 1)), Http2Server(server));
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().failed, 100U);
  EXPECT_EQ(Errors(run.totals(), error), 100U) << NameOf(kErrorNames, error);
  EXPECT_EQ(run.totals().failed_after_send, 100U);
  EXPECT_EQ(run.http2().counts().open, 0U);
}

TEST(EngineHttp2Test, UsersShareTheConnectionsAsStreams) {
  SimRun run(MakePlan(OverHttp2(ClosedSpec(100, 1), 10)), Http2Server());
  ASSERT_TRUE(run.Run());
  const SimHttp2ServerCounts& served = run.http2().counts();
  EXPECT_EQ(served.accepted, 10U);
  EXPECT_EQ(served.most_in_service, 100U);
  EXPECT_EQ(served.most_streams, 10U);
  EXPECT_EQ(served.refused, 0U);
  EXPECT_EQ(served.responses, run.totals().completed);
  EXPECT_NEAR(static_cast<double>(run.totals().completed), 100 * 1000, 200);
  EXPECT_EQ(run.totals().failed, 0U);
}

TEST(EngineHttp2Test, ByDefaultEachUserHasAConnectionOfItsOwn) {
  SimRun run(MakePlan(OverHttp2(ClosedSpec(20, 1), 0)), Http2Server());
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.http2().counts().accepted, 20U);
  EXPECT_EQ(run.http2().counts().most_streams, 1U);
}

// As with HTTP/1.1 and as many connections: nobody waits for a place.
TEST(EngineHttp2Test, AStallIsServiceWhereStreamsAreFree) {
  SimHttp2ServerOptions server;
  server.settings = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1000}};
  server.stalls = {{SimRun::kT0 + Duration::Seconds(5), SimRun::kT0 + Duration::Seconds(6)}};
  SimRun run(MakePlan(OverHttp2(OpenSpec(1000, 10, 4000), 10)), Http2Server(server));
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().completed, 10'000U);
  EXPECT_NEAR(static_cast<double>(run.Latency(LatencyKind::kResponse).ValueAtPercentile(99'000)),
              901e6, 5e6);
  EXPECT_NEAR(static_cast<double>(run.Latency(LatencyKind::kService).ValueAtPercentile(99'000)),
              901e6, 5e6);
  EXPECT_EQ(run.Latency(LatencyKind::kLag).max(), 0);
}

TEST(EngineHttp2Test, TheTargetsLimitIsKeptAndWhatWaitsWaitsInTheOpen) {
  SimHttp2ServerOptions server;
  server.settings = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 4}};
  SimRun run(MakePlan(OverHttp2(ClosedSpec(100, 1), 5)), Http2Server(server));
  ASSERT_TRUE(run.Run());
  // Before its SETTINGS a server has no limit: what was sent until then is its to refuse.
  EXPECT_EQ(run.http2().counts().most_streams, 4U);
  EXPECT_EQ(Errors(run.totals(), ErrorClass::kH2ResetRefused), run.totals().failed);
  EXPECT_EQ(run.http2().counts().refused, run.totals().failed);
  EXPECT_GT(run.Latency(LatencyKind::kWait).ValueAtPercentile(50'000), 3'000'000);
  EXPECT_NEAR(static_cast<double>(run.Latency(LatencyKind::kService).ValueAtPercentile(50'000)),
              1e6, 1e4);
}

TEST(EngineHttp2Test, OurOwnLimitIsKept) {
  PlanSpec spec = OverHttp2(ClosedSpec(100, 1), 5);
  spec.streams = 3;
  SimRun run(MakePlan(spec), Http2Server());
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.http2().counts().most_streams, 3U);
  EXPECT_EQ(run.totals().failed, 0U);
}

TEST(EngineHttp2Test, ALimitThatFallsAndRisesIsFollowed) {
  SimRun run(MakePlan(OverHttp2(ClosedSpec(20, 6), 2)), Http2Server());
  uint64_t low = 0;
  run.At(Duration::Seconds(2), [&] {
    run.http2().SendSettings({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1}});
  });
  run.At(Duration::Seconds(3), [&] { low = run.http2().counts().responses; });
  run.At(Duration::Seconds(4), [&] {
    low = run.http2().counts().responses - low;
    run.http2().SendSettings({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100}});
  });
  ASSERT_TRUE(run.Run());
  EXPECT_NEAR(static_cast<double>(low), 2000, 20);  // two connections, one stream each, 1 ms
  // What was sent before the news of the lower limit came is the target's to refuse.
  EXPECT_EQ(Errors(run.totals(), ErrorClass::kH2ResetRefused), run.totals().failed);
  EXPECT_LE(run.totals().failed, 20U);
  EXPECT_NEAR(static_cast<double>(run.totals().completed), 4 * 20'000 + 2 * 2000, 500);
}

TEST(EngineHttp2Test, EachResetIsCountedByItsCode) {
  for (uint32_t code = 0; code <= 14; ++code) {
    SimHttp2Response response;
    response.fault = Fault::kResetStream;
    response.reset_code = code;
    const auto first = static_cast<uint32_t>(ErrorClass::kH2ResetNoError);
    ExpectAllFail(Responding(response), static_cast<ErrorClass>(first + code));
  }
}

TEST(EngineHttp2Test, AStreamThatIsNeverAnsweredTimesOutAndLeavesTheOthersAlone) {
  SimHttp2ServerOptions server;
  server.respond = [](const SimHttp2Request& request) {
    SimHttp2Response response;
    if (request.number % 10 == 0) response.fault = Fault::kNeverAnswer;
    return response;
  };
  SimRun run(MakePlan(OverHttp2(OpenSpec(100, 1), 1)), Http2Server(server));
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(Errors(run.totals(), ErrorClass::kTimeout), 10U);
  EXPECT_EQ(run.totals().completed, 90U);
  EXPECT_EQ(run.http2().counts().cancelled, 10U);
  EXPECT_EQ(run.http2().counts().accepted, 1U);
}

TEST(EngineHttp2Test, AConnectionsEndFailsWhatItCarried) {
  SimHttp2Response response;
  response.fault = Fault::kCloseInstead;
  ExpectAllFail(Responding(response), ErrorClass::kEarlyClose);
  response.fault = Fault::kResetInstead;
  ExpectAllFail(Responding(response), ErrorClass::kReceiveReset);
}

TEST(EngineHttp2Test, ATargetThatSpeaksHttp1AloneIsItsOwnError) {
  SimHttp2ServerOptions server;
  server.http1_only = true;
  ExpectAllFail(server, ErrorClass::kH2Unsupported);
}

TEST(EngineHttp2Test, AnAnnouncedGoAwayLosesNothing) {
  SimHttp2ServerOptions server;
  server.goaway_requests = 100;
  server.goaway = SimGoAway::kAnnounced;
  SimRun run(MakePlan(OverHttp2(ClosedSpec(50, 2), 5)), Http2Server(server));
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().failed, 0U);
  EXPECT_GT(run.totals().h2_goaways, 100U);
  EXPECT_EQ(run.totals().completed, run.http2().counts().responses);
  EXPECT_EQ(run.totals().completed, run.http2().counts().requests);
}

TEST(EngineHttp2Test, APlainGoAwayFailsOnlyWhatTheTargetSaysItDidNotServe) {
  for (const SimGoAway how : {SimGoAway::kPlain, SimGoAway::kAbrupt}) {
    SimHttp2ServerOptions server;
    server.goaway_requests = 100;
    server.goaway = how;
    SimRunOptions options = Http2Server(server);
    options.network_delay = Duration::Millis(1);
    SimRun run(MakePlan(OverHttp2(ClosedSpec(50, 2), 5)), options);
    ASSERT_TRUE(run.Run());
    const Counts totals = run.totals();
    EXPECT_GT(totals.h2_goaways, 20U);
    EXPECT_GT(Errors(totals, ErrorClass::kH2GoAway), 0U);
    EXPECT_LE(totals.completed, run.http2().counts().responses);
    if (how == SimGoAway::kPlain) {
      EXPECT_EQ(Errors(totals, ErrorClass::kH2GoAway), totals.failed);
      EXPECT_EQ(totals.completed, run.http2().counts().responses);
    }
  }
}

TEST(EngineHttp2Test, WithoutReuseEachRequestHasAConnection) {
  PlanSpec spec = OverHttp2(OpenSpec(100, 1), 50);
  spec.reuse_connections = false;
  SimRun run(MakePlan(spec), Http2Server());
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().completed, 100U);
  EXPECT_EQ(run.http2().counts().accepted, 100U);
  EXPECT_EQ(run.http2().counts().open, 0U);
}

TEST(EngineHttp2Test, AStopCutsTheStreamsThatAreOpen) {
  SimHttp2ServerOptions server;
  server.service = Duration::Seconds(100);
  SimRun run(MakePlan(OverHttp2(ClosedSpec(30, 60), 3)), Http2Server(server));
  run.At(Duration::Seconds(1), [&] { run.worker(0).Stop(StopMode::kNow); });
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.totals().cut, 30U);
  EXPECT_EQ(Errors(run.totals(), ErrorClass::kDrainCut), 30U);
  EXPECT_EQ(run.http2().counts().open, 0U);
}

// Faults of every kind by the request's number: the books balance against the server's, and the
// same inputs give the same deltas.
TEST(EngineHttp2Test, BooksHoldUnderMixedFaultsAndTwoRunsAreEqual) {
  SimHttp2ServerOptions server;
  server.goaway_requests = 333;
  server.respond = [](const SimHttp2Request& request) {
    SimHttp2Response response;
    response.service = Duration::Micros(500 + static_cast<int64_t>(request.number * 7919 % 3000));
    if (request.number % 97 == 0) response.fault = Fault::kResetStream;
    if (request.number % 101 == 0) response.fault = Fault::kNeverAnswer;
    if (request.number % 1009 == 0) response.fault = Fault::kCloseInstead;
    if (request.number % 2003 == 0) response.fault = Fault::kResetInstead;
    response.reset_code = static_cast<uint32_t>(request.number % 14);
    return response;
  };
  std::string logs[2];
  for (std::string& log : logs) {
    PlanSpec spec = OverHttp2(OpenSpec(2000, 5), 8);
    spec.requests[0].timeout = Duration::Millis(100);
    SimRunOptions options = Http2Server(server);
    options.network_delay = Duration::Micros(300);
    options.threads = {2};
    SimRun run(MakePlan(spec), options);
    ASSERT_TRUE(run.Run());
    const Counts totals = run.totals();
    EXPECT_EQ(totals.due, 10'000U);
    EXPECT_EQ(totals.due, totals.completed + totals.failed + totals.not_started_total());
    EXPECT_LE(totals.completed, run.http2().counts().requests);
    EXPECT_LE(run.http2().counts().requests, totals.completed + totals.failed_after_send);
    EXPECT_GT(totals.failed, 100U);
    log = run.log();
  }
  EXPECT_EQ(logs[0], logs[1]);
}

}  // namespace
}  // namespace muster
