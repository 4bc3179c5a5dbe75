#include "common/session/grpc_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "tests/common/session/grpc_world.h"
#include "tests/support/loopback_server.h"

namespace muster {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string AddressOf(const Endpoint& endpoint) {
  return "127.0.0.1:" + std::to_string(endpoint.port);
}
Batch BatchOf(uint64_t sequence, size_t bytes) {
  return {"run", sequence, std::string(bytes, 'x')};
}

class GrpcClientTest : public testing::Test {
 protected:
  // How a connection to `address` ended.
  std::string EndOf(const std::string& address) {
    const auto connector = world_.Connector({}, address);
    const auto pipe = connector->Connect();
    std::optional<Status> end;
    pipe->Open({.on_message = [](auto) { FAIL() << "a message from nobody"; },
                .on_closed = [&](Status why) { end = std::move(why); }});
    pipe->Send(Ping{});
    EXPECT_TRUE(world_.RunUntil([&] { return end.has_value(); }));
    EXPECT_EQ(end->code(), absl::StatusCode::kUnavailable);
    return Message(*end);
  }
  MonoTime Now() { return world_.executor().Now(); }

  GrpcWorld world_;
};

TEST_F(GrpcClientTest, WhereNobodyListensTheEndNamesAddressAndCauses) {
  const RefusingAddress nobody(Endpoint::Family::kIpv4);
  const std::string address = AddressOf(nobody.endpoint());
  EXPECT_THAT(EndOf(address),
              AllOf(HasSubstr("cannot reach a master at " + address), HasSubstr("--tls-ca")));
}

TEST_F(GrpcClientTest, AServerOfAnotherKindIsNotAMaster) {
  const LoopbackServer web(Endpoint::Family::kIpv4,
                           {.reply = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n",
                            .end = PeerScript::End::kClose});
  const std::string address = AddressOf(web.endpoint());
  EXPECT_THAT(EndOf(address), HasSubstr("cannot reach a master at " + address));
}

TEST_F(GrpcClientTest, AProxyFromTheEnvironmentIsIgnored) {
  const RefusingAddress nobody(Endpoint::Family::kIpv4);
  const std::string proxy = "http://" + AddressOf(nobody.endpoint());
  const char* const kVariables[] = {"grpc_proxy", "https_proxy", "http_proxy"};
  for (const char* variable : kVariables) setenv(variable, proxy.c_str(), 1);
  ASSERT_TRUE(world_.Listen().ok());
  const GrpcWorld::Pair pair = world_.Connect();
  for (const char* variable : kVariables) unsetenv(variable);
  EXPECT_TRUE(pair.master != nullptr);
}

TEST_F(GrpcClientTest, AConnectorGoesAtOnceThoughItsServerNeverAnswers) {
  const LoopbackServer silent(Endpoint::Family::kIpv4, {.wait_for = 1 << 20});
  auto connector = world_.Connector({}, AddressOf(silent.endpoint()));
  const auto pipe = connector->Connect();
  ASSERT_TRUE(world_.RunUntil([&] { return silent.accepted() == 1; }));
  const MonoTime start = Now();
  connector.reset();
  EXPECT_LT(Now() - start, Duration::Seconds(1));
}

TEST_F(GrpcClientTest, AClosedPipeDeliversThoughItsConnectorGoes) {
  ASSERT_TRUE(world_.Listen().ok());
  GrpcWorld::Pair pair = world_.Connect();
  uint64_t got = 0;
  bool closed = false;
  pair.master->Open(
      {.on_message = [&](const auto&) { ++got; }, .on_closed = [&](auto) { closed = true; }});
  for (uint64_t i = 1; i <= 100; ++i) pair.worker->Send(BatchOf(i, 10'000));
  pair.worker.reset();
  world_.StopConnector();
  EXPECT_TRUE(world_.RunUntil([&] { return closed; }));
  EXPECT_EQ(got, 100U);
}

TEST_F(GrpcClientTest, AnOpenPipeIsCutWithItsConnector) {
  ASSERT_TRUE(world_.Listen().ok());
  const GrpcWorld::Pair pair = world_.Connect();
  std::string at_master;
  std::string at_worker;
  pair.master->Open({.on_message = [](auto) {},
                     .on_closed = [&](const Status& why) { at_master = Message(why); }});
  pair.worker->Open({.on_message = [](auto) {},
                     .on_closed = [&](const Status& why) { at_worker = Message(why); }});
  world_.StopConnector();
  EXPECT_TRUE(world_.RunUntil([&] { return !at_master.empty() && !at_worker.empty(); }));
  EXPECT_EQ(at_master, "the connection to the worker is lost");
  pair.worker->Send(Ping{});
}

// The master sends more than an end holds that nobody has opened.
TEST_F(GrpcClientTest, AConnectorGoesThoughAnEndHasPausedReading) {
  ASSERT_TRUE(world_.Listen().ok());
  const GrpcWorld::Pair pair = world_.Connect();
  for (int i = 0; i < 6; ++i) {
    pair.master->Send(Prepare{"run", std::string(8 << 20, 'x'), "hash", {0, {1}}, false});
  }
  world_.RunFor(Duration::Millis(300));
  const MonoTime start = Now();
  world_.StopConnector();
  EXPECT_LT(Now() - start, Duration::Seconds(1));
}

TEST_F(GrpcClientTest, ConnectingAgainAndAgainLeavesNothingBehind) {
  ASSERT_TRUE(world_.Listen().ok());
  for (int i = 0; i < 20; ++i) {
    GrpcWorld::Pair pair = world_.Connect();
    bool closed = false;
    pair.master->Open({.on_message = [](auto) {}, .on_closed = [&](auto) { closed = true; }});
    pair.worker.reset();
    ASSERT_TRUE(world_.RunUntil([&] { return closed; }));
  }
}

TEST_F(GrpcClientTest, AnAddressWithoutAPortIsRefused) {
  const auto connector = GrpcConnector::Create("127.0.0.1", {}, world_.executor());
  EXPECT_THAT(Message(connector.status()), HasSubstr("--master"));
}

}  // namespace
}  // namespace muster
