// What TlsTransport adds to the contract of Transport, over a transport in the test's hands and a
// server in memory. The contract itself is tests/conformance/transport_conformance_test.cc's.
#include "worker/net/tls_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/allocations/allocations.h"
#include "tests/support/memory_transport.h"
#include "tests/support/tls/tls_peer.h"

namespace muster {
namespace {

using testing::ElementsAre;

constexpr int kTls12 = 0x0303;
constexpr int kTls13 = 0x0304;

const TestAuthority& Authority() {
  static const TestAuthority* authority = new TestAuthority();
  return *authority;
}

TlsSettings Trusting() { return {.ca_pem = Authority().pem()}; }
TlsServerOptions Trusted() { return {.identity = Authority().Sign()}; }

// One client, one server, and all that the client's owner was told.
class World : public TransportHandler {
 public:
  explicit World(TlsServerOptions server = Trusted(), TlsSettings settings = Trusting(),
                 std::vector<std::string_view> alpn = {})
      : server_(std::move(server)),
        context_(TlsContext::Create(settings, "localhost", alpn).value()),
        tls(&inner, context_.get()) {
    inner.SetHandler(tls.inner_handler());
    tls.SetHandler(this);
    Renew();
  }

  // A new connection, on which the server has accepted TCP.
  void Renew() {
    peer.emplace(server_);
    id = tls.Connect({}, 77);
    ++inner_id;
    accepted = inner.now() + Duration::Micros(1);
    inner.Accept(inner_id);
  }
  // Exchanges bytes until neither end has any. True when both are done with the handshake.
  bool Shake() {
    Exchange();
    return peer->established() && !events.empty() && events.back() == "connected";
  }
  void Exchange() {
    for (;;) {
      ToServer();
      const std::string to_client = peer->TakeOutput();
      if (to_client.empty() || !inner.open(inner_id)) return;
      inner.Deliver(inner_id, to_client);
    }
  }
  // False when the server has given up or was told that the client has.
  bool ToServer() {
    const std::string sent = inner.TakeSent(inner_id);
    return sent.empty() || peer->Feed(sent, &at_server);
  }
  // The server's records, one for each text, in order.
  std::string FromServer(std::initializer_list<std::string_view> texts) {
    for (const std::string_view text : texts) peer->Write(text);
    return peer->TakeOutput();
  }

  void OnConnected(ConnectionId connection, const ConnectReport& how, MonoTime now) override {
    EXPECT_EQ(tls.UserData(connection), 77u);
    EXPECT_FALSE(tls.Handshaking(connection));
    EXPECT_EQ(now, inner.now());
    report = how;
    Note("connected");
  }
  void OnConnectFailed(ConnectionId connection, ErrorClass why, MonoTime) override {
    EXPECT_EQ(tls.UserData(connection), 77u);
    error = why;
    Note("connect failed");
  }
  void OnFirstByteSent(ConnectionId, MonoTime) override { Note("first byte"); }
  void OnAllSent(ConnectionId, MonoTime) override { Note("all sent"); }
  void OnData(ConnectionId, std::string_view data, MonoTime) override {
    if (!discard) chunks.emplace_back(data);
    if (!discard) Note("data");
  }
  void OnClosed(ConnectionId connection, CloseKind kind, MonoTime) override {
    EXPECT_EQ(tls.UserData(connection), 77u);
    close = kind;
    Note("closed");
  }

 private:
  void Note(const char* event) {
    events.push_back(event);
    if (on_event) on_event(event);
  }
  const TlsServer server_;
  std::unique_ptr<TlsContext> context_;

 public:
  MemoryTransport inner;
  TlsTransport tls;
  std::optional<TlsPeer> peer;
  ConnectionId id = 0;
  ConnectionId inner_id = 0;
  std::string at_server;
  MonoTime accepted;  // TCP

