#include "master/results/abort_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/random.h"
#include "tests/master/results/fixture.h"

namespace muster {
namespace {

RunTime AtMillis(int64_t ms) { return RunTime() + Duration::Millis(ms); }

// OpenSpec with all stages measured: rows of 100 ms, 10 s of load.
std::shared_ptr<const Plan> PlanWith(const std::vector<std::string>& thresholds,
                                     Duration after = Duration::Seconds(1)) {
  PlanSpec spec = OpenSpec(thresholds);
  spec.stages[0].measure = true;
  for (Threshold& threshold : spec.thresholds) {
    threshold.abort = true;
    threshold.abort_after = after;
  }
  return MakePlan(spec);
}

// `ok` completed in 10 ms and `failed` failed in `interval`, of request 0.
CellMap Cells(uint32_t interval, int ok, int failed, uint16_t name = 0) {
  CellMap cells;
  Cell& cell = cells[{interval, 1, name}];
  for (int i = 0; i < ok; ++i) AddCompleted(&cell, 10'000'000);
  for (int i = 0; i < failed; ++i) AddFailed(&cell, ErrorClass::kTimeout);
  return cells;
}

TEST(AbortRulesTest, AThresholdWithoutAbortEndsNothing) {
  const auto plan = MakePlan(OpenSpec({"error_rate < 1%"}));
  AbortRules rules(plan, 1);
  rules.OnBatch(0, "", MakeBatch(1, Cells(30, 0, 100), 9'000));
  EXPECT_EQ(rules.decision(), std::nullopt);
}

TEST(AbortRulesTest, NotBeforeItsTimeAndThenOnAllThatEndedSoFar) {
  AbortRules rules(PlanWith({"error_rate < 10%"}, Duration::Seconds(2)), 1);
  rules.OnBatch(0, "", MakeBatch(1, Cells(5, 80, 20), 1'900));
  EXPECT_EQ(rules.decision(), std::nullopt);
  rules.OnBatch(0, "", MakeBatch(2, {}, 2'000));
  ASSERT_TRUE(rules.decision());
  EXPECT_EQ(*rules.decision(), (AbortDecision{0, AtMillis(2'000), "20.0 %"}));
  rules.OnBatch(0, "", MakeBatch(3, Cells(21, 1'000, 0), 2'500));
  EXPECT_EQ(rules.decision()->at, AtMillis(2'000)) << "it stands";
}

TEST(AbortRulesTest, WaitsForEveryWorkerAtWork) {
  AbortRules rules(PlanWith({"error_rate < 10%"}), 3);
  rules.OnBatch(0, "", MakeBatch(1, Cells(10, 0, 50), 5'000));
  rules.OnBatch(1, "", MakeBatch(1, {}, 5'000));
  EXPECT_EQ(rules.decision(), std::nullopt) << "the third may have had thousands that passed";
  rules.OnBatch(2, "", MakeBatch(1, {}, 1'050));
  EXPECT_EQ(rules.decision(), std::nullopt) << "its account stops in the interval";
  rules.OnLost(2);
  rules.OnLost(2);
  EXPECT_EQ(rules.decision()->at, AtMillis(1'100));
}

TEST(AbortRulesTest, AWorkerThatIsDoneIsNotWaitedForAndNobodyAtWorkEndsIt) {
  AbortRules rules(PlanWith({"error_rate < 10%"}), 2);
  rules.OnBatch(0, "", MakeBatch(1, Cells(10, 0, 50), 500, /*last=*/true));
  EXPECT_EQ(rules.decision(), std::nullopt);
  rules.OnBatch(1, "", MakeBatch(1, {}, 1'100));
  EXPECT_EQ(rules.decision()->at, AtMillis(1'100));
  AbortRules nobody(PlanWith({"error_rate < 10%"}), 1);
  nobody.OnBatch(0, "", MakeBatch(1, Cells(10, 0, 50), 5'000, /*last=*/true));
  EXPECT_EQ(nobody.decision(), std::nullopt);
}

TEST(AbortRulesTest, WhatIsInFlightBreaksNothingYet) {
  AbortRules rules(PlanWith({"p99(response) < 1s"}), 1);
  CellMap cells = Cells(10, 100, 0);
  cells.begin()->second.counts.due += 50;
  cells.begin()->second.counts.started += 50;
  rules.OnBatch(0, "", MakeBatch(1, cells, 2'000));
  EXPECT_EQ(rules.decision(), std::nullopt);
  rules.OnBatch(0, "", MakeBatch(2, Cells(20, 0, 50), 2'100));
  EXPECT_EQ(rules.decision()->observed_text, "failed");
}

TEST(AbortRulesTest, FiltersByTagAndGroupHoldTheirCellsAlone) {
  PlanSpec spec = OpenSpec({"error_rate{kind=pay} < 10%", "error_rate{worker=eu} < 10%"});
  spec.requests[1].tags = {{"kind", "pay"}};
  for (Threshold& threshold : spec.thresholds) {
    threshold.abort = true;
    threshold.abort_after = Duration::Millis(100);
  }
  const auto plan = MakePlan(spec);
  AbortRules by_tag(plan, 1);
  by_tag.OnBatch(0, "us", MakeBatch(1, Cells(30, 0, 50, 0), 4'000));
  EXPECT_EQ(by_tag.decision(), std::nullopt);
  by_tag.OnBatch(0, "us", MakeBatch(2, Cells(40, 0, 50, 1), 5'000));
  EXPECT_EQ(by_tag.decision()->threshold, 0u);
  AbortRules by_group(plan, 2);
  by_group.OnBatch(0, "us", MakeBatch(1, Cells(30, 0, 50, 0), 5'000));
  by_group.OnBatch(1, "eu", MakeBatch(1, Cells(35, 0, 1, 0), 5'000));
  EXPECT_EQ(by_group.decision()->threshold, 1u);
  EXPECT_EQ(by_group.decision()->at, AtMillis(3'600));
}

TEST(AbortRulesTest, ARateIsOverTheLoadSoFar) {
  AbortRules rules(PlanWith({"rate >= 50/s"}, Duration::Seconds(2)), 1);
  rules.OnBatch(0, "", MakeBatch(1, Cells(3, 100, 0), 2'000));
  EXPECT_EQ(rules.decision(), std::nullopt) << "100 in 2 s";
  rules.OnBatch(0, "", MakeBatch(2, {}, 2'100));
  EXPECT_EQ(rules.decision()->at, AtMillis(2'100));
}

TEST(AbortRulesTest, WindowsThatEndAfterItsTimeCount) {
  AbortRules rules(PlanWith({"count(failed) < 5 over 1s for 2s"}, Duration::Seconds(3)), 1);
  for (uint64_t second = 0; second < 4; ++second) {
    const auto interval = static_cast<uint32_t>(second * 10 + 4);
    const auto end = static_cast<int64_t>(second + 1) * 1'000;
    rules.OnBatch(0, "", MakeBatch(second + 1, Cells(interval, 1, 9), end));
  }
  EXPECT_EQ(rules.decision(), std::nullopt) << "one window has ended after 3 s";
  rules.OnBatch(0, "", MakeBatch(5, Cells(44, 1, 7), 4'990));
  EXPECT_EQ(rules.decision(), std::nullopt) << "the window is not over";
  rules.OnBatch(0, "", MakeBatch(6, {}, 5'000));
  EXPECT_EQ(*rules.decision(), (AbortDecision{0, AtMillis(5'000), "7"}));
}

TEST(AbortRulesTest, NothingIsDecidedAfterTheLoad) {
  AbortRules rules(PlanWith({"error_rate < 10%"}), 1);
  rules.OnBatch(0, "", MakeBatch(1, Cells(101, 0, 100), 60'000));
  EXPECT_EQ(rules.decision(), std::nullopt);
}

// 100 in the last 3 s of 5 s of the stage are fewer than 100 in 3 s of it.
TEST(AbortRulesTest, AHeldLoadAndItsStagesAreLonger) {
  const auto plan = PlanWith({"rate{stage=steady} >= 22/s"}, Duration::Seconds(4));
  const auto held = std::make_shared<const Plan>(
      plan->WithHolds({{AtMillis(5'000), Duration::Seconds(5)}}).value());
  AbortRules rules(plan, 1);
  rules.OnBatch(0, "", MakeBatch(1, Cells(30, 150, 0), 4'900));
  rules.Amend(held);
  rules.OnBatch(0, "", MakeBatch(2, {}, 8'800));
  EXPECT_EQ(rules.decision(), std::nullopt) << "150 in 6.8 s of the stage";
  rules.OnBatch(0, "", MakeBatch(3, {}, 8'900));
  EXPECT_EQ(rules.decision()->at, AtMillis(8'900));

  const auto errors = PlanWith({"error_rate < 10%"});
  AbortRules late(errors, 1);
  late.Amend(std::make_shared<const Plan>(errors->WithHolds(held->spec().holds).value()));
  late.OnBatch(0, "", MakeBatch(1, Cells(101, 0, 100), 12'000));
  EXPECT_EQ(late.decision()->at, AtMillis(10'200)) << "the load goes on to 15 s";
}

TEST(AbortRulesTest, ASlowWorkerHoldsABoundedNumberOfIntervals) {
  PlanSpec spec = OpenSpec({"error_rate < 10%"});
  spec.thresholds[0].abort = true;
  auto& segments = std::get<OpenLoad>(spec.load).segments;
  segments[1].length = Duration::Seconds(5'000);
  AbortRules rules(MakePlan(spec), 2);
  rules.OnBatch(0, "", MakeBatch(1, Cells(4'000, 0, 9), 4'500'000));
  EXPECT_EQ(rules.decision(), std::nullopt);
  rules.OnBatch(1, "", MakeBatch(1, {}, 4'500'000));
  EXPECT_EQ(rules.decision()->at, AtMillis(int64_t{AbortRules::kMaxPending} * 1'000))
      << "counted in the last interval that is held";
}

// Cut into batches of any lengths, over any workers, in any order between them.
TEST(AbortRulesTest, AnyPartitionDecidesTheSame) {
  const auto plan =
      PlanWith({"error_rate < 12%", "p95(response) < 100ms", "rate >= 40/s",
                "count(failed) < 9 over 500ms for 1s", "max(response) < 700ms over 1s"});
  std::vector<int> decided(plan->spec().thresholds.size(), 0);
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    std::vector<CellMap> by_interval(95);
    const uint64_t share = RandomBits(seed, RandomStream::kArrival, 1) % 25;
    for (uint64_t i = 0; i < 600; ++i) {
      const uint64_t bits = RandomBits(seed, RandomStream::kRequest, i);
      const auto interval = static_cast<uint32_t>(bits % by_interval.size());
      Cell& cell = by_interval[interval][{interval, 1, static_cast<uint16_t>((bits >> 8) % 2)}];
      if ((bits >> 16) % 100 < share) {
        AddFailed(&cell, ErrorClass::kTimeout);
      } else {
        AddCompleted(&cell, static_cast<int64_t>(bits >> 40) * 5);
      }
    }
    const auto decide = [&](uint32_t workers, uint64_t salt) {
      AbortRules rules(plan, workers);
      std::vector<uint32_t> done(workers, 0);  // intervals
      std::vector<uint64_t> sequence(workers, 0);
      for (uint64_t step = 0; !rules.decision() && step < 100'000; ++step) {
        const uint64_t bits = RandomBits(seed ^ salt, RandomStream::kThinkTime, step);
        const auto worker = static_cast<uint32_t>(bits % workers);
        DeltaBatch batch;
        batch.sequence = ++sequence[worker];
        const uint32_t end =
            std::min(95U, done[worker] + 1 + static_cast<uint32_t>((bits >> 20) % 7));
        for (; done[worker] < end; ++done[worker]) {
          // Every request of the interval is one worker's.
          uint32_t k = 0;
          for (const auto& [key, cell] : by_interval[done[worker]]) {
            if (k++ % workers == worker) batch.cells[key].Merge(cell);
          }
        }
        batch.accounted_through = AtMillis(done[worker] * 100);
        rules.OnBatch(worker, "", batch);
        if (std::all_of(done.begin(), done.end(), [](uint32_t d) { return d == 95; })) break;
      }
      return rules.decision();
    };
    const auto alone = decide(1, 0);
    EXPECT_EQ(alone, decide(1, 77)) << seed;
    EXPECT_EQ(alone, decide(2, 5)) << seed;
    EXPECT_EQ(alone, decide(3, 6)) << seed;
    if (alone) ++decided[alone->threshold];
  }
  int ended = 0;
  for (const int times : decided) ended += times;
  EXPECT_GT(ended, 20);
}

}  // namespace
}  // namespace muster
