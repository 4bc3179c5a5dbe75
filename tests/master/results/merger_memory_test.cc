// Memory is flat over the length of a run: a master that has merged a day keeps no more than after
// the first hours, in which its timelines filled up.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "common/base/random.h"
#include "master/results/live.h"
#include "master/results/merger.h"
#include "tests/master/results/fixture.h"
#include "tests/support/allocations/allocations.h"

namespace muster {
namespace {

constexpr uint32_t kWorkers = 2;
constexpr int64_t kHours = 24, kHour = 3'600;

std::shared_ptr<const Plan> DayLongPlan() {
  PlanSpec spec = OpenSpec({"p99(response){stage=late} < 1s", "within(20ms){name=buy} >= 1%"});
  const Rate rate = Rate::PerSecond(8);
  std::get<OpenLoad>(spec.load).segments = {
      {rate, rate, Duration::Seconds(kHour), 0},
      {rate, rate, Duration::Seconds(kHour), 1},
      {rate, rate, Duration::Seconds((kHours - 2) * kHour), 2}};
  return MakePlan(std::move(spec));
}

// Cells of two requests each, of few latencies in all, so that a row has soon met all of them.
std::vector<Cell> Pool(const Plan& plan) {
  std::vector<Cell> pool(8);
  for (uint64_t i = 0; i < 2 * pool.size(); ++i) {
    const uint64_t bits = RandomBits(3, RandomStream::kRequest, i);
    AddCompleted(&pool[i / 2], static_cast<int64_t>(bits >> (36 + bits % 4)), plan.within_limits(),
                 static_cast<int64_t>(bits % 20'000));
  }
  return pool;
}

TEST(MergerMemoryTest, IsFlatOverADay) {
  const auto plan = DayLongPlan();
  const std::vector<Cell> pool = Pool(*plan);
  RunMerger merger(plan, kWorkers);
  LiveFeed feed(merger);
  const std::vector<LiveMember> members(kWorkers);
  LiveSnapshot live;
  std::vector<int64_t> peaks(kHours);  // live bytes by hour
  for (int64_t second = 0; second < kHours * kHour; ++second) {
    const auto interval = static_cast<uint32_t>(second);
    const uint16_t stage = plan->StageAt(RunTime() + Duration::Seconds(second));
    for (uint32_t worker = 0; worker < kWorkers; ++worker) {
      const uint64_t draw = RandomBits(4, RandomStream::kRequest, interval, worker);
      CellMap cells;
      cells[{interval, stage, 0}] = pool[draw % pool.size()];
      cells[{interval, stage, 1}] = pool[(draw >> 32) % pool.size()];
      const auto batch = static_cast<uint64_t>(second) + 1;
      ASSERT_TRUE(
          merger.Accept(worker, MakeBatch(batch, std::move(cells), 1'000 * (second + 1))).ok());
    }
    ASSERT_LE(merger.timeline().rows().size(), Timeline::kMaxRows);
    if (second % 60 == 0) live = feed.Take(RunTime() + Duration::Seconds(second + 1), members);
    int64_t& peak = peaks[static_cast<size_t>(second / kHour)];
    peak = std::max(peak, LiveBytesOfThisThread());
  }
  EXPECT_EQ(merger.totals().completed, static_cast<uint64_t>(kHours * kHour) * kWorkers * 4);
  // Rows are at their most after 1.1, 2.3, 4.6, 9.1 and 18.2 hours, and half as many then. The
  // longer a row, the fewer of the latencies are missing in it: that is the twentieth.
  const int64_t at_first = *std::max_element(peaks.begin(), peaks.begin() + 10);
  const int64_t later = *std::max_element(peaks.begin() + 10, peaks.end());
  EXPECT_LE(later, at_first + at_first / 20);
  ASSERT_NE(live.now(), nullptr);
  EXPECT_GT(live.now()->p99_ns, 0);
}

}  // namespace
}  // namespace muster
