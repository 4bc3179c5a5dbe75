#include "master/session/worker_registry.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

constexpr MonoTime kNow = MonoTime::FromNanos(1'000'000'000'000);

Hello HelloOf(const std::string& name, uint64_t instance) {
  Hello hello;
  hello.build = "0.1.0";
  hello.name = name;
  hello.instance = instance;
  hello.lease = Duration::Seconds(10);
  return hello;
}

class WorkerRegistryTest : public testing::Test {
 protected:
  WorkerRegistry::Admission Admit(const Hello& hello, MonoTime now = kNow) {
    return registry_.Admit(hello, "10.0.0.9:1", now);
  }
  WorkerRegistry registry_{"0.1.0"};
};

TEST_F(WorkerRegistryTest, IdsAreInOrderOfArrivalTheListIsByName) {
  EXPECT_EQ(Admit(HelloOf("b", 1)).id, 0U);
  EXPECT_EQ(Admit(HelloOf("a", 2)).id, 1U);
  EXPECT_EQ(registry_.LiveText(3), "2/3 workers: a b");
}

TEST_F(WorkerRegistryTest, TheSameProcessResumesUnderItsId) {
  Admit(HelloOf("a", 1));
  registry_.Unlinked(0);
  EXPECT_EQ(registry_.LiveText(1), "0/1 workers");
  const auto again = Admit(HelloOf("a", 1));
  EXPECT_EQ(again.id, 0U);
  EXPECT_TRUE(again.resumed);
}

TEST_F(WorkerRegistryTest, ADuplicateIsRefusedForGoodWhileTheFirstIsLively) {
  Admit(HelloOf("a", 1));
  const auto second = Admit(HelloOf("a", 2), kNow + WorkerRegistry::kLively);
  EXPECT_FALSE(second.id);
  EXPECT_TRUE(second.welcome.final);
  EXPECT_NE(second.welcome.refused.find("choose another --name"), std::string::npos);
}

TEST_F(WorkerRegistryTest, ADuplicateOfASilentWorkerIsToldToTryAgain) {
  Admit(HelloOf("a", 1));
  const auto second = Admit(HelloOf("a", 2), kNow + WorkerRegistry::kLively + Duration::Nanos(1));
  EXPECT_FALSE(second.id);
  EXPECT_FALSE(second.welcome.final);
}

TEST_F(WorkerRegistryTest, ARestartedProcessGetsAnIdOfItsOwn) {
  Admit(HelloOf("a", 1));
  registry_.Unlinked(0);
  const auto restarted = Admit(HelloOf("a", 2));
  EXPECT_EQ(restarted.id, 1U);
  EXPECT_FALSE(restarted.resumed);
}

TEST_F(WorkerRegistryTest, ANameIsFreeAgainAfterBye) {
  Admit(HelloOf("a", 1));
  registry_.SetState(0, WorkerState::kLeft);
  EXPECT_TRUE(Admit(HelloOf("a", 2)).id);
}

TEST_F(WorkerRegistryTest, AnswersAPingAtOnceAndHearsIt) {
  Admit(HelloOf("a", 1));
  const MonoTime later = kNow + Duration::Seconds(3);
  const Pong pong = registry_.Answer(0, Ping{7, MonoTime::FromNanos(5)}, later);
  EXPECT_EQ(pong, (Pong{7, MonoTime::FromNanos(5), later, later}));
  EXPECT_EQ(registry_.entry(0).last_heard, later);
}

TEST_F(WorkerRegistryTest, WhatCannotWorkIsRefusedForGood) {
  const auto refused = [&](auto change) {
    Hello hello = HelloOf("x", 9);
    change(hello);
    const auto admission = Admit(hello);
    return !admission.id && admission.welcome.final && !admission.welcome.refused.empty();
  };
  EXPECT_TRUE(refused([](Hello& h) { h.protocol = kProtocolVersion + 1; }));
  EXPECT_TRUE(refused([](Hello& h) { h.build = "0.2.0"; }));
  EXPECT_TRUE(refused([](Hello& h) { h.name = ""; }));
  EXPECT_TRUE(refused([](Hello& h) { h.name = "a b"; }));
  EXPECT_TRUE(refused([](Hello& h) { h.name = std::string(129, 'x'); }));
  EXPECT_TRUE(refused([](Hello& h) { h.weight = 0; }));
  EXPECT_TRUE(refused([](Hello& h) { h.weight = 1001; }));
  EXPECT_TRUE(refused([](Hello& h) { h.threads = 1025; }));
  EXPECT_TRUE(refused([](Hello& h) { h.lease = Duration::Millis(999); }));
  EXPECT_TRUE(refused([](Hello& h) { h.lease = Duration::Seconds(601); }));
  EXPECT_TRUE(refused([](Hello& h) { h.group = "e u"; }));
  EXPECT_TRUE(refused([](Hello& h) { h.group = std::string(129, 'x'); }));
  EXPECT_FALSE(refused([](Hello& h) { h.group = "eu"; }));
}

TEST_F(WorkerRegistryTest, TheThousandAndFirstIsToldToTryAgain) {
  for (uint64_t i = 0; i < WorkerRegistry::kMaxWorkers; ++i) {
    ASSERT_TRUE(Admit(HelloOf("w" + std::to_string(i), i)).id);
  }
  const auto more = Admit(HelloOf("more", 1));
  EXPECT_FALSE(more.id);
  EXPECT_FALSE(more.welcome.final);
}

}  // namespace
}  // namespace muster
