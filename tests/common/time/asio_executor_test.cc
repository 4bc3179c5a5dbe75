// What is particular to real threads; the contract is tests/conformance/executor_conformance.
#include "common/time/asio_executor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <thread>
#include <vector>

namespace muster {
namespace {

TEST(AsioExecutorTest, PostsOfManyThreadsAllRunEachThreadsInOrder) {
  constexpr int kThreads = 4;
  constexpr int kPosts = 500;
  AsioExecutor executor;
  std::vector<std::vector<int>> ran(kThreads);
  int left = kThreads * kPosts;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kPosts; ++i) {
        executor.Post([&, t, i] {
          ran[static_cast<size_t>(t)].push_back(i);
          if (--left == 0) executor.Stop();
        });
      }
    });
  }
  executor.Run();
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<int>& one : ran) {
    EXPECT_EQ(one.size(), static_cast<size_t>(kPosts));
    EXPECT_TRUE(std::is_sorted(one.begin(), one.end()));
  }
}

TEST(AsioExecutorTest, APostWakesARunThatWaitsForATimer) {
  AsioExecutor executor;
  executor.ScheduleAfter(Duration::Seconds(3600), [] { ADD_FAILURE(); });
  std::thread other([&] { executor.Post([&] { executor.Stop(); }); });
  executor.Run();
  other.join();
}

TEST(AsioExecutorTest, StopEndsTheRunAndTheNextRunGoesOn) {
  AsioExecutor executor;
  std::vector<int> ran;
  const MonoTime past = executor.Now() - Duration::Millis(1);
  executor.ScheduleAt(past, [&] {
    ran.push_back(1);
    executor.Stop();
  });
  executor.ScheduleAt(past, [&] {
    ran.push_back(2);
    executor.Stop();
  });
  executor.Run();
  EXPECT_EQ(ran, std::vector<int>({1}));
  executor.Run();
  EXPECT_EQ(ran, std::vector<int>({1, 2}));
}

TEST(AsioExecutorTest, TimersDoNotStarveTheContextsOtherWork) {
  AsioExecutor executor;
  std::function<void()> again = [&] {
    executor.ScheduleAt(executor.Now() - Duration::Seconds(1), again);
  };
  executor.Post(again);
  int turns = 0;
  std::function<void()> other = [&] {
    if (++turns == 100) return executor.Stop();
    boost::asio::post(executor.io_context(), other);
  };
  boost::asio::post(executor.io_context(), other);
  executor.Run();
  EXPECT_EQ(turns, 100);
}

}  // namespace
}  // namespace muster
