#include "worker/engine/exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/worker/engine/fake_transport.h"
#include "tests/worker/engine/test_plans.h"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr std::string_view kWhole = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr MonoTime kT0 = MonoTime::FromNanos(1'000'000'000);

// An exchange without an engine: the test starts requests and plays the network.
class ExchangeTest : public testing::Test, public ExchangeOwner {
 protected:
  void Make(PlanSpec spec, uint64_t connections) {
    plan_ = MakePlan(std::move(spec));
    recorder_.emplace(*plan_, 0, plan_->load_end());
    exchange_.emplace(*plan_, Exchange::Limits{connections, Duration()},
                      std::vector<Endpoint>{Endpoint()}, 0, &transport_, &clock_, &requests_,
                      &*recorder_, this);
  }
  // A request that is due and handled now.
  uint32_t Start() {
    const uint32_t index = requests_.Acquire();
    requests_[index] = Request();
    requests_[index].times.due = requests_[index].times.handled = clock_.now();
    recorder_->Due(clock_.now(), 0, 0);
    recorder_->Started(clock_.now(), 0, 0);
    exchange_->Start(index);
    exchange_->Settle();
    return index;
  }
  void Connect(ConnectionId id, ConnectReport report = {}) {
    report.established = now_;
    exchange_->OnConnected(id, report);
    exchange_->Settle();
  }
  // What was recorded since the last time, as one cell. The exchange's owner here ends nothing.
  Cell Sum() {
    Cell sum;
    const auto delta = recorder_->Take(clock_.now(), /*last=*/false);
    for (const auto& [key, cell] : delta->cells) sum.Merge(cell);
    return sum;
  }
  void After(Duration span) { clock_.Tick(now_ += span); }

  MonoTime now_ = kT0;
  RunClock clock_{kT0};
  FakeTransport transport_;
  std::shared_ptr<const Plan> plan_;
  SlotPool<Request> requests_;
  std::optional<Recorder> recorder_;
  std::optional<Exchange> exchange_;
  std::vector<std::pair<uint32_t, int>> completed_;
  std::vector<std::pair<uint32_t, ErrorClass>> failed_;

 private:
  void OnRequestCompleted(uint32_t request, int status) override {
    completed_.emplace_back(request, status);
  }
  void OnRequestFailed(uint32_t request, ErrorClass error) override {
    failed_.emplace_back(request, error);
  }
};

TEST_F(ExchangeTest, ARequestWaitsForItsConnectionAndItsTimesSaySo) {
  Make(ClosedSpec(1, 1), 1);
  clock_.Tick(now_);
  const uint32_t request = Start();
  EXPECT_TRUE(transport_.sent.empty());
  After(Duration::Millis(3));
  Connect(1);
  ASSERT_EQ(transport_.sent.size(), 1U);
  After(Duration::Millis(1));
  exchange_->OnFirstByteSent(1, now_);
  EXPECT_EQ(requests_[request].times.handled, RunTime());  // it had to wait, so that is no lag
  EXPECT_EQ(requests_[request].times.sent, RunTime() + Duration::Millis(4));
  exchange_->OnData(1, kWhole);
  EXPECT_THAT(completed_, ElementsAre(Pair(request, 200)));
  EXPECT_EQ(requests_[request].bytes_received, kWhole.size());
  EXPECT_EQ(requests_[request].bytes_sent, transport_.sent[0].bytes.size());
}

TEST_F(ExchangeTest, WhatWaitedForNothingIsHandledAsItIsSent) {
  Make(ClosedSpec(1, 1), 1);
  clock_.Tick(now_);
  Start();
  Connect(1);
  exchange_->OnFirstByteSent(1, now_);
  exchange_->OnData(1, kWhole);
  const uint32_t second = Start();
  After(Duration::Micros(7));  // the engine's own, on other requests
  exchange_->OnFirstByteSent(1, now_);
  EXPECT_EQ(requests_[second].times.handled - requests_[second].times.due, Duration::Micros(7));
  EXPECT_EQ(requests_[second].times.sent, requests_[second].times.handled);
}

TEST_F(ExchangeTest, TakingBackClosesTheConnectionAndTellsWhatWasWaitedFor) {
  Make(ClosedSpec(3, 1), 2);
  clock_.Tick(now_);
  Start();
  const uint32_t connecting = Start();
  const uint32_t waiting = Start();
  EXPECT_EQ(exchange_->TakeBack(waiting), ErrorClass::kTimeout);  // for a free connection
  EXPECT_EQ(exchange_->TakeBack(connecting), ErrorClass::kConnectTimeout);
  Connect(2);
  EXPECT_EQ(exchange_->TakeBack(0), ErrorClass::kTimeout);
  EXPECT_TRUE(transport_.connections[1].closed);
}

