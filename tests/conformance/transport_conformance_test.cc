// The contract of Transport (worker/net/transport.h), the same cases over simulated time and over
// the kernel's sockets: TCP of both families and Unix sockets; and over TLS on either.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/conformance/transport_world.h"

namespace muster {
namespace {

using testing::ElementsAre;
using End = PeerScript::End;

// All that was told about one connection.
struct Story {
  std::vector<std::string> events;  // repeated "data" is told once
  std::string data;
  std::optional<ErrorClass> error;
  std::optional<CloseKind> close;
  MonoTime connected;
  MonoTime first_byte;
  MonoTime last_data;
};

// Writes down what comes and checks what holds for every call.
class Recorder : public TransportHandler {
 public:
  explicit Recorder(TransportWorld* world) : world_(world) {}

  ConnectionId Connect(const Endpoint& endpoint) {
    const InCall in_call(this);
    const ConnectionId id = world_->transport().Connect(endpoint, 0x1000 + ++connects_);
    EXPECT_NE(id, 0u);
    EXPECT_FALSE(stories_.contains(id)) << "an id came twice";
    user_data_[id] = 0x1000 + connects_;
    stories_[id];
    return id;
  }
  void Send(ConnectionId id, std::string_view bytes) {
    const InCall in_call(this);
    const std::optional<MonoTime> sent = world_->transport().Send(id, bytes);
    if (!sent.has_value()) return;
    Note(id, "first byte", *sent, /*inside=*/true).first_byte = *sent;
  }
  void Close(ConnectionId id) {
    const InCall in_call(this);
    world_->transport().Close(id);
    silent_.insert(id);
  }
  Story& story(ConnectionId id) { return stories_.at(id); }

  void OnConnected(ConnectionId id, const ConnectReport& report, MonoTime now) override {
    EXPECT_FALSE(report.retransmitted_syn);
    Note(id, "connected", now).connected = now;
    Act(on_connected, id);
  }
  void OnConnectFailed(ConnectionId id, ErrorClass error, MonoTime now) override {
    Note(id, "connect failed", now).error = error;
    Act(on_connect_failed, id);
    silent_.insert(id);
  }
  void OnFirstByteSent(ConnectionId id, MonoTime now) override {
    Note(id, "first byte", now).first_byte = now;
    Act(on_first_byte, id);
  }
  void OnData(ConnectionId id, std::string_view data, MonoTime now) override {
    EXPECT_FALSE(data.empty());
    Story& story = Note(id, "data", now);
    story.data.append(data);
    story.last_data = now;
    Act(on_data, id);
  }
  void OnClosed(ConnectionId id, CloseKind kind, MonoTime now) override {
    Note(id, "closed", now).close = kind;
    Act(on_closed, id);
    silent_.insert(id);
  }

  std::function<void(ConnectionId)> on_connected, on_connect_failed, on_first_byte, on_data,
      on_closed;

 private:
  struct InCall {
    explicit InCall(Recorder* r) : recorder(r) { ++recorder->calls_; }
    ~InCall() { --recorder->calls_; }
    Recorder* recorder;
  };

  Story& Note(ConnectionId id, const std::string& event, MonoTime now, bool inside = false) {
    EXPECT_TRUE(calls_ == 0 || inside) << event << " was told inside a call";
    EXPECT_FALSE(silent_.contains(id)) << event << " came after the connection's end";
    EXPECT_LE(now, world_->Now());
    EXPECT_EQ(world_->transport().UserData(id), user_data_.at(id));
    Story& story = stories_.at(id);
    if (story.events.empty() || story.events.back() != event || event != "data") {
      story.events.push_back(event);
    }
    return story;
  }
  static void Act(const std::function<void(ConnectionId)>& action, ConnectionId id) {
    if (action) action(id);
  }