  std::vector<std::string> events;
  std::vector<std::string> chunks;
  ConnectReport report;
  std::optional<ErrorClass> error;
  std::optional<CloseKind> close;
  bool discard = false;
  std::function<void(std::string_view)> on_event;
};

TEST(TlsTransportTest, ConnectedComesAfterTheHandshakeWithAReportOfIt) {
  World world;
  EXPECT_TRUE(world.tls.Handshaking(world.id));
  ASSERT_TRUE(world.Shake());
  EXPECT_THAT(world.events, ElementsAre("connected"));
  EXPECT_EQ(world.report.established, world.accepted);
  EXPECT_TRUE(world.report.tls);
  EXPECT_FALSE(world.report.resumed);
  EXPECT_FALSE(world.report.alpn_http2);
}

TEST(TlsTransportTest, ALaterConnectionResumesTheSession) {
  for (const int version : {kTls12, kTls13}) {
    TlsServerOptions options = Trusted();
    options.max_version = version;
    World world(options);
    ASSERT_TRUE(world.Shake());
    world.tls.Close(world.id);
    world.Renew();
    ASSERT_TRUE(world.Shake());
    EXPECT_TRUE(world.report.resumed) << version;
    EXPECT_TRUE(world.peer->resumed()) << version;
  }
}

TEST(TlsTransportTest, TheProtocolChosenIsReported) {
  for (const std::string protocol : {"h2", "http/1.1"}) {
    TlsServerOptions options = Trusted();
    options.alpn = protocol;
    World world(options, Trusting(), {"h2", "http/1.1"});
    ASSERT_TRUE(world.Shake());
    EXPECT_EQ(world.report.alpn_http2, protocol == "h2");
  }
}

TEST(TlsTransportTest, TheFirstRequestGoesWithTheEndOfTheHandshake) {
  World world;
  world.on_event = [&](std::string_view event) {
    if (event != "connected") return;
    EXPECT_TRUE(world.tls.Send(world.id, "request").has_value());
  };
  ASSERT_TRUE(world.Shake());
  EXPECT_EQ(world.at_server, "request");
  EXPECT_EQ(world.inner.sends(), 2u);  // ClientHello; Finished and the request
  EXPECT_TRUE(world.tls.AllSent(world.id));
}

TEST(TlsTransportTest, HandshakesThatFailHaveTheirClass) {
  const auto class_of = [](const TlsServerOptions& options, const TlsSettings& settings,
                           std::vector<std::string_view> alpn = {}) {
    World world(options, settings, std::move(alpn));
    world.Exchange();
    EXPECT_THAT(world.events, ElementsAre("connect failed"));
    EXPECT_FALSE(world.inner.open(world.inner_id));
    return world.error.value();
  };
  const auto with = [](const CertificateWish& wish) {
    return TlsServerOptions{.identity = Authority().Sign(wish)};
  };
  EXPECT_EQ(class_of(with({.valid_to = -60}), Trusting()), ErrorClass::kTlsExpired);
  EXPECT_EQ(class_of(with({.valid_from = 600}), Trusting()), ErrorClass::kTlsExpired);
  EXPECT_EQ(class_of(with({.names = "DNS:other.test"}), Trusting()), ErrorClass::kTlsWrongName);
  EXPECT_EQ(class_of({.identity = SelfSigned()}, Trusting()), ErrorClass::kTlsUnknownCa);
  EXPECT_EQ(class_of(Trusted(), {.ca_pem = TestAuthority().pem()}), ErrorClass::kTlsUnknownCa);
  EXPECT_EQ(class_of({.identity = Authority().Sign(), .min_version = 0x0302, .max_version = 0x0302},
                     Trusting()),
            ErrorClass::kTlsVersion);
  TlsSettings newest = Trusting();
  newest.min_version = TlsVersion::k13;
  EXPECT_EQ(class_of({.identity = Authority().Sign(), .max_version = kTls12}, newest),
            ErrorClass::kTlsVersion);
  EXPECT_EQ(class_of({.identity = Authority().Sign(), .alpn = "other"}, Trusting(), {"http/1.1"}),
            ErrorClass::kTlsAlpn);
  EXPECT_EQ(
      class_of(
          {.identity = Authority().Sign(), .max_version = kTls12, .client_ca = Authority().pem()},
          Trusting()),
      ErrorClass::kTlsRefused);
}

TEST(TlsTransportTest, BytesThatAreNotTlsAreAProtocolError) {
  for (const char* bytes :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n", "\x00\x00\x00\x00\x00"}) {
    World world;
    world.inner.Deliver(world.inner_id, {bytes, 5});
    EXPECT_EQ(world.error, ErrorClass::kTlsProtocol) << bytes;
  }
}

TEST(TlsTransportTest, AnEndWithinTheHandshakeIsItsOwnClassAtEveryByte) {
  for (const int version : {kTls12, kTls13}) {
    for (size_t cut = 0;; ++cut) {
      TlsServerOptions options = Trusted();
      options.max_version = version;
      World world(options);
      world.ToServer();
      const std::string flight = world.peer->TakeOutput();
      if (cut >= flight.size()) break;  // a signature has not always the same size
      world.inner.Deliver(world.inner_id, flight.substr(0, cut));
      ASSERT_TRUE(world.tls.Handshaking(world.id)) << cut;
      world.inner.End(world.inner_id, cut % 2 == 0 ? CloseKind::kEnd : CloseKind::kReset);
      ASSERT_EQ(world.error, ErrorClass::kTlsClosed) << cut;
      ASSERT_THAT(world.events, ElementsAre("connect failed"));
    }
  }
}

TEST(TlsTransportTest, ErrorsOfTheTransportBelowKeepTheirClass) {
  World refused;
  const ConnectionId id = refused.tls.Connect({}, 77);
  EXPECT_FALSE(refused.tls.Handshaking(id));
  refused.inner.Refuse(refused.inner_id + 1, ErrorClass::kConnectRefused);
  EXPECT_EQ(refused.error, ErrorClass::kConnectRefused);
  World local;
  local.inner.End(local.inner_id, CloseKind::kLocal);
  EXPECT_EQ(local.error, ErrorClass::kLocalOther);
  for (const CloseKind kind : {CloseKind::kReset, CloseKind::kSendFailed, CloseKind::kLocal}) {
    World world;
    ASSERT_TRUE(world.Shake());
    world.inner.End(world.inner_id, kind);
    EXPECT_EQ(world.close, kind);
  }
}

TEST(TlsTransportTest, RecordsThatCameTogetherAreHandedOverTogether) {
  World world;
  ASSERT_TRUE(world.Shake());
  world.inner.Deliver(world.inner_id, world.FromServer({"one", "two"}));
  EXPECT_THAT(world.chunks, ElementsAre("onetwo"));
  const std::string three = world.FromServer({"three"});
  for (const char& byte : three) {
    EXPECT_EQ(world.chunks.size(), 1u);
    world.inner.Deliver(world.inner_id, {&byte, 1});
  }
  EXPECT_THAT(world.chunks, ElementsAre("onetwo", "three"));
}

TEST(TlsTransportTest, MoreThanTheBufferHoldsComesInParts) {
  World world;
  ASSERT_TRUE(world.Shake());
  const std::string record(16'384, 'x');
  world.inner.Deliver(world.inner_id,
                      world.FromServer({record, record, record, record, record, "end"}));
  ASSERT_EQ(world.chunks.size(), 2u);
  EXPECT_EQ(world.chunks[0].size(), 4 * record.size());
  EXPECT_EQ(world.chunks[1], record + "end");
}

TEST(TlsTransportTest, WhatCameBeforeAnEndOrABrokenRecordIsHandedOverFirst) {
  World broken;
  ASSERT_TRUE(broken.Shake());
  std::string bytes = broken.FromServer({"good", "bad"});
  bytes.back() ^= 1;
  broken.inner.Deliver(broken.inner_id, bytes);
  EXPECT_THAT(broken.chunks, ElementsAre("good"));
  EXPECT_EQ(broken.close, CloseKind::kTlsProtocol);

  World closed;  // and the owner may close it in between
  ASSERT_TRUE(closed.Shake());
  bytes = closed.FromServer({"good", "bad"});
  bytes.back() ^= 1;
  closed.on_event = [&](std::string_view event) {
    if (event == "data") closed.tls.Close(closed.id);
  };
  closed.inner.Deliver(closed.inner_id, bytes);
  EXPECT_THAT(closed.chunks, ElementsAre("good"));
  EXPECT_EQ(closed.close, std::nullopt);
}

TEST(TlsTransportTest, ALargeSendIsEncryptedAsTheTransportBelowTakesIt) {
  const std::string big(size_t{1} << 20, 'x');
  World world;
  ASSERT_TRUE(world.Shake());
  world.inner.SetRoom(world.inner_id, 100'000);
  EXPECT_TRUE(world.tls.Send(world.id, big).has_value());
  size_t unsent = world.tls.UnsentBytes(world.id);
  EXPECT_GT(unsent, big.size() - 100'000);
  while (unsent > 0) {
    EXPECT_LT(world.inner.UnsentBytes(world.inner_id), 66u << 10);  // a piece, no more
    EXPECT_THAT(world.events, ElementsAre("connected"));
    world.inner.SetRoom(world.inner_id, 50'000);
    EXPECT_LT(world.tls.UnsentBytes(world.id), unsent);
    unsent = world.tls.UnsentBytes(world.id);
  }
  EXPECT_THAT(world.events, ElementsAre("connected", "all sent"));
  EXPECT_TRUE(world.ToServer());
  EXPECT_TRUE(world.at_server == big);
}

TEST(TlsTransportTest, ASendThatFindsNoRoomTellsItsFirstByteLater) {
  World world;
  ASSERT_TRUE(world.Shake());
  world.inner.SetRoom(world.inner_id, 0);
  EXPECT_FALSE(world.tls.Send(world.id, "request").has_value());
  EXPECT_EQ(world.tls.UnsentBytes(world.id), 7u);
  world.inner.SetRoom(world.inner_id, 10);
  EXPECT_THAT(world.events, ElementsAre("connected", "first byte"));
  EXPECT_FALSE(world.tls.AllSent(world.id));
  world.inner.SetRoom(world.inner_id, 1000);
  EXPECT_THAT(world.events, ElementsAre("connected", "first byte", "all sent"));
  EXPECT_TRUE(world.tls.AllSent(world.id));
}

TEST(TlsTransportTest, CloseNotifyIsTheEndAndAnEndWithoutItATruncation) {
  World orderly;
  ASSERT_TRUE(orderly.Shake());
  const std::string last = orderly.FromServer({"last"});
  orderly.peer->CloseNotify();
  orderly.inner.Deliver(orderly.inner_id, last + orderly.peer->TakeOutput() + "whatever");
  EXPECT_THAT(orderly.events, ElementsAre("connected", "data", "closed"));
  EXPECT_EQ(orderly.close, CloseKind::kEnd);
  EXPECT_FALSE(orderly.inner.open(orderly.inner_id));
  World cut;
  ASSERT_TRUE(cut.Shake());
  cut.inner.End(cut.inner_id, CloseKind::kEnd);
  EXPECT_EQ(cut.close, CloseKind::kTruncated);
}

TEST(TlsTransportTest, AnAlertAfterTheHandshakeIsTheTargets) {
  TlsServerOptions options = Trusted();
  options.client_ca = Authority().pem();
  World world(options);
  world.Exchange();  // in TLS 1.3 the server asks for the certificate after the client is done
  EXPECT_THAT(world.events, ElementsAre("connected", "closed"));
  EXPECT_EQ(world.close, CloseKind::kTlsAlert);
}

TEST(TlsTransportTest, BrokenRecordsEndTheConnectionAndTheTargetIsTold) {
  World world;
  ASSERT_TRUE(world.Shake());
  std::string record = world.FromServer({"secret"});
  record.back() ^= 1;
  const uint64_t sends = world.inner.sends();
  world.inner.Deliver(world.inner_id, record);
  EXPECT_EQ(world.close, CloseKind::kTlsProtocol);
  EXPECT_EQ(world.inner.sends(), sends + 1);  // bad_record_mac
  World garbage;
  ASSERT_TRUE(garbage.Shake());
  garbage.inner.Deliver(garbage.inner_id, "HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(garbage.close, CloseKind::kTlsProtocol);
}

TEST(TlsTransportTest, KeysAreRenewedEvenBehindASendThatWaits) {
  World world;
  ASSERT_TRUE(world.Shake());
  world.peer->UpdateKeys(/*answer=*/true);
  world.inner.Deliver(world.inner_id, world.FromServer({"a"}));
  EXPECT_TRUE(world.tls.Send(world.id, "b").has_value());
  world.Exchange();
  world.inner.SetRoom(world.inner_id, 0);
  EXPECT_FALSE(world.tls.Send(world.id, "c").has_value());
  world.peer->UpdateKeys(/*answer=*/true);
  world.inner.Deliver(world.inner_id, world.FromServer({"d"}));
  EXPECT_EQ(world.tls.UnsentBytes(world.id), 1u);
  world.inner.SetRoom(world.inner_id, 1000);
  EXPECT_TRUE(world.tls.Send(world.id, "e").has_value());
  world.Exchange();
  EXPECT_EQ(world.at_server, "bce");
  EXPECT_THAT(world.chunks, ElementsAre("a", "d"));
}

TEST(TlsTransportTest, AnswersThatTheTargetNeverReadsAreBounded) {
  World world;
  ASSERT_TRUE(world.Shake());
  world.inner.SetRoom(world.inner_id, 0);
  int updates = 0;
  for (; !world.close.has_value() && updates < 10'000; ++updates) {
    world.peer->UpdateKeys(/*answer=*/true);
    world.inner.Deliver(world.inner_id, world.peer->TakeOutput());
  }
  EXPECT_EQ(world.close, CloseKind::kTlsProtocol);
  EXPECT_GT(updates, 1000);
}

TEST(TlsTransportTest, ASendWaitsForTheRestOfAMessageInTwoRecords) {
  // The client's certificate is inside the ticket, which makes it larger than one small record.
  const TestIdentity client = Authority().Sign({.common_name = std::string(60, 'c')});
  TlsServerOptions options = Trusted();
  options.client_ca = Authority().pem();
  options.max_fragment = 512;
  TlsSettings settings = Trusting();
  settings.cert_pem = client.cert;
  settings.key_pem = client.key;
  World world(options, settings);
  ASSERT_TRUE(world.Shake());
  world.peer->SendTicket();
  const std::string ticket = world.peer->TakeOutput();
  ASSERT_GT(ticket.size(), 600u);
  world.inner.Deliver(world.inner_id, ticket.substr(0, 600));
  EXPECT_FALSE(world.tls.Send(world.id, "request").has_value());
  EXPECT_EQ(world.tls.UnsentBytes(world.id), 7u);
  world.inner.Deliver(world.inner_id, ticket.substr(600));
  EXPECT_THAT(world.events, ElementsAre("connected", "first byte", "all sent"));
  world.ToServer();
  EXPECT_EQ(world.at_server, "request");
}

TEST(TlsTransportTest, RenegotiationIsRefusedAndTheConnectionGoesOn) {
  TlsServerOptions options = Trusted();
  options.max_version = kTls12;
  World world(options);
  ASSERT_TRUE(world.Shake());
  world.peer->AskForRenegotiation();
  world.inner.Deliver(world.inner_id, world.peer->TakeOutput());
  EXPECT_THAT(world.events, ElementsAre("connected"));
  EXPECT_GT(world.inner.TakeSent(world.inner_id).size(), 0u);  // a warning: no_renegotiation
}

TEST(TlsTransportTest, CloseInEveryHandlerIsTheLastOfIt) {
  for (const std::string at : {"connected", "data", "closed", "connect failed"}) {
    World world;
    world.on_event = [&](std::string_view event) {
      if (event == at) world.tls.Close(world.id);
    };
    if (at == "connect failed") {
      world.inner.Deliver(world.inner_id, "no TLS");
    } else if (world.Shake(), at != "connected") {
      const std::string two = world.FromServer({"a", "b"});
      world.peer->CloseNotify();
      world.inner.Deliver(world.inner_id, two + world.peer->TakeOutput());
    }
    EXPECT_EQ(world.events.back(), at);
    EXPECT_FALSE(world.inner.open(world.inner_id));
    EXPECT_FALSE(world.tls.Handshaking(world.id));
    world.tls.Close(world.id);
  }
}

TEST(TlsTransportTest, NothingIsAllocatedForARequestAfterWarmUp) {
  World world;
  ASSERT_TRUE(world.Shake());
  world.inner.Discard();
  world.discard = true;
  std::vector<std::string> responses;
  for (int i = 0; i < 300; ++i) responses.push_back(world.FromServer({std::string(200, 'r')}));
  const std::string request(200, 'q');
  uint64_t before = 0;
  for (size_t i = 0; i < responses.size(); ++i) {
    if (i == 100) before = AllocationsOfThisThread();
    ASSERT_TRUE(world.tls.Send(world.id, request).has_value());
    world.inner.Deliver(world.inner_id, responses[i]);
  }
  EXPECT_EQ(AllocationsOfThisThread(), before);
}

}  // namespace
}  // namespace muster
