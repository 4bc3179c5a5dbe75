// The contract of Executor (common/time/executor.h), the same cases over simulated and real time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

#include "common/base/random.h"
#include "common/time/asio_executor.h"
#include "tests/sim/sim_executor.h"

namespace muster {
namespace {

constexpr Duration kMs = Duration::Millis(1);

class SimWorld {
 public:
  Executor& executor() { return executor_; }
  bool RunUntil(const std::function<bool()>& condition) {
    return executor_.RunUntilTrue(condition, executor_.Now() + Duration::Seconds(10));
  }

 private:
  SimExecutor executor_;
};

class AsioWorld {
 public:
  Executor& executor() { return executor_; }
  // The condition is asked between functions.
  bool RunUntil(const std::function<bool()>& condition) {
    const MonoTime limit = executor_.Now() + Duration::Seconds(10);
    std::function<void()> ask = [&] {
      if (condition() || executor_.Now() > limit) return executor_.Stop();
      executor_.Post(ask);
    };
    executor_.Post(ask);
    executor_.Run();
    return condition();
  }

 private:
  AsioExecutor executor_;
};

template <typename World>
class ExecutorConformance : public testing::Test {
 protected:
  Executor& executor() { return world_.executor(); }
  std::function<void()> Note(int name) {
    return [this, name] { ran_.push_back(name); };
  }
  bool RunUntilRan(size_t count) {
    return world_.RunUntil([&] { return ran_.size() >= count; });
  }

  World world_;
  std::vector<int> ran_;
};

using Worlds = testing::Types<SimWorld, AsioWorld>;
TYPED_TEST_SUITE(ExecutorConformance, Worlds);

TYPED_TEST(ExecutorConformance, TheClockDoesNotStartAtZero) {
  EXPECT_GT(this->executor().Now(), MonoTime());
}

TYPED_TEST(ExecutorConformance, NothingRunsInsideTheCallThatScheduledIt) {
  Executor& executor = this->executor();
  executor.Post(this->Note(1));
  executor.ScheduleAt(executor.Now(), this->Note(2));
  executor.ScheduleAt(executor.Now() - kMs, this->Note(3));
  EXPECT_TRUE(this->ran_.empty());
  EXPECT_TRUE(this->RunUntilRan(3));
  EXPECT_THAT(this->ran_, testing::UnorderedElementsAre(1, 2, 3));
}

TYPED_TEST(ExecutorConformance, NothingRunsInsideAnotherFunction) {
  Executor& executor = this->executor();
  executor.Post([&] {
    executor.Post(this->Note(2));
    executor.ScheduleAt(executor.Now() - kMs, this->Note(2));
    this->ran_.push_back(1);
  });
  EXPECT_TRUE(this->RunUntilRan(3));
  EXPECT_THAT(this->ran_, testing::ElementsAre(1, 2, 2));
}

TYPED_TEST(ExecutorConformance, TimeOrdersThenTheOrderOfScheduling) {
  Executor& executor = this->executor();
  const MonoTime start = executor.Now();
  executor.ScheduleAt(start + kMs * 4, this->Note(4));
  executor.ScheduleAt(start + kMs * 2, this->Note(1));
  executor.ScheduleAt(start + kMs * 3, this->Note(3));
  executor.ScheduleAt(start + kMs * 2, this->Note(2));
  executor.ScheduleAt(start - kMs, this->Note(0));
  EXPECT_TRUE(this->RunUntilRan(5));
  EXPECT_THAT(this->ran_, testing::ElementsAre(0, 1, 2, 3, 4));
}

TYPED_TEST(ExecutorConformance, AFunctionRunsAtItsTimeOrLaterAndTheClockNeverGoesBack) {
  Executor& executor = this->executor();
  MonoTime last = executor.Now();
  const MonoTime start = last;
  for (uint64_t i = 0; i < 200; ++i) {
    const uint64_t bits = RandomBits(7, RandomStream::kArrival, i);
    const MonoTime when = start + Duration::Micros(static_cast<int64_t>(RandomBelow(20'000, bits)));
    executor.ScheduleAt(when, [&, when] {
      EXPECT_GE(executor.Now(), when);
      EXPECT_GE(executor.Now(), last);
      last = executor.Now();
      this->ran_.push_back(0);
    });
  }
  EXPECT_TRUE(this->RunUntilRan(200));
}

TYPED_TEST(ExecutorConformance, PostedFunctionsRunInOrder) {
  for (int i = 0; i < 100; ++i) this->executor().Post(this->Note(i));
  EXPECT_TRUE(this->RunUntilRan(100));
  EXPECT_TRUE(std::is_sorted(this->ran_.begin(), this->ran_.end()));
}

TYPED_TEST(ExecutorConformance, ACancelledFunctionNeverRuns) {
  Executor& executor = this->executor();
  const MonoTime start = executor.Now();
  const TimerId first = executor.ScheduleAt(start + kMs, this->Note(1));
  const TimerId second = executor.ScheduleAt(start + kMs * 2, this->Note(2));
  executor.ScheduleAt(start + kMs, [&] { executor.Cancel(second); });
  executor.ScheduleAt(start + kMs * 3, this->Note(3));
  executor.Cancel(first);
  EXPECT_TRUE(this->RunUntilRan(1));
  EXPECT_THAT(this->ran_, testing::ElementsAre(3));
}

TYPED_TEST(ExecutorConformance, OneOfTwoDueTogetherMayCancelTheOther) {
  Executor& executor = this->executor();
  const MonoTime past = executor.Now() - kMs;
  TimerId second = 0;
  executor.ScheduleAt(past, [&] { executor.Cancel(second); });
  second = executor.ScheduleAt(past, this->Note(2));
  executor.ScheduleAfter(kMs, this->Note(3));
  EXPECT_TRUE(this->RunUntilRan(1));
  EXPECT_THAT(this->ran_, testing::ElementsAre(3));
}

TYPED_TEST(ExecutorConformance, CancellingWhatHasRunOrTwiceOrNothingIsHarmless) {
  Executor& executor = this->executor();
  const TimerId ran = executor.ScheduleAt(executor.Now(), this->Note(1));
  EXPECT_TRUE(this->RunUntilRan(1));
  const TimerId other = executor.ScheduleAfter(kMs, this->Note(2));
  EXPECT_NE(ran, other);
  executor.Cancel(ran);
  executor.Cancel(ran);
  executor.Cancel(0);
  EXPECT_TRUE(this->RunUntilRan(2));
  EXPECT_THAT(this->ran_, testing::ElementsAre(1, 2));
}

TYPED_TEST(ExecutorConformance, AnEarlierFunctionOvertakesOneAlreadyWaitedFor) {
  Executor& executor = this->executor();
  executor.ScheduleAfter(kMs * 20, this->Note(2));
  executor.Post([&] { executor.ScheduleAfter(kMs, this->Note(1)); });
  EXPECT_TRUE(this->RunUntilRan(2));
  EXPECT_THAT(this->ran_, testing::ElementsAre(1, 2));
}

TYPED_TEST(ExecutorConformance, AFunctionMayScheduleItselfAgain) {
  Executor& executor = this->executor();
  std::function<void()> tick = [&] {
    this->ran_.push_back(0);
    executor.ScheduleAfter(Duration::Micros(100), tick);
  };
  executor.Post(tick);
  EXPECT_TRUE(this->RunUntilRan(50));
}

}  // namespace
}  // namespace muster
