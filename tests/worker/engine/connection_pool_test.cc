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
  // The request that waited longest, which `slot` is expected to carry.
  uint32_t Serve(uint32_t slot) {
    uint32_t request = kNoIndex;
    EXPECT_EQ(pool_.ServeWaiting(&request), slot);
    return request;
  }
  // The request that `slot` carries has ended.
  uint32_t Release(uint32_t slot) { return pool_.Release(slot, pool_[slot].requests.head); }
  uint32_t SlotOf(ConnectionId id) { return static_cast<uint32_t>(transport_.UserData(id)); }

  RunTime now_;
  FakeTransport transport_;
  ConnectionPool pool_{&transport_, Endpoints(1), 0, 2, {Duration::Seconds(5)}};
};

TEST_F(ConnectionPoolTest, AWaitingRequestOpensAConnectionAndIsServedByIt) {
  EXPECT_EQ(Ask(3), kNoIndex);
  ASSERT_EQ(transport_.connections.size(), 1U);
  EXPECT_EQ(pool_.Connected(SlotOf(1)), 3U);
  EXPECT_FALSE(pool_[SlotOf(1)].idle());
  EXPECT_EQ(Release(SlotOf(1)), kNoIndex);
  EXPECT_EQ(Ask(4), SlotOf(1));
  EXPECT_TRUE(pool_[SlotOf(1)].served_before);
}

TEST_F(ConnectionPoolTest, AtTheLimitRequestsWaitInOrder) {
  for (uint32_t r = 0; r < 5; ++r) Ask(r);
  EXPECT_EQ(transport_.connections.size(), 2U);
  EXPECT_EQ(pool_.Connected(SlotOf(2)), 0U);  // whoever asked
  EXPECT_EQ(pool_.Connected(SlotOf(1)), 1U);
  EXPECT_EQ(Release(SlotOf(1)), 2U);
  EXPECT_EQ(Release(SlotOf(1)), 3U);
  EXPECT_EQ(Release(SlotOf(2)), 4U);
  EXPECT_EQ(pool_.waiting(), 0U);
}

TEST_F(ConnectionPoolTest, TheConnectionUsedLastIsTakenFirst) {
  Ask(0);
  Ask(1);
  pool_.Connected(SlotOf(1));
  pool_.Connected(SlotOf(2));
  Release(SlotOf(1));
  Release(SlotOf(2));
  EXPECT_EQ(Ask(2), SlotOf(2));
  EXPECT_EQ(Ask(3), SlotOf(1));
}

TEST_F(ConnectionPoolTest, AUsersOwnConnectionCarriesNobodyElse) {
  const auto ask = [&](uint32_t request, uint32_t user) {
    const uint32_t slot = pool_.Acquire(request, {.user = user});
    pool_.OpenWanted(now_);
    return slot;
  };
  EXPECT_EQ(ask(0, 7), kNoIndex);
  EXPECT_EQ(pool_.Connected(SlotOf(1)), 0U);
  EXPECT_EQ(ask(1, 4), kNoIndex);
  EXPECT_EQ(Release(SlotOf(1)), kNoIndex) << "another user waits";
  EXPECT_EQ(pool_.Connected(SlotOf(2)), 1U);
  EXPECT_EQ(Release(SlotOf(2)), kNoIndex);
  EXPECT_EQ(ask(2, 7), SlotOf(1)) << "though the other one was used last";
  EXPECT_EQ(ask(3, 4), SlotOf(2));
  EXPECT_EQ(transport_.connections.size(), 2U);
  pool_.Close(SlotOf(1));
  EXPECT_EQ(ask(4, 7), kNoIndex) << "a new one";
  EXPECT_EQ(pool_.Connected(SlotOf(3)), 4U);
}

