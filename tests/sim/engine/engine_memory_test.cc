// Memory is flat over the length of a run: what an engine keeps after hours is what it kept after
// the first minute.
#include <gtest/gtest.h>

#include "tests/sim/engine/answering_loop.h"
#include "tests/support/allocations/allocations.h"

namespace muster {
namespace {

constexpr int64_t kMinute = 60, kHour = 60 * kMinute;
// A latency that is seldom met may still take its octave of 8 KiB in one of the recycled cells; a
// byte for each request would be several times as much.
constexpr int64_t kSeldom = 64 << 10;

// Runs `spec` to its end; `seconds` is its length.
void ExpectFlat(PlanSpec spec, int64_t seconds, uint64_t at_least) {
  AnsweringLoop loop(std::move(spec));
  loop.Run(Duration::Seconds(kMinute));
  const int64_t after_a_minute = LiveBytesOfThisThread();
  loop.Run(Duration::Seconds(seconds - kMinute - 1));
  EXPECT_LE(LiveBytesOfThisThread(), after_a_minute + kSeldom);
  EXPECT_GE(loop.completed(), at_least);
}

TEST(EngineMemoryTest, IsFlatOverThreeHoursOfOpenLoad) {
  ExpectFlat(OpenSpec(30, 3 * kHour), 3 * kHour, 3 * kHour * 29);
}

TEST(EngineMemoryTest, IsFlatOverThreeHoursOfPoissonArrivals) {
  PlanSpec spec = OpenSpec(30, 3 * kHour);
  Open(spec).arrivals = ArrivalKind::kPoisson;
  ExpectFlat(std::move(spec), 3 * kHour, 3 * kHour * 29);
}

TEST(EngineMemoryTest, IsFlatOverThreeHoursOfUsersWhoThink) {
  PlanSpec spec = ClosedSpec(20, 3 * kHour);
  Closed(spec).think_min = Duration::Millis(400);
  Closed(spec).think_max = Duration::Millis(800);
  ExpectFlat(std::move(spec), 3 * kHour, 3 * kHour * 30);
}

TEST(EngineMemoryTest, IsFlatOverFiveMinutesAtTenThousandPerSecond) {
  ExpectFlat(OpenSpec(10'000, 5 * kMinute), 5 * kMinute, 5 * kMinute * 9'900);
}

TEST(EngineMemoryTest, LiveBytesAreThoseNotDeleted) {
  const int64_t before = LiveBytesOfThisThread();
  void* const memory = ::operator new(1'000);  // the sanitizers have an array form of their own
  EXPECT_GE(LiveBytesOfThisThread() - before, 1'000);
  ::operator delete(memory);
  EXPECT_EQ(LiveBytesOfThisThread(), before);
}

}  // namespace
}  // namespace muster
