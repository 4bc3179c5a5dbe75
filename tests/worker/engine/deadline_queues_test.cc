#include "worker/engine/deadline_queues.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "common/base/random.h"

namespace muster {
namespace {

RunTime At(int64_t ns) { return RunTime::FromNanos(ns); }

TEST(DeadlineQueuesTest, NothingPendingNeverExpires) {
  const DeadlineQueues queues({Duration::Nanos(5)});
  EXPECT_EQ(queues.next(), RunTime::Max());
  EXPECT_EQ(queues.Expired(RunTime::Max()), kNoIndex);
  EXPECT_EQ(queues.any(), kNoIndex);
}

TEST(DeadlineQueuesTest, ExpiresAtTheDeadlineAndNotBefore) {
  DeadlineQueues queues({Duration::Nanos(5), Duration::Nanos(5)});
  queues.Add(7, queues.QueueOf(Duration::Nanos(5)), At(100));
  EXPECT_EQ(queues.next(), At(105));
  EXPECT_EQ(queues.Expired(At(104)), kNoIndex);
  EXPECT_EQ(queues.Expired(At(105)), 7U);
  queues.Remove(7);
  EXPECT_EQ(queues.Expired(At(105)), kNoIndex);
}

TEST(DeadlineQueuesTest, ShorterTimeoutsOvertake) {
  DeadlineQueues queues({Duration::Nanos(50), Duration::Nanos(5)});
  queues.Add(0, queues.QueueOf(Duration::Nanos(50)), At(0));
  queues.Add(1, queues.QueueOf(Duration::Nanos(5)), At(10));
  EXPECT_EQ(queues.Expired(At(60)), 1U);
  queues.Remove(1);
  EXPECT_EQ(queues.Expired(At(60)), 0U);
}

TEST(DeadlineQueuesTest, ATimeoutBeyondTimeNeverExpires) {
  DeadlineQueues queues({Duration::Max()});
  queues.Add(0, 0, At(1));
  EXPECT_EQ(queues.next(), RunTime::Max());
  EXPECT_EQ(queues.any(), 0U);
}

TEST(DeadlineQueuesTest, AgreesWithASortedMap) {
  const std::vector<Duration> values = {Duration::Nanos(3), Duration::Nanos(20),
                                        Duration::Nanos(21)};
  DeadlineQueues queues(values);
  std::map<uint32_t, RunTime> model;
  for (uint64_t i = 0; i < 20'000; ++i) {
    const uint64_t bits = RandomBits(1, RandomStream::kRequest, i);
    const RunTime now = At(static_cast<int64_t>(i));
    const auto index = static_cast<uint32_t>(RandomBelow(40, bits));
    if (model.erase(index) > 0) {
      queues.Remove(index);
    } else {
      const Duration value = values[bits % 3];
      queues.Add(index, queues.QueueOf(value), now);
      model[index] = now + value;
    }
    RunTime next = RunTime::Max();
    for (const auto& [pending, deadline] : model) next = std::min(next, deadline);
    ASSERT_EQ(queues.next(), next);
    const uint32_t expired = queues.Expired(now);
    ASSERT_EQ(expired != kNoIndex, next <= now);
    if (expired != kNoIndex) {
      ASSERT_EQ(model.at(expired), next);
      queues.Remove(expired);
      model.erase(expired);
    }
  }
}

}  // namespace
}  // namespace muster
