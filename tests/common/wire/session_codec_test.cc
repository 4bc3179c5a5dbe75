#include "common/wire/session_codec.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/wire/plan_codec.h"
#include "muster/v1/session.pb.h"
#include "tests/common/wire/hostile_bytes.h"

namespace muster {
namespace {

// Every message with every field unlike its default.
std::vector<WorkerMessage> WorkerMessages() {
  Hello hello;
  hello.protocol = 9;
  hello.build = "0.1.0";
  hello.instance = UINT64_MAX;
  hello.name = "host-7f3a";
  hello.weight = 3;
  hello.threads = 2;
  hello.lease = Duration::Seconds(10);
  hello.run_id = "run-1";
  hello.group = "eu";
  return {hello,
          Ping{5, MonoTime::FromNanos(123'456'789'012)},
          Ready{"run-1", std::string(64, 'a'), "too few descriptors", 2, Duration::Nanos(-77),
                Duration::Nanos(12)},
          Batch{"run-1", 6, std::string("\0\xff bytes", 8)},
          Bye{"terminated"},
          Amended{"run-1", 2, "too late"}};
}

std::vector<MasterMessage> MasterMessages() {
  return {Welcome{"duplicate name", true},
          Pong{5, MonoTime::FromNanos(1), MonoTime::FromNanos(2), MonoTime::FromNanos(3)},
          Prepare{"run-1", std::string("\0plan", 5), std::string(64, 'b'), {1, {1, 2, 3}}, true},
          StartRun{"run-1", MonoTime::FromNanos(99)},
          Ack{"run-1", UINT64_MAX},
          StopRun{"run-1", true},
          FinishRun{"run-1", "given up"},
          AmendPlan{"run-1",
                    {{RunTime::FromNanos(7), Duration::Nanos(8)},
                     {RunTime::FromNanos(15), Duration::Nanos(1)}},
                    std::string(64, 'c')}};
}

StatusOr<WorkerMessage> ThroughWire(const WorkerMessage& message) {
  v1::WorkerToMaster wire, parsed;
  ToProto(message, &wire);
  EXPECT_TRUE(parsed.ParseFromString(wire.SerializeAsString()));
  return FromProto(parsed);
}

StatusOr<MasterMessage> ThroughWire(const MasterMessage& message) {
  v1::MasterToWorker wire, parsed;
  ToProto(message, &wire);
  EXPECT_TRUE(parsed.ParseFromString(wire.SerializeAsString()));
  return FromProto(parsed);
}

TEST(SessionCodec, RoundTripsEveryMessage) {
  ASSERT_EQ(WorkerMessages().size(), std::variant_size_v<WorkerMessage>);
  ASSERT_EQ(MasterMessages().size(), std::variant_size_v<MasterMessage>);
  for (const WorkerMessage& message : WorkerMessages()) {
    const auto back = ThroughWire(message);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_TRUE(*back == message) << message.index();
  }
  for (const MasterMessage& message : MasterMessages()) {
    const auto back = ThroughWire(message);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_TRUE(*back == message) << message.index();
  }
}

TEST(SessionCodec, ToProtoOverwrites) {
  v1::WorkerToMaster wire;
  ToProto(WorkerMessages()[0], &wire);
  ToProto(WorkerMessage(Bye{"x"}), &wire);
  EXPECT_TRUE(*FromProto(wire) == WorkerMessage(Bye{"x"}));
}

TEST(SessionCodec, NoMessageIsRefused) {
  EXPECT_FALSE(FromProto(v1::WorkerToMaster()).ok());
  EXPECT_FALSE(FromProto(v1::MasterToWorker()).ok());
}

TEST(SessionCodec, TextsForPeopleAreCutAndMadePrintable) {
  const auto bye = std::get<Bye>(*ThroughWire(WorkerMessage(Bye{std::string(10'000, 'x')})));
  EXPECT_EQ(bye.reason.size(), kMaxReasonBytes);
  const auto welcome = std::get<Welcome>(*ThroughWire(MasterMessage(Welcome{"a\x1b[2J\n", true})));
  EXPECT_EQ(welcome.refused, "a [2J ");
  v1::WorkerToMaster wire;
  wire.mutable_bye()->set_reason(std::string(kMaxReasonBytes + 1, 'x'));
  EXPECT_FALSE(FromProto(wire).ok());
}

template <typename Variant>
void ExpectRefused(const Variant& message, const std::string& error) {
  const auto back = ThroughWire(message);
  ASSERT_FALSE(back.ok()) << error;
  EXPECT_EQ(Message(back.status()).substr(0, error.size()), error);
}

TEST(SessionCodec, RefusesWorkersMessagesOutOfRangeByName) {
  const auto hello = [](void (*change)(Hello*)) {
    Hello h = std::get<Hello>(WorkerMessages()[0]);
    change(&h);
    return WorkerMessage(h);
  };
  const auto ready = [](void (*change)(Ready*)) {
    Ready r = std::get<Ready>(WorkerMessages()[2]);
    change(&r);
    return WorkerMessage(r);
  };
  const std::pair<WorkerMessage, std::string> cases[] = {
      {hello([](Hello* h) { h->name = std::string(129, 'x'); }), "hello: name is longer"},
      {hello([](Hello* h) { h->name = "a\nb"; }), "hello: name holds a control"},
      {hello([](Hello* h) { h->name = ""; }), "hello: name is empty"},
      {hello([](Hello* h) { h->build = std::string(129, 'x'); }), "hello: build"},
      {hello([](Hello* h) { h->run_id = "\x7f"; }), "hello: run_id"},
      {hello([](Hello* h) { h->group = std::string(129, 'x'); }), "hello: group"},
      {hello([](Hello* h) { h->weight = 0; }), "hello: weight"},
      {hello([](Hello* h) { h->threads = 5000; }), "hello: threads"},
      {hello([](Hello* h) { h->lease = Duration::Nanos(-1); }), "hello: lease"},
      {Ping{1, MonoTime::Max()}, "ping: sent"},
      {ready([](Ready* r) { r->plan_hash = std::string(129, 'a'); }), "ready: plan_hash"},
      {ready([](Ready* r) { r->clock_offset = Duration::Max(); }), "ready: clock_offset"},
      {ready([](Ready* r) { r->clock_error = Duration::Nanos(-1); }), "ready: clock_error"},
      {Batch{"r", 0, "x"}, "batch: sequence"},
      {Batch{"r", 1, std::string(kMaxBatchBytes + 1, 'x')}, "batch: batch"},
  };
  for (const auto& [message, error] : cases) ExpectRefused(message, error);
}

TEST(SessionCodec, RefusesMastersMessagesOutOfRangeByName) {
  const auto prepare = [](void (*change)(Prepare*)) {
    Prepare p = std::get<Prepare>(MasterMessages()[2]);
    change(&p);
    return MasterMessage(p);
  };
  const std::pair<MasterMessage, std::string> cases[] = {
      {prepare([](Prepare* p) { p->plan = std::string(kMaxPlanBytes + 1, 'x'); }), "prepare: plan"},
      {prepare([](Prepare* p) { p->assignment.weights.clear(); }), "prepare: assignment.weights"},
      {prepare([](Prepare* p) { p->assignment.weights.assign(1001, 1); }),
       "prepare: assignment.weights"},
      {prepare([](Prepare* p) {
         p->assignment.weights = {1, 0};
       }),
       "prepare: assignment.weight"},
      {prepare([](Prepare* p) {
         p->assignment.weights = {500, 501};
       }),
       "prepare: the sum of"},
      {prepare([](Prepare* p) { p->assignment.worker = 3; }), "prepare: assignment.worker"},
      {Pong{1, MonoTime::Max(), {}, {}}, "pong: ping_sent"},
      {StartRun{"r", MonoTime::FromNanos(INT64_MIN)}, "start: t0"},
      {Ack{std::string(129, 'r'), 1}, "ack: run_id"},
      {StopRun{"\t", true}, "stop: run_id"},
      {FinishRun{"\t", ""}, "finish: run_id"},
      {AmendPlan{"\n", {}, ""}, "amend: run_id"},
      {AmendPlan{"r", std::vector<HandHold>(kMaxHandHolds + 1), ""}, "amend: holds has 1201"},
      {AmendPlan{"r", {{RunTime::FromNanos(-1), Duration::Nanos(1)}}, ""}, "amend: hold.at"},
      {AmendPlan{"r", {{RunTime(), Duration::Nanos(-1)}}, ""}, "amend: hold.length"},
      {AmendPlan{"r", {}, std::string(129, 'x')}, "amend: plan_hash"},
  };
  for (const auto& [message, error] : cases) ExpectRefused(message, error);
}

TEST(SessionCodec, HostileBytesDoNoHarm) {
  for (const WorkerMessage& message : WorkerMessages()) {
    v1::WorkerToMaster wire;
    ToProto(message, &wire);
    const auto decode = [](const std::string& bytes) {
      v1::WorkerToMaster parsed;
      if (parsed.ParseFromString(bytes)) (void)FromProto(parsed).ok();
    };
    DecodeDamaged(wire.SerializeAsString(), decode);
    DecodeRandom(wire.SerializeAsString(), decode);
  }
  for (const MasterMessage& message : MasterMessages()) {
    v1::MasterToWorker wire;
    ToProto(message, &wire);
    const auto decode = [](const std::string& bytes) {
      v1::MasterToWorker parsed;
      if (parsed.ParseFromString(bytes)) (void)FromProto(parsed).ok();
    };
    DecodeDamaged(wire.SerializeAsString(), decode);
    DecodeRandom(wire.SerializeAsString(), decode);
  }
}

}  // namespace
}  // namespace muster