  TransportWorld* const world_;
  int calls_ = 0;
  uint64_t connects_ = 0;
  std::map<ConnectionId, Story> stories_;
  std::map<ConnectionId, uint64_t> user_data_;
  std::set<ConnectionId> silent_;
};

enum class Kind { kSim, kSimWithDelay, kIpv4, kIpv6, kUnix, kSimTls12, kSimTls13, kTls12, kTls13 };

constexpr int kVersion12 = 0x0303;
constexpr int kVersion13 = 0x0304;

std::unique_ptr<TransportWorld> MakeWorld(Kind kind) {
  switch (kind) {
    case Kind::kSim:
      return MakeSimWorld(Duration());
    case Kind::kSimWithDelay:
      return MakeSimWorld(Duration::Millis(3));
    case Kind::kIpv4:
      return MakeKernelWorld(Endpoint::Family::kIpv4);
    case Kind::kIpv6:
      return MakeKernelWorld(Endpoint::Family::kIpv6);
    case Kind::kUnix:
      return MakeKernelWorld(Endpoint::Family::kUnix);
    case Kind::kSimTls12:
      return MakeSimTlsWorld(Duration::Millis(3), kVersion12);
    case Kind::kSimTls13:
      return MakeSimTlsWorld(Duration::Millis(3), kVersion13);
    case Kind::kTls12:
      return MakeKernelTlsWorld(kVersion12);
    case Kind::kTls13:
      return MakeKernelTlsWorld(kVersion13);
  }
  return nullptr;
}

class TransportConformance : public testing::TestWithParam<Kind> {
 protected:
  TransportConformance() : world_(MakeWorld(GetParam())), recorder_(world_.get()) {
    world_->SetHandler(&recorder_);
  }

  Endpoint Server(const PeerScript& script) {
    server_ = world_->AddServer(script);
    return world_->ServerEndpoint(server_);
  }
  // A new connection to `endpoint`, established.
  ConnectionId Connected(const Endpoint& endpoint) {
    const ConnectionId id = recorder_.Connect(endpoint);
    EXPECT_TRUE(world_->RunUntil([&] { return !recorder_.story(id).events.empty(); }));
    EXPECT_THAT(recorder_.story(id).events, ElementsAre("connected"));
    return id;
  }
  bool RunUntilData(ConnectionId id, size_t bytes) {
    return world_->RunUntil([&] { return recorder_.story(id).data.size() >= bytes; });
  }
  bool RunUntilClosed(ConnectionId id) {
    return world_->RunUntil([&] { return recorder_.story(id).close.has_value(); });
  }
  // Whatever was under way to a silenced connection has come by when this has made its round trip.
  void RoundTrip() {
    const Endpoint endpoint =
        world_->ServerEndpoint(world_->AddServer({.wait_for = 4, .reply = "pong"}));
    const auto on_connected = std::exchange(recorder_.on_connected, nullptr);
    const auto on_data = std::exchange(recorder_.on_data, nullptr);
    const auto on_first_byte = std::exchange(recorder_.on_first_byte, nullptr);
    const ConnectionId id = Connected(endpoint);
    recorder_.Send(id, "ping");
    EXPECT_TRUE(RunUntilData(id, 4));
    recorder_.Close(id);
    recorder_.on_connected = on_connected;
    recorder_.on_data = on_data;
    recorder_.on_first_byte = on_first_byte;
  }