TEST_F(ExchangeTest, AnIdleConnectionThatTheTargetClosesTellsHowLongItWasIdle) {
  Make(ClosedSpec(2, 1), 2);
  clock_.Tick(now_);
  Start();
  Connect(1);
  exchange_->OnFirstByteSent(1, now_);
  exchange_->OnData(1, kWhole);
  After(Duration::Millis(70));
  exchange_->OnClosed(1, CloseKind::kEnd);
  const Cell cell = Sum();
  EXPECT_EQ(cell.counts.idle_closed, 1U);
  EXPECT_EQ(cell.counts.unanswered, 0U);
  const Histogram& idle = cell.latency[static_cast<size_t>(LatencyKind::kIdleClosed)];
  ASSERT_EQ(idle.count(), 1U);
  EXPECT_EQ(idle.max(), Duration::Millis(70).nanos());
}

TEST_F(ExchangeTest, AConnectionThatWasNeverUsedTellsNothingOfKeepAlive) {
  Make(ClosedSpec(2, 1), 2);
  clock_.Tick(now_);
  Start();
  Start();
  Connect(1);
  exchange_->OnFirstByteSent(1, now_);
  exchange_->OnData(1, kWhole);
  ASSERT_EQ(transport_.sent.size(), 2U) << "the first connection has taken what waited";
  Connect(2);
  After(Duration::Millis(70));
  exchange_->OnClosed(2, CloseKind::kEnd);
  EXPECT_EQ(Sum().counts.idle_closed, 0U);
}

TEST_F(ExchangeTest, AConnectionOnWhichNothingEverCameIsUnanswered) {
  Make(ClosedSpec(2, 1), 2);
  clock_.Tick(now_);
  Start();
  Connect(1);
  exchange_->OnFirstByteSent(1, now_);
  exchange_->OnClosed(1, CloseKind::kReset);
  const uint32_t late = Start();
  Connect(2);
  exchange_->OnFirstByteSent(2, now_);
  exchange_->TakeBack(late);
  EXPECT_EQ(Sum().counts.unanswered, 2U);

  const uint32_t half = Start();
  Connect(3);
  exchange_->OnFirstByteSent(3, now_);
  exchange_->OnData(3, kWhole.substr(0, 5));
  exchange_->TakeBack(half);
  EXPECT_EQ(Sum().counts.unanswered, 0U) << "something had come back";
}

