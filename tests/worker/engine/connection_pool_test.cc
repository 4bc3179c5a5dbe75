#include "worker/engine/connection_pool.h"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "common/base/random.h"
#include "tests/worker/engine/fake_transport.h"

namespace muster {
namespace {

using State = ConnectionPool::State;

std::vector<Endpoint> Endpoints(size_t n) {
  std::vector<Endpoint> all(n);
  for (size_t i = 0; i < n; ++i) all[i].port = static_cast<uint16_t>(i);
  return all;
}

class ConnectionPoolTest : public testing::Test {
 protected:
  // Asks for a connection and opens what is wanted.
  uint32_t Ask(uint32_t request) {
    const uint32_t slot = pool_.Acquire(request, {});
    pool_.OpenWanted(now_);
    return slot;
  }
  uint32_t SlotOf(ConnectionId id) { return static_cast<uint32_t>(transport_.UserData(id)); }

  RunTime now_;
  FakeTransport transport_;
  ConnectionPool pool_{&transport_, Endpoints(1), 0, 2, {Duration::Seconds(5)}};
};

TEST_F(ConnectionPoolTest, AWaitingRequestOpensAConnectionAndIsServedByIt) {
  EXPECT_EQ(Ask(3), kNoIndex);
  ASSERT_EQ(transport_.connections.size(), 1U);
  EXPECT_EQ(pool_.Connected(SlotOf(1)), 3U);
  EXPECT_EQ(pool_[SlotOf(1)].state, State::kBusy);
  EXPECT_EQ(pool_.Release(SlotOf(1)), kNoIndex);
  EXPECT_EQ(Ask(4), SlotOf(1));
  EXPECT_TRUE(pool_[SlotOf(1)].served_before);
}

TEST_F(ConnectionPoolTest, AtTheLimitRequestsWaitInOrder) {
  for (uint32_t r = 0; r < 5; ++r) Ask(r);
  EXPECT_EQ(transport_.connections.size(), 2U);
  EXPECT_EQ(pool_.Connected(SlotOf(2)), 0U);  // whoever asked
  EXPECT_EQ(pool_.Connected(SlotOf(1)), 1U);
  EXPECT_EQ(pool_.Release(SlotOf(1)), 2U);
  EXPECT_EQ(pool_.Release(SlotOf(1)), 3U);
  EXPECT_EQ(pool_.Release(SlotOf(2)), 4U);
  EXPECT_EQ(pool_.waiting(), 0U);
}

TEST_F(ConnectionPoolTest, TheConnectionUsedLastIsTakenFirst) {
  Ask(0);
  Ask(1);
  pool_.Connected(SlotOf(1));
  pool_.Connected(SlotOf(2));
  pool_.Release(SlotOf(1));
  pool_.Release(SlotOf(2));
  EXPECT_EQ(Ask(2), SlotOf(2));
  EXPECT_EQ(Ask(3), SlotOf(1));
}

TEST_F(ConnectionPoolTest, NoMoreAreOpenedThanWait) {
  Ask(0);
  pool_.Connected(SlotOf(1));
  Ask(1);
  ASSERT_EQ(transport_.connections.size(), 2U);
  EXPECT_EQ(pool_.Release(SlotOf(1)), 1U);          // served by another,
  EXPECT_EQ(pool_.Connected(SlotOf(2)), kNoIndex);  // so the attempt ends idle
  EXPECT_EQ(pool_.idle(), 1U);
}

TEST_F(ConnectionPoolTest, AFailedAttemptFailsTheOldestAndAnotherIsOpened) {
  for (uint32_t r = 0; r < 3; ++r) Ask(r);
  EXPECT_EQ(pool_.ConnectFailed(SlotOf(2)), 0U);
  pool_.OpenWanted(now_);
  EXPECT_EQ(transport_.connections.size(), 3U);
  EXPECT_EQ(pool_.connecting(), 2U);
  EXPECT_EQ(pool_.waiting(), 2U);
}

TEST_F(ConnectionPoolTest, OnlyTheOldestWaitingAreCovered) {
  for (uint32_t r = 0; r < 4; ++r) Ask(r);
  EXPECT_FALSE(pool_.StopWaiting(3));
  EXPECT_TRUE(pool_.StopWaiting(0));  // request 2 takes over its attempt
  EXPECT_EQ(pool_.surplus_attempt(), kNoIndex);
  EXPECT_TRUE(pool_.StopWaiting(2));  // nobody wants it any longer: the oldest attempt is too many
  EXPECT_EQ(pool_.surplus_attempt(), SlotOf(1));
  EXPECT_EQ(pool_.oldest_attempt(), SlotOf(1));
  pool_.Close(SlotOf(1));
  EXPECT_EQ(pool_.surplus_attempt(), kNoIndex);
  EXPECT_EQ(pool_.Connected(SlotOf(2)), 1U);
}

TEST_F(ConnectionPoolTest, AnAttemptExpiresAfterItsConnectTimeout) {
  Ask(0);
  EXPECT_EQ(pool_.next_deadline(), now_ + Duration::Seconds(5));
  EXPECT_EQ(pool_.ExpiredConnect(now_ + Duration::Seconds(4)), kNoIndex);
  EXPECT_EQ(pool_.ExpiredConnect(now_ + Duration::Seconds(5)), SlotOf(1));
  pool_.Connected(SlotOf(1));
  EXPECT_EQ(pool_.next_deadline(), RunTime::Max());
}

TEST_F(ConnectionPoolTest, AnIdleConnectionThatEndsIsForgotten) {
  Ask(0);
  pool_.Connected(SlotOf(1));
  pool_.Release(SlotOf(1));
  pool_.Forget(SlotOf(1));
  EXPECT_EQ(pool_.open(), 0U);
  EXPECT_EQ(Ask(1), kNoIndex);
  EXPECT_EQ(transport_.connections.size(), 2U);
}

TEST_F(ConnectionPoolTest, CloseAllEndsEverythingAndNobodyWaits) {
  for (uint32_t r = 0; r < 5; ++r) Ask(r);
  pool_.Connected(SlotOf(1));
  pool_.CloseAll();
  EXPECT_EQ(pool_.open(), 0U);
  EXPECT_EQ(pool_.waiting(), 0U);
  EXPECT_TRUE(transport_.connections[0].closed);
  EXPECT_TRUE(transport_.connections[1].closed);
  EXPECT_EQ(Ask(7), kNoIndex);
  EXPECT_EQ(pool_.Connected(SlotOf(3)), 7U);
}

TEST(ConnectionPoolRotationTest, AddressesAreTakenInTurnFromTheFirst) {
  FakeTransport transport;
  ConnectionPool pool(&transport, Endpoints(3), 4, 10, {Duration::Seconds(5)});
  for (uint32_t r = 0; r < 4; ++r) pool.Acquire(r, {});
  pool.OpenWanted(RunTime());
  std::vector<uint16_t> ports;
  for (const auto& connection : transport.connections) ports.push_back(connection.endpoint.port);
  EXPECT_EQ(ports, (std::vector<uint16_t>{1, 2, 0, 1}));
}

// Random events against a list of who waits: order, limits and who is covered.
TEST(ConnectionPoolPropertyTest, AgreesWithAPlainModel) {
  FakeTransport transport;
  const uint64_t limit = 7;
  ConnectionPool pool(&transport, Endpoints(2), 0, limit, {Duration::Seconds(5)});
  std::deque<uint32_t> waiting;
  std::vector<uint32_t> free;
  for (uint32_t r = 0; r < 30; ++r) free.push_back(r);
  uint64_t served = 0;
  const auto expect_next = [&](uint32_t request) {
    if (waiting.empty()) {
      ASSERT_EQ(request, kNoIndex);
      return;
    }
    ASSERT_EQ(request, waiting.front());
    free.push_back(request);
    waiting.pop_front();
    ++served;
  };
  for (uint64_t i = 0; i < 30'000; ++i) {
    const uint64_t bits = RandomBits(3, RandomStream::kRequest, i);
    const uint64_t pick = bits >> 8;
    std::vector<ConnectionId> open;  // in order of opening
    for (ConnectionId id = transport.connections.size(); id > 0 && open.size() < limit; --id) {
      if (pool[static_cast<uint32_t>(transport.UserData(id))].id == id) open.push_back(id);
    }
    if (bits % 3 == 0 && !free.empty()) {
      const uint32_t request = free.back();
      free.pop_back();
      if (pool.Acquire(request, {}) == kNoIndex) {
        waiting.push_back(request);
      } else {
        free.push_back(request);
      }
    } else if (bits % 3 == 1 && !waiting.empty()) {
      const size_t n = pick % waiting.size();
      const bool covered = n < pool.connecting();
      ASSERT_EQ(pool.StopWaiting(waiting[n]), covered);
      if (covered && pool.surplus_attempt() != kNoIndex) pool.Close(pool.surplus_attempt());
      free.push_back(waiting[n]);
      waiting.erase(waiting.begin() + static_cast<ptrdiff_t>(n));
    } else if (!open.empty()) {
      const auto slot = static_cast<uint32_t>(transport.UserData(open[pick % open.size()]));
      switch (pool[slot].state) {
        case State::kConnecting:
          expect_next(pick % 5 == 0 ? pool.ConnectFailed(slot) : pool.Connected(slot));
          break;
        case State::kBusy:
          if (pick % 7 == 0) {
            pool.Close(slot);
          } else {
            expect_next(pool.Release(slot));
          }
          break;
        default:
          if (pick % 2 == 0) pool.Forget(slot);
      }
    }
    pool.OpenWanted(RunTime::FromNanos(static_cast<int64_t>(i)));
    ASSERT_EQ(pool.waiting(), waiting.size());
    ASSERT_LE(pool.open(), limit);
    ASSERT_TRUE(pool.waiting() <= pool.connecting() || pool.open() == limit);
    ASSERT_TRUE(pool.idle() == 0 || pool.waiting() == 0);
  }
  EXPECT_GT(served, 1000U);
}

}  // namespace
}  // namespace muster
