#include "common/session/grpc_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>

#include "common/base/random.h"
#include "common/wire/session_codec.h"
#include "muster/v1/session.grpc.pb.h"
#include "tests/common/session/grpc_world.h"

namespace muster {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// A connection that speaks whatever it likes.
class RawConnection {
 public:
  explicit RawConnection(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0) << "connect";
  }
  ~RawConnection() { close(fd_); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;
  void Send(const std::string& bytes) {
    (void)send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

 private:
  int fd_;
};

std::string RandomBytes(uint64_t seed, size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>(RandomBits(seed, RandomStream::kArrival, i));
  }
  return bytes;
}

class GrpcServerTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world_.Listen().ok());
    good_ = world_.Connect();
    good_.worker->Open({.on_message = [](auto) {}, .on_closed = [this](auto) { ++good_closed_; }});
    good_.master->Open({.on_message = [this](const auto& m) { last_ = std::get<Ping>(m).id; },
                        .on_closed = [this](auto) { ++good_closed_; }});
  }
  // The worker that was there before is still served, and a new one is.
  void ExpectUnharmed() {
    good_.worker->Send(Ping{++sent_, {}});
    EXPECT_TRUE(world_.RunUntil([&] { return last_ == sent_; }));
    EXPECT_EQ(good_closed_, 0);
    world_.sessions().clear();
    EXPECT_TRUE(world_.Connect().master != nullptr);
  }
  // A stranger's well-formed call with one message: how the master's end of it closed.
  std::string EndOfCallWith(const v1::WorkerToMaster& message) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    auto channel =
        grpc::CreateCustomChannel(world_.address(), grpc::InsecureChannelCredentials(), arguments);
    auto stub = v1::Session::NewStub(channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    auto stream = stub->Run(&context);
    stream->Write(message);
    EXPECT_TRUE(world_.AwaitSession());
    const auto pipe = world_.TakeSession();
    std::string end;
    pipe->Open({.on_message = [](auto) { ADD_FAILURE() << "a message"; },
                .on_closed = [&](const Status& why) { end = why.ToString(); }});
    EXPECT_TRUE(world_.RunUntil([&] { return !end.empty(); }));
    EXPECT_FALSE(stream->Finish().ok());
    return end;
  }

  GrpcWorld world_;
  GrpcWorld::Pair good_;
  uint64_t sent_ = 0;
  uint64_t last_ = 0;
  int good_closed_ = 0;
};

TEST_F(GrpcServerTest, ASecondServerOnTheSamePortIsRefused) {
  const auto second =
      GrpcSessionServer::Start(world_.address(), {}, world_.executor(), [](auto) {});
  EXPECT_THAT(Message(second.status()), HasSubstr("cannot listen on " + world_.address()));
  const auto everywhere =
      GrpcSessionServer::Start("0.0.0.0:" + std::to_string(world_.server().port()),
                               {.insecure_control = true}, world_.executor(), [](auto) {});
  EXPECT_FALSE(everywhere.ok());
  ExpectUnharmed();
}

TEST_F(GrpcServerTest, AnAddressThatIsNotThisHostsIsRefused) {
  const auto server = GrpcSessionServer::Start("192.0.2.1:7700", {.insecure_control = true},
                                               world_.executor(), [](auto) {});
  EXPECT_THAT(Message(server.status()), HasSubstr("cannot listen on 192.0.2.1:7700"));
}

TEST_F(GrpcServerTest, ThePeerIsItsAddress) {
  EXPECT_THAT(good_.master->Peer(), StartsWith("127.0.0.1:"));
}

TEST(GrpcServerV6Test, AnIpv6PeerIsInBrackets) {
  GrpcWorld world;
  if (!world.Listen({}, "[::1]").ok()) GTEST_SKIP() << "no IPv6 here";
  const auto connector = world.Connector({}, "[::1]:" + std::to_string(world.server().port()));
  const auto pipe = connector->Connect();
  ASSERT_TRUE(world.AwaitSession());
  EXPECT_THAT(world.sessions()[0]->Peer(), StartsWith("[::1]:"));
}

TEST_F(GrpcServerTest, AServerGoesWithinTwoSecondsAndTellsBothEnds) {
  const MonoTime start = world_.executor().Now();
  world_.StopServer();
  EXPECT_LT(world_.executor().Now() - start, Duration::Seconds(2));
  EXPECT_TRUE(world_.RunUntil([&] { return good_closed_ == 2; }));
  good_.master->Send(Pong{});
}

