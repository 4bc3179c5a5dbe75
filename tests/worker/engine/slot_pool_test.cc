#include "worker/engine/slot_pool.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace muster {
namespace {

TEST(SlotPoolTest, SlotsAreDistinctAndStayWhereTheyAre) {
  SlotPool<std::string> pool;
  const uint32_t first = pool.Acquire();
  const std::string* where = &pool[first];
  std::set<uint32_t> taken = {first};
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(taken.insert(pool.Acquire()).second);
  EXPECT_EQ(&pool[first], where);
  EXPECT_EQ(pool.taken(), 1001U);
  EXPECT_LT(*taken.rbegin(), pool.capacity());
}

TEST(SlotPoolTest, AReleasedSlotIsTakenNextAsItWasLeft) {
  SlotPool<std::string> pool;
  pool.Acquire();
  const uint32_t slot = pool.Acquire();
  pool[slot] = "left";
  pool.Release(slot);
  EXPECT_EQ(pool.taken(), 1U);
  ASSERT_EQ(pool.Acquire(), slot);
  EXPECT_EQ(pool[slot], "left");
}

}  // namespace
}  // namespace muster
