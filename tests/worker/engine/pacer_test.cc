#include "worker/engine/pacer.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/worker/engine/test_plans.h"

namespace muster {
namespace {

ThreadShare Whole() { return ThreadShare(1, {0}, 0, 1); }

PlanSpec ThreeStages() {
  PlanSpec spec = OpenSpec(100, 1);
  spec.stages = {{"ramp", true}, {"none", true}, {"steady", true}};
  Open(spec).segments = {{Rate{}, Rate::PerSecond(900), Duration::Seconds(2), 0},
                         {Rate{}, Rate{}, Duration::Seconds(1), 1},
                         {Rate::PerSecond(300), Rate::PerSecond(300), Duration::Seconds(1), 2}};
  return spec;
}

TEST(PacerTest, WalksThePlanInOrderWithItsStages) {
  const auto plan = MakePlan(ThreeStages());
  Pacer pacer(*plan, Whole());
  uint64_t expected = 0;
  RunTime last;
  for (; !pacer.exhausted(); pacer.Advance()) {
    EXPECT_EQ(pacer.k(), expected++);
    EXPECT_GE(pacer.due(), last);
    EXPECT_EQ(pacer.next_due(), pacer.due());
    EXPECT_EQ(pacer.due(), plan->rates().DueTime(pacer.k()));
    EXPECT_EQ(pacer.stage(), plan->StageAt(pacer.due()));
    last = pacer.due();
  }
  EXPECT_EQ(expected, plan->total_iterations());
  EXPECT_EQ(pacer.next_due(), RunTime::Max());
}

TEST(PacerTest, SharesAreDisjointAndCompleteForPoissonToo) {
  PlanSpec spec = ThreeStages();
  Open(spec).arrivals = ArrivalKind::kPoisson;
  const auto plan = MakePlan(spec);
  std::map<uint64_t, RunTime> whole;
  for (Pacer pacer(*plan, Whole()); !pacer.exhausted(); pacer.Advance()) {
    whole[pacer.k()] = pacer.due();
  }
  std::map<uint64_t, RunTime> parts;
  const OwnerTable table({1, 2});
  for (uint32_t worker = 0; worker < 2; ++worker) {
    for (uint32_t thread = 0; thread < 3; ++thread) {
      Pacer pacer(*plan, ThreadShare(3, table.positions(worker), thread, 3));
      for (; !pacer.exhausted(); pacer.Advance()) {
        EXPECT_TRUE(parts.emplace(pacer.k(), pacer.due()).second);
      }
    }
  }
  EXPECT_EQ(parts, whole);
}

TEST(PacerTest, StopsAtTheLimitOfIterations) {
  PlanSpec spec = OpenSpec(1000, 1);
  spec.iterations = 3;
  const auto plan = MakePlan(spec);
  Pacer pacer(*plan, Whole());
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(pacer.exhausted());
    pacer.Advance();
  }
  EXPECT_TRUE(pacer.exhausted());
}

}  // namespace
}  // namespace muster