TEST_F(ConnectionPoolTest, NoMoreAreOpenedThanWait) {
  Ask(0);
  pool_.Connected(SlotOf(1));
  Ask(1);
  ASSERT_EQ(transport_.connections.size(), 2U);
  EXPECT_EQ(Release(SlotOf(1)), 1U);                // served by another,
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
  Release(SlotOf(1));
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

// With HTTP/2: more than one request on a connection.
TEST_F(ConnectionPoolTest, BelowTheLimitEachRequestGetsAConnectionAtItTheyShare) {
  Ask(0);
  Ask(1);
  EXPECT_EQ(pool_.Connected(SlotOf(1), 2), 0U);
  EXPECT_EQ(pool_.Connected(SlotOf(2), 3), 1U);
  EXPECT_EQ(Ask(2), SlotOf(2));  // the one used last, of equals
  EXPECT_EQ(Ask(3), SlotOf(1));
  EXPECT_EQ(Ask(4), SlotOf(2));
  EXPECT_EQ(Ask(5), kNoIndex);  // both are full
  EXPECT_EQ(pool_.Release(SlotOf(1), 3), 5U);
  EXPECT_EQ(pool_.waiting(), 0U);
}

TEST_F(ConnectionPoolTest, TheFewestRequestsDecideWhichConnectionIsShared) {
  Ask(0);
  Ask(1);
  pool_.Connected(SlotOf(1), 10);
  pool_.Connected(SlotOf(2), 10);
  for (uint32_t r = 2; r < 8; ++r) Ask(r);
  EXPECT_EQ(pool_[SlotOf(1)].requests.size, 4U);
  EXPECT_EQ(pool_[SlotOf(2)].requests.size, 4U);
  for (uint32_t r : {1U, 2U}) {
    const uint32_t slot = SlotOf(pool_[SlotOf(1)].requests.head == r ? 1 : 2);
    pool_.Drop(slot, pool_[slot].requests.head);
  }
  EXPECT_EQ(Ask(8), SlotOf(2));
  EXPECT_EQ(Ask(9), SlotOf(2));
}

TEST_F(ConnectionPoolTest, ANewConnectionTakesAnEvenPartOfThoseThatWait) {
  for (uint32_t r = 0; r < 7; ++r) Ask(r);
  EXPECT_EQ(pool_.Connected(SlotOf(1), 100), 0U);
  for (uint32_t r = 1; r < 4; ++r) EXPECT_EQ(Serve(SlotOf(1)), r);
  EXPECT_EQ(Serve(kNoIndex), kNoIndex);  // of 7, with another attempt under way
  EXPECT_EQ(pool_.Connected(SlotOf(2), 100), 4U);
  EXPECT_EQ(Serve(SlotOf(2)), 5U);
  EXPECT_EQ(Serve(SlotOf(2)), 6U);
}

TEST_F(ConnectionPoolTest, WhoAsksNowWaitsBehindWhoWaits) {
  for (uint32_t r = 0; r < 3; ++r) Ask(r);
  pool_.Connected(SlotOf(1));
  pool_.Connected(SlotOf(2));
  pool_.Drop(SlotOf(1), 0);
  EXPECT_EQ(Ask(3), kNoIndex);
  EXPECT_EQ(Serve(SlotOf(1)), 2U);
}

TEST_F(ConnectionPoolTest, UntilCapacitiesAreKnownEachTakesAnEvenPart) {
  for (uint32_t r = 0; r < 9; ++r) Ask(r);
  EXPECT_EQ(pool_.Connected(SlotOf(1), 1, /*settled=*/false), 0U);
  EXPECT_EQ(pool_.Connected(SlotOf(2), 1, /*settled=*/false), 1U);
  EXPECT_EQ(Serve(kNoIndex), kNoIndex);
  pool_.SetCapacity(SlotOf(1), 100);
  for (uint32_t r = 2; r < 6; ++r) EXPECT_EQ(Serve(SlotOf(1)), r);
  EXPECT_EQ(Serve(kNoIndex), kNoIndex);
  pool_.SetCapacity(SlotOf(2), 100);
  for (uint32_t r = 6; r < 9; ++r) EXPECT_EQ(Serve(SlotOf(2)), r);
}

TEST_F(ConnectionPoolTest, CapacityMayRiseAndFallAndNoneTakesNoMore) {
  Ask(0);
  Ask(1);
  EXPECT_EQ(pool_.Connected(SlotOf(1)), 0U);
  EXPECT_EQ(pool_.Connected(SlotOf(2)), 1U);
  ASSERT_EQ(Ask(2), kNoIndex);
  pool_.SetCapacity(SlotOf(1), 3);
  EXPECT_EQ(Serve(SlotOf(1)), 2U);
  EXPECT_EQ(Serve(kNoIndex), kNoIndex);
  EXPECT_EQ(Ask(3), SlotOf(1));
  pool_.SetCapacity(SlotOf(1), 0);  // a GOAWAY
  for (const uint32_t r : {0U, 2U, 3U}) EXPECT_EQ(pool_.Release(SlotOf(1), r), kNoIndex);
  EXPECT_EQ(pool_.idle(), 0U);
  EXPECT_EQ(Ask(4), kNoIndex);
}

TEST(ConnectionPoolOpeningTest, OpensABurstAndThenAtItsRate) {
  FakeTransport transport;
  ConnectionPool pool(&transport, Endpoints(1), 0, 1000, {Duration::Seconds(5)},
                      OpenLimiter(Duration::Millis(1)));
  for (uint32_t r = 0; r < 300; ++r) pool.Acquire(r, {});
  pool.OpenWanted(RunTime());
  EXPECT_EQ(transport.connections.size(), 100U);
  EXPECT_EQ(pool.open_at(), RunTime() + Duration::Millis(1));
  pool.OpenWanted(RunTime() + Duration::Micros(999));
  EXPECT_EQ(transport.connections.size(), 100U);
  pool.OpenWanted(RunTime() + Duration::Millis(50));
  EXPECT_EQ(transport.connections.size(), 150U);
  pool.OpenWanted(RunTime() + Duration::Seconds(10));
  EXPECT_EQ(transport.connections.size(), 250U);  // what was unused is kept for one burst
  pool.OpenWanted(RunTime() + Duration::Seconds(20));
  EXPECT_EQ(pool.open_at(), RunTime::Max());  // nothing is wanted
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
      if (pool.Acquire(request, {}) == kNoIndex) waiting.push_back(request);
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
          if (pick % 5 == 0) {
            const uint32_t failed = pool.ConnectFailed(slot);
            expect_next(failed);
            if (failed != kNoIndex) free.push_back(failed);
          } else {
            expect_next(pool.Connected(slot));
          }
          break;
        case State::kOpen: {
          if (pool[slot].idle()) {
            if (pick % 2 == 0) pool.Forget(slot);
            break;
          }
          const uint32_t carried = pool[slot].requests.head;
          if (pick % 7 == 0) {
            pool.Close(slot);
          } else {
            expect_next(pool.Release(slot, carried));
          }
          free.push_back(carried);
          break;
        }
        default:
          FAIL() << "a closed slot";
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
