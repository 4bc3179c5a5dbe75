#include "master/findings/holds.h"

#include <gtest/gtest.h>

#include "tests/master/findings/healthy_run.h"

namespace muster {
namespace {

TEST(HoldsTest, StretchesOfOneLevel) {
  PlanSpec spec = HealthyOpenSpec();
  spec.stages = {Stage{"warm", false}, Stage{"one", true}, Stage{"two", true}};
  const Rate low = Rate::PerSecond(100), high = Rate::PerSecond(300);
  std::get<OpenLoad>(spec.load).segments = {{low, low, Duration::Seconds(5), 0},
                                            {low, high, Duration::Seconds(10), 1},
                                            {high, high, Duration::Seconds(20), 1},
                                            {high, high, Duration::Seconds(20), 2}};
  const TestRun run = HealthyRun(spec);
  const auto holds = HoldsOf(*run.plan, RunTime() + Duration::Seconds(50));
  ASSERT_EQ(holds.size(), 2u) << "two stages of one level are one hold";
  EXPECT_FALSE(holds[0].measured);
  EXPECT_EQ(holds[1].from, RunTime() + Duration::Seconds(15));
  EXPECT_EQ(holds[1].to, RunTime() + Duration::Seconds(50)) << "an interrupt ends it";
  EXPECT_EQ(holds[1].level, 300);
  EXPECT_TRUE(HoldsOf(*run.plan, RunTime()).empty());
}

TEST(HoldsTest, RowsThatLieWhollyWithin) {
  const TestRun run = HealthyRun();
  const auto rows =
      RowsIn(run.summary, RunTime::FromNanos(1'500'000'000), RunTime::FromNanos(4'500'000'000));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].start, RunTime::FromNanos(2'000'000'000));
  EXPECT_EQ(RowsIn(run.summary, RunTime(), RunTime() + Duration::Seconds(60)).size(), 60u);
  EXPECT_TRUE(RowsIn(run.summary, RunTime() + Duration::Seconds(70), RunTime::Max()).empty());
}

}  // namespace
}  // namespace muster