TEST_F(GrpcServerTest, WhatWasSentBeforeTheServerGoesArrives) {
  GrpcWorld::Pair pair = world_.Connect();
  std::string reason;
  pair.worker->Open({.on_message = [&](const auto& m) { reason = std::get<FinishRun>(m).reason; },
                     .on_closed = [](auto) {}});
  pair.master->Send(FinishRun{"run", "over"});
  pair.master.reset();
  world_.StopServer();
  EXPECT_TRUE(world_.RunUntil([&] { return reason == "over"; }));
}

// A worker floods a master that does not take its messages: it has to wait, and loses nothing.
TEST_F(GrpcServerTest, AFloodWaitsAtTheWorkerUntilItIsTaken) {
  GrpcWorld::Pair pair = world_.Connect();
  constexpr uint64_t kBatches = 100;
  for (uint64_t i = 1; i <= kBatches; ++i) {
    pair.worker->Send(Batch{"run", i, std::string(1 << 20, 'x')});
  }
  world_.RunFor(Duration::Millis(300));
  uint64_t got = 0;
  pair.master->Open({.on_message =
                         [&](const auto& m) {
                           EXPECT_EQ(std::get<Batch>(m).sequence, got + 1);
                           ++got;
                         },
                     .on_closed = [](auto) { ADD_FAILURE() << "closed"; }});
  EXPECT_TRUE(world_.RunUntil([&] { return got == kBatches; }));
}

TEST_F(GrpcServerTest, AServerGoesThoughAnEndHasPausedReading) {
  GrpcWorld::Pair pair = world_.Connect();
  for (uint64_t i = 1; i <= 40; ++i) {
    pair.worker->Send(Batch{"run", i, std::string(1 << 20, 'x')});
  }
  world_.RunFor(Duration::Millis(300));
  const MonoTime start = world_.executor().Now();
  world_.StopServer();
  EXPECT_LT(world_.executor().Now() - start, Duration::Seconds(2));
}

TEST_F(GrpcServerTest, AServerMayBeDestroyedByItsNewSession) {
  std::unique_ptr<GrpcSessionServer> server;
  bool came = false;
  auto started = GrpcSessionServer::Start("127.0.0.1:0", {}, world_.executor(), [&](auto pipe) {
    pipe.reset();
    server.reset();
    came = true;
  });
  ASSERT_TRUE(started.ok());
  server = *std::move(started);
  const auto connector = world_.Connector({}, "127.0.0.1:" + std::to_string(server->port()));
  const auto pipe = connector->Connect();
  EXPECT_TRUE(world_.RunUntil([&] { return came; }));
}

TEST_F(GrpcServerTest, RandomBytesHarmNobody) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    RawConnection stranger(world_.server().port());
    stranger.Send(RandomBytes(seed, 1000));
    RawConnection second(world_.server().port());
    second.Send(kPreface + RandomBytes(seed, 1000));
  }
  ExpectUnharmed();
}

TEST_F(GrpcServerTest, HalfAPrefaceHarmsNobody) {
  RawConnection half(world_.server().port());
  half.Send(std::string(kPreface).substr(0, 12));
  RawConnection whole(world_.server().port());
  whole.Send(kPreface);
  RawConnection nothing(world_.server().port());
  RawConnection http1(world_.server().port());
  http1.Send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  ExpectUnharmed();
}

TEST_F(GrpcServerTest, AMessageOverTheLimitEndsItsStreamAlone) {
  v1::WorkerToMaster message;
  message.mutable_batch()->set_batch(std::string(kMaxSessionMessageBytes + 1, 'x'));
  EXPECT_THAT(EndOfCallWith(message), HasSubstr("UNAVAILABLE"));
  ExpectUnharmed();
}

TEST_F(GrpcServerTest, ANonsenseMessageEndsItsStreamAloneWithItsReason) {
  EXPECT_THAT(EndOfCallWith(v1::WorkerToMaster()), HasSubstr("of no known kind"));
  v1::WorkerToMaster nameless;
  nameless.mutable_hello()->set_name("");
  EXPECT_THAT(EndOfCallWith(nameless), HasSubstr("name"));
  ExpectUnharmed();
}

// A worker that vanishes without a word (its connection is cut) is told from one that leaves.
TEST_F(GrpcServerTest, ALeavingWorkerIsToldFromALostOne) {
  GrpcWorld::Pair pair = world_.Connect();
  std::string end;
  pair.master->Open(
      {.on_message = [](auto) {}, .on_closed = [&](const Status& why) { end = Message(why); }});
  pair.worker->Close();
  EXPECT_TRUE(world_.RunUntil([&] { return !end.empty(); }));
  EXPECT_EQ(end, "the worker closed the connection");
}

}  // namespace
}  // namespace muster
