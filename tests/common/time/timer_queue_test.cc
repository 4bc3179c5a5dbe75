#include "common/time/timer_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "common/base/random.h"

namespace muster {
namespace {

MonoTime At(int64_t nanos) { return MonoTime::FromNanos(nanos); }

class TimerQueueTest : public testing::Test {
 protected:
  TimerId Add(int64_t when, int name) {
    return queue_.Add(At(when), [this, name] { ran_.push_back(name); });
  }
  void RunAll() {
    while (!queue_.empty()) queue_.PopFirst()();
  }

  TimerQueue queue_;
  std::vector<int> ran_;
};

TEST_F(TimerQueueTest, EmptyQueueIsDueNever) {
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.NextTime(), MonoTime::Max());
}

TEST_F(TimerQueueTest, TimeOrdersThenTheOrderOfAdding) {
  Add(20, 1);
  Add(10, 2);
  Add(20, 3);
  Add(10, 4);
  EXPECT_EQ(queue_.NextTime(), At(10));
  RunAll();
  EXPECT_THAT(ran_, testing::ElementsAre(2, 4, 1, 3));
}

TEST_F(TimerQueueTest, CancelledNeverComesUpAndTheNextTimeIsThatOfALiveOne) {
  const TimerId first = Add(10, 1);
  Add(20, 2);
  queue_.Cancel(first);
  EXPECT_EQ(queue_.size(), 1u);
  EXPECT_EQ(queue_.NextTime(), At(20));
  RunAll();
  EXPECT_THAT(ran_, testing::ElementsAre(2));
}

TEST_F(TimerQueueTest, StaleIdsAreHarmlessEvenWhenTheirSlotIsUsedAgain) {
  const TimerId first = Add(10, 1);
  queue_.Cancel(first);
  Add(10, 2);
  queue_.Cancel(first);
  queue_.Cancel(0);
  queue_.Cancel(~TimerId{0});
  RunAll();
  EXPECT_THAT(ran_, testing::ElementsAre(2));
}

TEST_F(TimerQueueTest, CancelDestroysWhatTheFunctionOwns) {
  auto owned = std::make_shared<int>(1);
  const TimerId id = queue_.Add(At(10), [owned] {});
  EXPECT_EQ(owned.use_count(), 2);
  queue_.Cancel(id);
  EXPECT_EQ(owned.use_count(), 1);
}

TEST_F(TimerQueueTest, AFunctionMayCancelAndAddWhileItRuns) {
  const TimerId later = Add(30, 3);
  queue_.Add(At(10), [this, later] {
    queue_.Cancel(later);
    Add(5, 1);
  });
  RunAll();
  EXPECT_THAT(ran_, testing::ElementsAre(1));
}

// Against the obvious implementation: a stable sort of what was not cancelled.
TEST_F(TimerQueueTest, AgreesWithAStableSortOnRandomInput) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    struct Model {
      int64_t when;
      int name;
      bool operator<(const Model& o) const { return when < o.when; }
    };
    std::vector<Model> model;
    std::vector<TimerId> ids;
    ran_.clear();
    for (int i = 0; i < 200; ++i) {
      const uint64_t bits = RandomBits(seed, RandomStream::kArrival, static_cast<uint64_t>(i));
      const auto when = static_cast<int64_t>(RandomBelow(40, bits));
      ids.push_back(Add(when, i));
      model.push_back({when, i});
      if (bits % 4 == 0) {
        const size_t victim = RandomBelow(ids.size(), MixBits(bits));
        queue_.Cancel(ids[victim]);
        std::erase_if(model, [&](const Model& m) { return m.name == static_cast<int>(victim); });
      }
    }
    std::stable_sort(model.begin(), model.end());
    std::vector<int> expected;
    for (const Model& m : model) expected.push_back(m.name);
    EXPECT_EQ(queue_.size(), expected.size());
    RunAll();
    EXPECT_EQ(ran_, expected) << "seed " << seed;
  }
}

}  // namespace
}  // namespace muster