  std::unique_ptr<TransportWorld> world_;
  Recorder recorder_;
  size_t server_ = 0;
};

TEST_P(TransportConformance, ConnectsOnceAndKnowsTheOwnersData) {
  const ConnectionId id = Connected(Server({}));
  RoundTrip();
  EXPECT_THAT(recorder_.story(id).events, ElementsAre("connected"));
  EXPECT_TRUE(world_->transport().AllSent(id));
}

TEST_P(TransportConformance, RefusedWhereNobodyListens) {
  const ConnectionId id = recorder_.Connect(world_->RefusingEndpoint());
  EXPECT_TRUE(world_->RunUntil([&] { return recorder_.story(id).error.has_value(); }));
  EXPECT_EQ(recorder_.story(id).error, ErrorClass::kConnectRefused);
  RoundTrip();
  EXPECT_THAT(recorder_.story(id).events, ElementsAre("connect failed"));
}

TEST_P(TransportConformance, AConnectMayBeMadeFromEveryHandler) {
  const Endpoint refusing = world_->RefusingEndpoint();
  int left = 5;
  recorder_.on_connect_failed = [&](ConnectionId) {
    if (--left > 0) recorder_.Connect(refusing);
  };
  recorder_.Connect(refusing);
  EXPECT_TRUE(world_->RunUntil([&] { return left == 0; }));
}

TEST_P(TransportConformance, FirstByteIsToldBeforeTheAnswerAndNotLater) {
  const ConnectionId id = Connected(Server({.wait_for = 7, .reply = "answer"}));
  const MonoTime before = world_->Now();
  recorder_.Send(id, "request");
  const MonoTime after = world_->Now();
  EXPECT_TRUE(RunUntilData(id, 6));
  const Story& story = recorder_.story(id);
  EXPECT_THAT(story.events, ElementsAre("connected", "first byte", "data"));
  EXPECT_EQ(story.data, "answer");
  EXPECT_LE(story.connected, before);
  EXPECT_GE(story.first_byte, before);
  EXPECT_LE(story.first_byte, after);
  EXPECT_GE(story.last_data, story.first_byte);
}

TEST_P(TransportConformance, SendsArriveInOrderEachWithItsFirstByte) {
  const ConnectionId id = Connected(Server({.wait_for = 2, .reply = "ok"}));
  const std::vector<std::string> requests = {"ab", "cd", "ef", "gh"};
  for (size_t i = 0; i < requests.size(); ++i) {
    EXPECT_TRUE(world_->transport().AllSent(id));
    recorder_.Send(id, requests[i]);
    EXPECT_TRUE(RunUntilData(id, 2 * (i + 1)));
  }
  EXPECT_THAT(world_->Received(server_), ElementsAre("abcdefgh"));
  EXPECT_THAT(recorder_.story(id).events,
              ElementsAre("connected", "first byte", "data", "first byte", "data", "first byte",
                          "data", "first byte", "data"));
}

TEST_P(TransportConformance, ASendMayBeMadeInsideEveryHandler) {
  const Endpoint endpoint = Server({.wait_for = 2, .reply = "ok"});
  int answers = 0;
  recorder_.on_connected = [&](ConnectionId id) { recorder_.Send(id, "hi"); };
  recorder_.on_data = [&](ConnectionId id) {
    if (recorder_.story(id).data.size() % 2 == 0 && ++answers < 20) recorder_.Send(id, "hi");
  };
  const ConnectionId id = recorder_.Connect(endpoint);
  EXPECT_TRUE(world_->RunUntil([&] { return answers == 20; }));
  EXPECT_EQ(recorder_.story(id).events.size(), 41u);
}

TEST_P(TransportConformance, ABigSendWaitsForASlowReaderAndArrivesWhole) {
  std::string big(size_t{16} << 20, 'x');
  for (size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>('a' + i % 23);
  const ConnectionId id =
      Connected(Server({.wait_for = big.size(), .reply = "done", .hold_reading = true}));
  recorder_.Send(id, big);
  EXPECT_TRUE(world_->RunUntil([&] { return recorder_.story(id).events.size() == 2; }));
  EXPECT_THAT(recorder_.story(id).events, ElementsAre("connected", "first byte"));
  EXPECT_FALSE(world_->transport().AllSent(id));
  EXPECT_GT(world_->transport().UnsentBytes(id), 0u);
  EXPECT_LT(world_->transport().UnsentBytes(id), big.size());
  EXPECT_EQ(world_->BytesReceived(server_), 0u);
  world_->ReleaseReading(server_);
  EXPECT_TRUE(RunUntilData(id, 4));
  EXPECT_TRUE(world_->transport().AllSent(id));
  EXPECT_THAT(recorder_.story(id).events, ElementsAre("connected", "first byte", "data"));
  EXPECT_TRUE(world_->Received(server_).at(0) == big);
}

TEST_P(TransportConformance, ALargeResponseArrivesWholeAndInOrder) {
  std::string big(size_t{8} << 20, 'x');
  for (size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>('a' + i % 19);
  const ConnectionId id = Connected(Server({.wait_for = 3, .reply = big, .end = End::kClose}));
  recorder_.Send(id, "all");
  EXPECT_TRUE(RunUntilClosed(id));
  EXPECT_TRUE(recorder_.story(id).data == big);
  EXPECT_EQ(recorder_.story(id).close, CloseKind::kEnd);
}

TEST_P(TransportConformance, AnOrderlyCloseComesAfterTheData) {
  const ConnectionId id = Connected(Server({.wait_for = 2, .reply = "bye", .end = End::kClose}));
  recorder_.Send(id, "hi");
  EXPECT_TRUE(RunUntilClosed(id));
  RoundTrip();
  const Story& story = recorder_.story(id);
  EXPECT_THAT(story.events, ElementsAre("connected", "first byte", "data", "closed"));
  EXPECT_EQ(story.data, "bye");
  EXPECT_EQ(story.close, CloseKind::kEnd);
}

TEST_P(TransportConformance, ACloseWithoutAnAnswerIsAnEnd) {
  const ConnectionId id = Connected(Server({.wait_for = 2, .end = End::kClose}));
  recorder_.Send(id, "hi");
  EXPECT_TRUE(RunUntilClosed(id));
  EXPECT_THAT(recorder_.story(id).events, ElementsAre("connected", "first byte", "closed"));
  EXPECT_EQ(recorder_.story(id).close, CloseKind::kEnd);
}

TEST_P(TransportConformance, AllOfASendIsHandedOverBeforeItsAnswerAndItsEnd) {
  std::vector<size_t> unsent;
  const auto note = [&](ConnectionId id) { unsent.push_back(world_->transport().UnsentBytes(id)); };
  recorder_.on_data = recorder_.on_closed = note;
  const ConnectionId id = Connected(Server({.wait_for = 2, .reply = "bye", .end = End::kClose}));
  recorder_.Send(id, "hi");
  EXPECT_TRUE(RunUntilClosed(id));
  EXPECT_THAT(unsent, testing::AllOf(testing::SizeIs(2), testing::Each(0u)));
}

TEST_P(TransportConformance, AResetInTheMiddleOfAResponseKeepsWhatCameBefore) {
  const ConnectionId id = Connected(Server({.wait_for = 2, .reply = "hal", .end = End::kReset}));
  recorder_.Send(id, "hi");
  EXPECT_TRUE(RunUntilClosed(id));
  EXPECT_THAT(recorder_.story(id).events, ElementsAre("connected", "first byte", "data", "closed"));
  EXPECT_EQ(recorder_.story(id).data, "hal");
  EXPECT_EQ(recorder_.story(id).close, CloseKind::kReset);
}

TEST_P(TransportConformance, AResetInsteadOfAnAnswerIsAReset) {
  const ConnectionId id = Connected(Server({.wait_for = 2, .end = End::kReset}));
  recorder_.Send(id, "hi");
  EXPECT_TRUE(RunUntilClosed(id));
  EXPECT_THAT(recorder_.story(id).events, ElementsAre("connected", "first byte", "closed"));
  EXPECT_EQ(recorder_.story(id).close, CloseKind::kReset);
}

TEST_P(TransportConformance, AnAnswerBeforeTheWholeRequestIsHandedOverBeforeTheFailedSend) {
  const std::string big(size_t{16} << 20, 'x');
  size_t at_answer = 0, at_end = 0;
  recorder_.on_data = [&](ConnectionId id) { at_answer = world_->transport().UnsentBytes(id); };
  recorder_.on_closed = [&](ConnectionId id) { at_end = world_->transport().UnsentBytes(id); };
  const ConnectionId id =
      Connected(Server({.wait_for = 1, .reply = "too large", .end = End::kReset}));
  recorder_.Send(id, big);
  EXPECT_TRUE(RunUntilClosed(id));
  EXPECT_THAT(recorder_.story(id).events, ElementsAre("connected", "first byte", "data", "closed"));
  EXPECT_GT(at_answer, 0u);
  EXPECT_GT(at_end, 0u);  // what the kernel did not take by the end
  EXPECT_LT(at_end, big.size());
  EXPECT_EQ(recorder_.story(id).data, "too large");
  EXPECT_EQ(recorder_.story(id).close, CloseKind::kSendFailed);
}

TEST_P(TransportConformance, CloseWhileConnectingIsSilent) {
  const ConnectionId id = recorder_.Connect(Server({}));
  const ConnectionId refused = recorder_.Connect(world_->RefusingEndpoint());
  recorder_.Close(id);
  recorder_.Close(refused);
  RoundTrip();
  EXPECT_TRUE(recorder_.story(id).events.empty());
  EXPECT_TRUE(recorder_.story(refused).events.empty());
}

TEST_P(TransportConformance, CloseAfterSendIsSilentAndReachesTheServer) {
  const ConnectionId id = Connected(Server({.wait_for = 2, .reply = "ok"}));
  EXPECT_TRUE(world_->RunUntil([&] { return world_->OpenAtServer(server_) == 1; }));
  recorder_.Send(id, "hi");
  recorder_.Close(id);
  EXPECT_TRUE(world_->RunUntil([&] { return world_->OpenAtServer(server_) == 0; }));
  RoundTrip();
  EXPECT_THAT(recorder_.story(id).events, ElementsAre("connected", "first byte"));
}

TEST_P(TransportConformance, CloseInsideEachHandlerIsTheLastOfIt) {
  const Endpoint endpoint = Server({.wait_for = 2, .reply = "ok", .end = End::kClose});
  const auto close = [&](ConnectionId id) { recorder_.Close(id); };
  const auto send = [&](ConnectionId id) { recorder_.Send(id, "hi"); };
  std::vector<std::vector<std::string>> stories;
  const auto run = [&](const Endpoint& where, size_t events) {
    const ConnectionId id = recorder_.Connect(where);
    EXPECT_TRUE(world_->RunUntil([&] { return recorder_.story(id).events.size() == events; }));
    RoundTrip();
    stories.push_back(recorder_.story(id).events);
  };
  recorder_.on_connect_failed = close;
  run(world_->RefusingEndpoint(), 1);
  recorder_.on_connected = close;
  run(endpoint, 1);
  recorder_.on_connected = send;
  recorder_.on_data = close;
  run(endpoint, 3);
  recorder_.on_data = nullptr;
  recorder_.on_closed = close;
  run(endpoint, 4);
  EXPECT_THAT(stories, ElementsAre(ElementsAre("connect failed"), ElementsAre("connected"),
                                   ElementsAre("connected", "first byte", "data"),
                                   ElementsAre("connected", "first byte", "data", "closed")));
}

TEST_P(TransportConformance, StaleIdsAreHarmlessAndNeverNameAnother) {
  const Endpoint endpoint = Server({.wait_for = 2, .reply = "ok"});
  std::vector<ConnectionId> ended;
  for (int i = 0; i < 200; ++i) {
    const ConnectionId id = recorder_.Connect(endpoint);  // checks that the id is new
    for (const ConnectionId old : ended) world_->transport().Close(old);
    if (i % 2 == 0) {
      EXPECT_TRUE(world_->RunUntil([&] { return !recorder_.story(id).events.empty(); }));
    }
    recorder_.Close(id);
    recorder_.Close(id);
    ended.push_back(id);
  }
  const ConnectionId id = Connected(endpoint);
  for (const ConnectionId old : ended) world_->transport().Close(old);
  recorder_.Send(id, "hi");
  EXPECT_TRUE(RunUntilData(id, 2));
}

TEST_P(TransportConformance, FiveHundredConnectionsKeepTheirBytesApart) {
  const Endpoint endpoint = Server({.wait_for = 8, .reply = "response"});
  std::vector<std::string> requests;
  for (int i = 0; i < 500; ++i)
    requests.push_back("request" + std::string(1, static_cast<char>('A' + i % 26)));
  std::map<ConnectionId, std::string> request_of;
  size_t done = 0;
  recorder_.on_connected = [&](ConnectionId id) { recorder_.Send(id, request_of.at(id)); };
  recorder_.on_data = [&](ConnectionId id) {
    if (recorder_.story(id).data == "response") ++done;
  };
  for (const std::string& request : requests) request_of[recorder_.Connect(endpoint)] = request;
  EXPECT_TRUE(world_->RunUntil([&] { return done == requests.size(); }));
  EXPECT_THAT(world_->Received(server_), testing::UnorderedElementsAreArray(requests));
  for (const auto& [id, request] : request_of) {
    EXPECT_THAT(recorder_.story(id).events, ElementsAre("connected", "first byte", "data"));
  }
}

std::string NameOfKind(const testing::TestParamInfo<Kind>& info) {
  switch (info.param) {
    case Kind::kSim:
      return "Sim";
    case Kind::kSimWithDelay:
      return "SimWithDelay";
    case Kind::kIpv4:
      return "KernelIpv4";
    case Kind::kIpv6:
      return "KernelIpv6";
    case Kind::kUnix:
      return "KernelUnix";
    case Kind::kSimTls12:
      return "SimTls12";
    case Kind::kSimTls13:
      return "SimTls13";
    case Kind::kTls12:
      return "KernelTls12";
    case Kind::kTls13:
      return "KernelTls13";
  }
  return "";
}

INSTANTIATE_TEST_SUITE_P(, TransportConformance,
                         testing::Values(Kind::kSim, Kind::kSimWithDelay, Kind::kIpv4, Kind::kIpv6,
                                         Kind::kUnix, Kind::kSimTls12, Kind::kSimTls13,
                                         Kind::kTls12, Kind::kTls13),
                         NameOfKind);

}  // namespace
}  // namespace muster
