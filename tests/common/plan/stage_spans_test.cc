#include "common/plan/stage_spans.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/small_plan.h"

namespace muster {
namespace {

RunTime At(int64_t seconds) { return RunTime() + Duration::Seconds(seconds); }

// "warm" 2 s (not measured), "steady" 4 s, a pause of 1 s that is not measured, "late" 4 s; all at
// 100/s.
PlanSpec FourStages() {
  PlanSpec spec = SmallSpec();
  spec.stages = {{"warm", false}, {"steady"}, {"pause", false}, {"late"}};
  const Rate rate = Rate::PerSecond(100);
  OpenLoad load;
  for (const auto& [stage, seconds] :
       std::vector<std::pair<uint16_t, int64_t>>{{0, 2}, {1, 3}, {1, 1}, {2, 1}, {3, 4}}) {
    load.segments.push_back({rate, rate, Duration::Seconds(seconds), stage});
  }
  spec.load = load;
  return spec;
}

Plan Made(const PlanSpec& spec) { return Plan::Create(spec).value(); }

TEST(StageSpansTest, NeighboursOfAllThatIsMeasuredAreOneStretch) {
  const Plan plan = Made(FourStages());
  EXPECT_EQ(SelectedStretches(plan, {}, At(100)),
            (std::vector<Stretch>{{At(2), At(6)}, {At(7), At(11)}}));
  EXPECT_EQ(SelectedStretches(plan, 2, At(100)), (std::vector<Stretch>{{At(6), At(7)}}));
  EXPECT_EQ(SelectedStretches(plan, {}, At(5)), (std::vector<Stretch>{{At(2), At(5)}}));
  EXPECT_EQ(SelectedStretches(plan, {}, At(2)), std::vector<Stretch>{});
}

TEST(StageSpansTest, LengthAndCover) {
  const std::vector<Stretch> stretches = {{At(2), At(6)}, {At(7), At(11)}};
  EXPECT_EQ(LengthBefore(stretches, At(2)), Duration());
  EXPECT_EQ(LengthBefore(stretches, At(5)), Duration::Seconds(3));
  EXPECT_EQ(LengthBefore(stretches, At(8)), Duration::Seconds(5));
  EXPECT_EQ(LengthBefore(stretches, At(100)), Duration::Seconds(8));
  EXPECT_TRUE(Cover(stretches, At(2), At(6)));
  EXPECT_TRUE(Cover(stretches, At(8), At(9)));
  EXPECT_FALSE(Cover(stretches, At(1), At(3)));
  EXPECT_FALSE(Cover(stretches, At(5), At(8)));
  EXPECT_FALSE(Cover(stretches, At(10), At(12)));
}

TEST(StageSpansTest, StretchesOfOneRateThatMeetAreHeldAsOne) {
  const Plan plan = Made(FourStages());
  EXPECT_EQ(HeldStretch(plan, 1, At(100)), (Stretch{At(2), At(6)}));
  EXPECT_EQ(HeldStretch(plan, 1, At(5)), (Stretch{At(2), At(5)})) << "ended early";
  EXPECT_EQ(HeldStretch(plan, 1, At(1)), std::nullopt) << "ended before";
  EXPECT_EQ(HeldStretch(plan, {}, At(100)), std::nullopt) << "the pause parts them";
  PlanSpec spec = FourStages();
  spec.stages[2].measure = true;
  EXPECT_EQ(HeldStretch(Made(spec), {}, At(100)), (Stretch{At(2), At(11)}));
}

TEST(StageSpansTest, ARampOrAnotherRateHoldsNothing) {
  PlanSpec spec = FourStages();
  auto& segments = std::get<OpenLoad>(spec.load).segments;
  segments[1].from = Rate::PerSecond(50);
  EXPECT_EQ(HeldStretch(Made(spec), 1, At(100)), std::nullopt);
  segments[1].to = Rate::PerSecond(50);
  EXPECT_EQ(HeldStretch(Made(spec), 1, At(100)), std::nullopt);
  EXPECT_TRUE(HeldStretch(Made(spec), 3, At(100)));
  ClosedLoad closed;
  closed.segments = {{5, 5, Duration::Seconds(10), 0}};
  spec.load = closed;
  spec.stages = {{"steady"}};
  EXPECT_EQ(HeldStretch(Made(spec), 0, At(100)), (Stretch{At(0), At(10)}));
}

}  // namespace
}  // namespace muster
