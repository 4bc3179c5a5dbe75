#include "worker/session/delta_combiner.h"

#include <gtest/gtest.h>

#include "common/base/random.h"

namespace muster {
namespace {

constexpr Duration kInterval = Duration::Millis(100);

RunTime At(int64_t ms) { return RunTime() + Duration::Millis(ms); }

std::unique_ptr<EngineDelta> Delta(uint32_t thread, RunTime through, uint64_t started,
                                   uint64_t in_flight, bool last = false) {
  auto delta = std::make_unique<EngineDelta>();
  delta->thread = thread;
  delta->accounted_through = through;
  delta->in_flight = in_flight;
  delta->requests_in_flight = in_flight;
  delta->last = last;
  delta->cells[CellKey{}].counts.started = started;
  return delta;
}

uint64_t Started(const DeltaBatch& batch) {
  uint64_t started = 0;
  for (const auto& [key, cell] : batch.cells) started += cell.counts.started;
  return started;
}

TEST(DeltaCombiner, WaitsForTheSlowestThread) {
  DeltaCombiner combiner(2, kInterval);
  combiner.Add(Delta(0, At(100), 3, 1));
  EXPECT_FALSE(combiner.Next());
  combiner.Add(Delta(1, At(101), 4, 2));
  const std::optional<DeltaBatch> batch = combiner.Next();
  ASSERT_TRUE(batch);
  EXPECT_EQ(Started(*batch), 7U);
  EXPECT_EQ(batch->in_flight, 3U);
  EXPECT_EQ(batch->accounted_through, At(100));
  EXPECT_FALSE(combiner.Next());
}

TEST(DeltaCombiner, AThreadThatRacesAheadIsKeptForItsOwnInterval) {
  DeltaCombiner combiner(2, kInterval);
  combiner.Add(Delta(0, At(100), 1, 1));
  combiner.Add(Delta(0, At(200), 1, 5));
  combiner.Add(Delta(1, At(100), 1, 1));
  EXPECT_EQ(combiner.Next()->in_flight, 2U);
  EXPECT_FALSE(combiner.Next());
  combiner.Add(Delta(1, At(200), 1, 1));
  EXPECT_EQ(combiner.Next()->in_flight, 6U);
}

TEST(DeltaCombiner, AThreadThatSkippedIntervalsHoldsNobodyUp) {
  DeltaCombiner combiner(2, kInterval);
  combiner.Add(Delta(0, At(100), 1, 0));
  combiner.Add(Delta(1, At(900), 1, 0));
  EXPECT_EQ(combiner.Next()->accounted_through, At(0));
  combiner.Add(Delta(0, At(950), 1, 0));
  EXPECT_EQ(combiner.Next()->accounted_through, At(900));
}

TEST(DeltaCombiner, LastComesOnceAfterEveryThreadsLast) {
  DeltaCombiner combiner(2, kInterval);
  combiner.Add(Delta(0, At(300), 1, 0, true));
  EXPECT_FALSE(combiner.Next());
  combiner.Add(Delta(1, At(250), 1, 4));
  EXPECT_FALSE(combiner.Next()->last);
  combiner.Add(Delta(1, At(400), 1, 0, true));
  std::optional<DeltaBatch> batch;
  for (std::optional<DeltaBatch> next; (next = combiner.Next());) batch = std::move(next);
  EXPECT_TRUE(batch->last);
  EXPECT_EQ(batch->in_flight, 0U);
}

// Sums are kept, accounts never go back, for any interleaving of threads.
// Thread 0 has done its part of a load of 500 ms for good, thread 1 was cut at 200 ms; thread 2
// goes on when the load is put off to 900 ms.
TEST(DeltaCombiner, WhoHasDoneItsPartAccountsForALongerLoadToo) {
  for (const bool combined_before : {false, true}) {
    DeltaCombiner combiner(3, kInterval);
    combiner.Add(Delta(0, At(500), 1, 0, true));
    combiner.Add(Delta(2, At(100), 1, 0));
    if (combined_before) {
      combiner.Add(Delta(1, At(200), 1, 0, true));
      while (combiner.Next()) continue;
    }
    combiner.PutOffLoadEnd(At(500), At(900));
    if (!combined_before) combiner.Add(Delta(1, At(900), 1, 0, true));
    combiner.Add(Delta(2, At(900), 1, 0, true));
    std::optional<DeltaBatch> last;
    while (std::optional<DeltaBatch> batch = combiner.Next()) last = std::move(batch);
    ASSERT_TRUE(last && last->last);
    EXPECT_EQ(last->accounted_through, combined_before ? At(200) : At(900));
  }
}

TEST(DeltaCombiner, AnyInterleavingGivesTheSameSum) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    DeltaCombiner combiner(3, kInterval);
    int64_t through[3] = {0, 0, 0};
    bool ended[3] = {false, false, false};
    uint64_t added = 0;
    uint64_t combined = 0;
    RunTime before;
    bool last = false;
    for (uint64_t step = 0; !(ended[0] && ended[1] && ended[2]); ++step) {
      const uint64_t bits = RandomBits(seed, RandomStream::kArrival, step);
      const auto thread = static_cast<uint32_t>(bits % 3);
      if (ended[thread]) continue;
      through[thread] += static_cast<int64_t>(RandomBelow(150, MixBits(bits)));
      ended[thread] = through[thread] > 1000;
      added += bits % 5;
      combiner.Add(Delta(thread, At(through[thread]), bits % 5, 0, ended[thread]));
      while (std::optional<DeltaBatch> batch = combiner.Next()) {
        EXPECT_FALSE(last);
        last = batch->last;
        EXPECT_GE(batch->accounted_through, before);
        before = batch->accounted_through;
        combined += Started(*batch);
      }
    }
    EXPECT_TRUE(last);
    EXPECT_EQ(added, combined) << "seed " << seed;
  }
}

TEST(DeltaCombinerDeathTest, ADeltaAfterTheLastIsOurBug) {
  DeltaCombiner combiner(1, kInterval);
  combiner.Add(Delta(0, At(100), 1, 0, true));
  EXPECT_DEATH(combiner.Add(Delta(0, At(200), 1, 0)), "after its last");
}

TEST(DeltaCombinerDeathTest, AnAccountThatGoesBackIsOurBug) {
  DeltaCombiner combiner(1, kInterval);
  EXPECT_DEATH(combiner.Add(Delta(0, At(-5), 1, 0)), "took its account back");
  combiner.Add(Delta(0, At(800), 1, 0));
  EXPECT_DEATH(combiner.Add(Delta(0, At(500), 1, 0, true)), "took its account back");
}

}  // namespace
}  // namespace muster