TEST_F(ExchangeTest, MarksOfAResponseGoWithItsRequest) {
  Make(ClosedSpec(1, 1), 1);
  clock_.Tick(now_);
  const uint32_t request = Start();
  Connect(1);
  exchange_->OnFirstByteSent(1, now_);
  exchange_->OnData(1, "HTTP/1.1 200 OK\r\nAge: 3\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(requests_[request].marks, kCached);
  FieldNames names;
  names.Add("age");
  names.Add("content-length");
  EXPECT_EQ(requests_[request].fields, names.fingerprint());
}

TEST_F(ExchangeTest, SoDoThoseOfOneThatEndsWithItsConnection) {
  Make(ClosedSpec(1, 1), 1);
  clock_.Tick(now_);
  const uint32_t request = Start();
  Connect(1);
  exchange_->OnFirstByteSent(1, now_);
  exchange_->OnData(1, "HTTP/1.1 200 OK\r\nAge: 3\r\n\r\nbody");
  exchange_->OnClosed(1, CloseKind::kEnd);
  EXPECT_EQ(requests_[request].marks, kCached);
  FieldNames names;
  names.Add("age");
  EXPECT_EQ(requests_[request].fields, names.fingerprint());
}

TEST_F(ExchangeTest, AnAttemptThatIsInItsHandshakeEndsAsThat) {
  Make(ClosedSpec(1, 1), 1);
  clock_.Tick(now_);
  transport_.handshaking = true;
  const uint32_t request = Start();
  After(Duration::Seconds(6));
  exchange_->ExpireConnects();
  EXPECT_THAT(failed_, ElementsAre(Pair(request, ErrorClass::kTlsTimeout)));
}

TEST_F(ExchangeTest, EndsOfTlsHaveTheirOwnClasses) {
  Make(ClosedSpec(1, 1), 1);
  clock_.Tick(now_);
  ConnectionId id = 0;
  for (const auto& [kind, error] : {std::pair(CloseKind::kTlsAlert, ErrorClass::kTlsRefused),
                                    std::pair(CloseKind::kTlsProtocol, ErrorClass::kTlsProtocol),
                                    std::pair(CloseKind::kTruncated, ErrorClass::kEarlyClose)}) {
    failed_.clear();
    const uint32_t request = Start();
    Connect(++id);
    exchange_->OnFirstByteSent(id, now_);
    exchange_->OnClosed(id, kind);
    EXPECT_THAT(failed_, ElementsAre(Pair(request, error)));
  }
}

// A body that ends with the connection is whole only when the peer said that it is its end.
TEST_F(ExchangeTest, ACutTlsStreamCompletesNoBody) {
  for (const auto& [kind, whole] :
       {std::pair(CloseKind::kEnd, true), std::pair(CloseKind::kTruncated, false)}) {
    Make(ClosedSpec(1, 1), 1);
    transport_ = FakeTransport();
    completed_.clear();
    clock_.Tick(now_);
    Start();
    Connect(1);
    exchange_->OnFirstByteSent(1, now_);
    exchange_->OnData(1, "HTTP/1.1 200 OK\r\n\r\npart");
    exchange_->OnClosed(1, kind);
    EXPECT_EQ(completed_.size(), whole ? 1U : 0U);
  }
}

TEST_F(ExchangeTest, AskedForHttp2OverTlsAnotherChoiceIsAnError) {
  PlanSpec spec = ClosedSpec(1, 1);
  spec.http = HttpVersion::k2;
  Make(spec, 1);
  clock_.Tick(now_);
  const uint32_t request = Start();
  Connect(1, {.established = now_, .tls = true, .alpn_http2 = false});
  EXPECT_THAT(failed_, ElementsAre(Pair(request, ErrorClass::kH2Unsupported)));
  EXPECT_TRUE(transport_.connections[0].closed);
}

TEST_F(ExchangeTest, AutoSpeaksWhatTheTargetChoseAndHttp1WithoutTls) {
  PlanSpec spec = ClosedSpec(3, 1);
  spec.http = HttpVersion::kAuto;
  Make(spec, 3);
  clock_.Tick(now_);
  for (int i = 0; i < 3; ++i) Start();
  Connect(1, {.established = now_, .tls = true, .alpn_http2 = true});
  ASSERT_EQ(transport_.sent.size(), 1U);
  EXPECT_TRUE(transport_.last_sent.starts_with("PRI * HTTP/2.0"));
  Connect(2, {.established = now_, .tls = true, .alpn_http2 = false});
  Connect(3);
  ASSERT_EQ(transport_.sent.size(), 3U);
  EXPECT_TRUE(transport_.sent[1].bytes.starts_with("GET / HTTP/1.1"));
  EXPECT_TRUE(transport_.sent[2].bytes.starts_with("GET / HTTP/1.1"));
}

TEST_F(ExchangeTest, HandshakesAreCountedAndTimedFromWhenTheConnectionWasThere) {
  Make(ClosedSpec(2, 1), 2);
  clock_.Tick(now_);
  Start();
  Start();
  After(Duration::Millis(2));
  const MonoTime established = now_;
  After(Duration::Millis(5));
  exchange_->OnConnected(1, {.established = established, .tls = true});
  exchange_->OnConnected(2, {.established = established, .tls = true, .resumed = true});
  EXPECT_EQ(exchange_->TakeBack(0), ErrorClass::kTimeout);
  EXPECT_EQ(exchange_->TakeBack(1), ErrorClass::kTimeout);
  for (const uint32_t request : {0U, 1U}) {
    recorder_->Failed(clock_.now(), requests_[request].times, {}, ErrorClass::kTimeout, false);
  }
  const auto delta = recorder_->Take(RunTime(), true);
  const Cell& cell = delta->cells.begin()->second;
  EXPECT_EQ(cell.counts.tls_handshakes, 2U);
  EXPECT_EQ(cell.counts.tls_resumed, 1U);
  EXPECT_EQ(cell.latency[static_cast<size_t>(LatencyKind::kConnect)].max(), 2'000'000);
  EXPECT_EQ(cell.latency[static_cast<size_t>(LatencyKind::kTls)].max(), 5'000'000);
}

}  // namespace
}  // namespace muster
