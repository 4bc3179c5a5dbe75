#include "worker/session/clock_sync.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

constexpr MonoTime kStart = MonoTime::FromNanos(1'000'000'000'000);

// An exchange sent at `sent`, `there` on its way out, `back` on its way home; the master is
// `ahead`.
Pong Exchange(MonoTime sent, Duration there, Duration ahead) {
  const MonoTime received = sent + there + ahead;
  return Pong{1, sent, received, received + Duration::Micros(7)};
}

bool Add(ClockSync* sync, MonoTime sent, Duration there, Duration back, Duration ahead) {
  return sync->Add(Exchange(sent, there, ahead), sent + there + Duration::Micros(7) + back);
}

TEST(ClockSync, SymmetricExchangeGivesTheExactOffset) {
  ClockSync sync;
  const Duration ahead = Duration::Seconds(-12345);
  ASSERT_TRUE(Add(&sync, kStart, Duration::Millis(2), Duration::Millis(2), ahead));
  EXPECT_EQ(sync.Best().offset, ahead);
  EXPECT_EQ(sync.Best().error, Duration::Millis(2));
  EXPECT_EQ(sync.ToLocal(kStart + ahead), kStart);
}

TEST(ClockSync, TheSameClockNeedsNoEstimate) {
  ClockSync sync(/*same_clock=*/true);
  ASSERT_TRUE(Add(&sync, kStart, Duration::Millis(20), Duration::Millis(1), Duration()));
  EXPECT_EQ(sync.Best().offset, Duration());
  EXPECT_EQ(sync.Best().error, Duration());
  EXPECT_EQ(sync.ToLocal(kStart), kStart);
}

TEST(ClockSync, ErrorBoundHoldsForAnyAsymmetryAndTheLeastRoundTripWins) {
  ClockSync sync;
  const Duration ahead = Duration::Millis(777);
  for (int i = 0; i <= 20; ++i) {
    const Duration there = Duration::Micros(100 + 37 * i);
    const Duration back = Duration::Micros(900 - 41 * i);
    ASSERT_TRUE(Add(&sync, kStart, there, back, ahead));
    const Duration wrong = sync.Best().offset - ahead;
    EXPECT_LE(std::abs(wrong.nanos()), sync.Best().error.nanos());
  }
  EXPECT_EQ(sync.Best().error, Duration::Nanos((840'000 + 80'000) / 2));
}

TEST(ClockSync, SyncedFromTheEighthExchange) {
  ClockSync sync;
  for (size_t i = 1; i <= ClockSync::kNeeded; ++i) {
    EXPECT_FALSE(sync.synced());
    Add(&sync, kStart, Duration::Millis(1), Duration::Millis(1), Duration());
  }
  EXPECT_TRUE(sync.synced());
}

TEST(ClockSync, ForgetsOldExchangesSoThatDriftDoesNotAddUp) {
  ClockSync sync;
  Add(&sync, kStart, Duration::Micros(1), Duration::Micros(1), Duration());
  for (size_t i = 0; i < ClockSync::kWindow; ++i) {
    Add(&sync, kStart, Duration::Millis(1), Duration::Millis(1), Duration::Seconds(1));
  }
  EXPECT_EQ(sync.Best().offset, Duration::Seconds(1));
}

TEST(ClockSync, RefusesTimesThatContradictEachOther) {
  ClockSync sync;
  EXPECT_FALSE(sync.Add(Pong{1, kStart + Duration::Millis(1), kStart, kStart}, kStart));
  EXPECT_FALSE(sync.Add(Pong{1, kStart, kStart + Duration::Millis(1), kStart},
                        kStart + Duration::Millis(9)));
  EXPECT_FALSE(sync.Add(Pong{1, kStart, kStart, kStart + Duration::Millis(5)},
                        kStart + Duration::Millis(1)));
}

}  // namespace
}  // namespace muster
