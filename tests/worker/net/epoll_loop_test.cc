#include "worker/net/epoll_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/loopback_server.h"

namespace muster {
namespace {

TEST(EpollLoopTest, AdvanceIsCalledAtTheTimesItAsksForAndNeverEarly) {
  auto loop = EpollLoop::Create().value();
  std::vector<MonoTime> asked;
  std::vector<MonoTime> called;
  loop->Finish();
  loop->Run([&](MonoTime now) {
    called.push_back(now);
    if (called.size() > 20) return MonoTime::Max();
    asked.push_back(now + Duration::Micros(100 * static_cast<int64_t>(called.size())));
    return asked.back();
  });
  EXPECT_TRUE(std::is_sorted(called.begin(), called.end()));
  // The first may be early: the wake-up of Finish comes between.
  for (size_t i = 1; i < asked.size(); ++i) EXPECT_GE(called[i + 1], asked[i]);
}

TEST(EpollLoopTest, ItEndsOnlyWhenBothTheEngineIsDoneAndFinishWasAsked) {
  auto loop = EpollLoop::Create().value();
  std::atomic<int> calls{0};
  std::atomic<bool> ended{false};
  std::thread thread([&] {
    loop->Run([&](MonoTime) {
      ++calls;
      return MonoTime::Max();
    });
    ended = true;
  });
  // Posted functions run although the engine is done, and each is followed by an advance.
  std::atomic<int> ran{0};
  for (int i = 0; i < 100; ++i) {
    loop->Post([&] { ++ran; });
    while (ran.load() <= i) std::this_thread::yield();
    EXPECT_FALSE(ended);
  }
  loop->Finish();
  thread.join();
  EXPECT_GE(calls.load(), 100);
}

TEST(EpollLoopTest, PostedFunctionsOfOneThreadRunInOrderBeforeTheNextAdvance) {
  auto loop = EpollLoop::Create().value();
  constexpr int kPosts = 2000;
  std::vector<int> ran;
  bool advanced_after_last = false;
  std::thread poster([&] {
    for (int i = 0; i < kPosts; ++i) loop->Post([&ran, i] { ran.push_back(i); });
    loop->Finish();
  });
  loop->Run([&](MonoTime) {
    advanced_after_last = ran.size() == kPosts;
    return MonoTime::Max();
  });
  poster.join();
  EXPECT_TRUE(advanced_after_last);
  EXPECT_EQ(ran.size(), static_cast<size_t>(kPosts));
  EXPECT_TRUE(std::is_sorted(ran.begin(), ran.end()));
}

TEST(EpollLoopTest, AnEngineThatIsAlwaysLateStillGetsEventsAndPosts) {
  const LoopbackServer server(Endpoint::Family::kIpv4, {});
  auto loop = EpollLoop::Create().value();
  struct Handler : TransportHandler {
    void OnConnected(ConnectionId, const ConnectReport&, MonoTime) override { connected = true; }
    void OnConnectFailed(ConnectionId, ErrorClass, MonoTime) override {}
    void OnFirstByteSent(ConnectionId, MonoTime) override {}
    void OnData(ConnectionId, std::string_view, MonoTime) override {}
    void OnClosed(ConnectionId, CloseKind, MonoTime) override {}
    bool connected = false;
  } handler;
  loop->transport()->SetHandler(&handler);
  loop->transport()->Connect(server.endpoint(), 0);
  bool posted = false;
  loop->Post([&] { posted = true; });
  loop->Finish();
  loop->Run([&](MonoTime now) {
    return handler.connected && posted ? MonoTime::Max() : now - Duration::Millis(1);
  });
  EXPECT_TRUE(handler.connected);
}

TEST(EpollLoopTest, UsageTellsHandlersFromWaitingAndStartsAnewWhenTaken) {
  auto loop = EpollLoop::Create().value();
  loop->Finish();
  std::vector<LoopUsage> usages;
  int calls = 0;
  loop->Run([&](MonoTime now) {
    if (++calls % 2 == 0) {
      while (MonotonicNow() - now < Duration::Millis(2)) {
      }
      return now + Duration::Millis(12);
    }
    usages.push_back(loop->TakeUsage());
    return calls > 4 ? MonoTime::Max() : now;
  });
  ASSERT_EQ(usages.size(), 3u);
  for (size_t i = 1; i < usages.size(); ++i) {
    EXPECT_GE(usages[i].handlers, Duration::Millis(2));
    EXPECT_LE(usages[i].handlers, usages[i].span);
    EXPECT_GE(usages[i].span, Duration::Millis(12));
    EXPECT_GT(usages[i].cpu, Duration());
    EXPECT_LE(usages[i].cpu, usages[i].span);
  }
}

}  // namespace
}  // namespace muster
