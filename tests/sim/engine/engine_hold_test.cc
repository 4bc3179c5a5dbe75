// Engines whose plan is held while they run: what they do is what they would have done had they had
// the held plan from the start, whenever before the hold they learn of it; and one that learns of
// it too late says so.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/sim/sim_run.h"
#include "tests/worker/engine/test_plans.h"
#include "worker/engine/engine.h"

namespace muster {
namespace {

constexpr Duration kSecond = Duration::Seconds(1);
const RunTime kHeldAt = RunTime() + kSecond * 2;

std::shared_ptr<const Plan> Held(const Plan& plan, std::vector<HandHold> holds) {
  return std::make_shared<const Plan>(plan.WithHolds(std::move(holds)).value());
}

// Two holds on end, then a third: each plan holds the ones before it.
std::vector<std::shared_ptr<const Plan>> Amendments(const Plan& plan) {
  const std::vector<HandHold> all = {{kHeldAt, kSecond},
                                     {kHeldAt + kSecond, Duration::Millis(1500)},
                                     {kHeldAt + kSecond * 4, kSecond}};
  std::vector<std::shared_ptr<const Plan>> plans;
  for (size_t n = 1; n <= all.size(); ++n)
    plans.push_back(Held(plan, {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n)}));
  return plans;
}

// Has each engine amended at a moment of its own, `early` before the hold.
void AmendAll(SimRun* run, const Plan& plan, Duration early, size_t* in_time) {
  for (const auto& amended : Amendments(plan)) {
    const RunTime from = amended->spec().holds.back().at;
    for (size_t i = 0; i < run->workers(); ++i) {
      const Duration when =
          from - RunTime() - early - Duration::Millis(7) * static_cast<int64_t>(i);
      run->At(when, [=] {
        run->worker(i).Amend(amended, from, [=](bool yes) { *in_time += yes ? 1 : 0; });
      });
    }
  }
}

PlanSpec HillSpec(ArrivalKind arrivals, int64_t top) {
  PlanSpec spec = OpenSpec(top, 1, 10'000);
  spec.stages.push_back({"down", true});
  spec.requests.push_back(spec.requests[0]);
  spec.requests[1].name = "other";
  Open(spec).arrivals = arrivals;
  Open(spec).segments = {{Rate{}, Rate::PerSecond(top), kSecond * 3, 0},
                         {Rate::PerSecond(top), Rate::PerSecond(1), kSecond, 1}};
  return spec;
}

TEST(EngineHoldTest, OpenRunsAreThoseOfTheHeldPlanForAnyNumberOfEngines) {
  using Split = std::pair<std::vector<uint32_t>, std::vector<uint32_t>>;
  for (const ArrivalKind arrivals : {ArrivalKind::kEven, ArrivalKind::kPoisson}) {
    for (const int64_t top : {3, 40, 2000}) {
      const auto plan = MakePlan(HillSpec(arrivals, top));
      const auto held = Amendments(*plan).back();
      SimRunOptions options;
      options.trace = true;
      SimRun expected(held, options);
      ASSERT_TRUE(expected.Run());
      ASSERT_EQ(expected.Trace().size(), held->total_iterations());
      ASSERT_GT(held->total_iterations(), plan->total_iterations());
      for (const Split& split : {Split{{1}, {1}}, Split{{1}, {2}}, Split{{1, 2, 3}, {1, 2}}}) {
        options.weights = split.first;
        options.threads = split.second;
        SimRun run(plan, options);
        size_t in_time = 0;
        AmendAll(&run, *plan, Duration::Millis(50), &in_time);
        ASSERT_TRUE(run.Run());
        EXPECT_EQ(in_time, 3 * run.workers());
        EXPECT_EQ(run.Trace(), expected.Trace());
        if (run.workers() == 1 && run.worker(0).threads() == 1) {
          EXPECT_EQ(run.cells(), expected.cells());
        }
        EXPECT_EQ(run.totals().completed, expected.totals().completed);
        EXPECT_EQ(run.totals().load_completed, expected.totals().load_completed);
        EXPECT_EQ(run.ended(), expected.ended());
        EXPECT_EQ(run.Latency(LatencyKind::kLag).max(), 0);
      }
    }
  }
}

TEST(EngineHoldTest, ClosedRunsAreThoseOfTheHeldPlan) {
  for (const int64_t think_ms : {0, 40, 900}) {
    for (const bool limited : {false, true}) {
      PlanSpec spec = ClosedSpec(9, 1);
      Closed(spec).segments = {{0, 9, kSecond * 3, 0}, {9, 0, kSecond, 0}, {4, 4, kSecond, 0}};
      Closed(spec).think_max = Duration::Millis(think_ms);
      if (limited) spec.iterations = 5'000;
      const auto plan = MakePlan(spec);
      SimRunOptions options;
      options.weights = {1, 2};
      options.threads = {2};
      options.server.service = Duration::Millis(3);
      SimRun expected(Amendments(*plan).back(), options);
      ASSERT_TRUE(expected.Run());
      SimRun run(plan, options);
      size_t in_time = 0;
      AmendAll(&run, *plan, Duration::Millis(50), &in_time);
      ASSERT_TRUE(run.Run());
      EXPECT_EQ(in_time, 6U);
      EXPECT_EQ(run.cells(), expected.cells()) << think_ms;
      EXPECT_EQ(run.ended(), expected.ended());
    }
  }
}

TEST(EngineHoldTest, ALimitThatIsReachedEndsAHeldRunTheSame) {
  PlanSpec spec = HillSpec(ArrivalKind::kPoisson, 400);
  spec.iterations = 500;
  const auto plan = MakePlan(spec);
  SimRunOptions options;
  options.trace = true;
  SimRun expected(Amendments(*plan)[1], options);
  ASSERT_TRUE(expected.Run());
  SimRun run(plan, options);
  for (size_t n = 0; n < 2; ++n) {
    const auto amended = Amendments(*plan)[n];
    run.At(kSecond, [&run, amended] {
      run.worker(0).Amend(amended, amended->spec().holds.back().at,
                          [](bool yes) { EXPECT_TRUE(yes); });
    });
  }
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.Trace().size(), 500U);
  EXPECT_EQ(run.Trace(), expected.Trace());
}

// The engine has decided its last number long before the load's end, when a hold brings more.
TEST(EngineHoldTest, AnEngineWithNothingLeftToDoGoesOn) {
  PlanSpec spec = OpenSpec(10, 1);
  spec.stages.push_back({"still", true});
  Open(spec).segments.push_back({Rate{}, Rate{}, kSecond * 3, 1});
  spec.iterations = 1'000;  // which it never comes to
  const auto plan = MakePlan(spec);
  const auto held = Held(*plan, {{RunTime() + Duration::Millis(500), kSecond}});
  SimRunOptions options;
  options.trace = true;
  SimRun run(plan, options);
  run.At(Duration::Millis(499), [&] {
    run.worker(0).Amend(held, RunTime() + Duration::Millis(500),
                        [](bool yes) { EXPECT_TRUE(yes); });
  });
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.Trace().size(), 20U);
  EXPECT_GE(run.ended(), RunTime() + kSecond * 5);
}

TEST(EngineHoldTest, TooLateIsToldAndChangesNothing) {
  const auto plan = MakePlan(HillSpec(ArrivalKind::kEven, 100));
  const auto held = Amendments(*plan).front();
  SimRunOptions options;
  options.trace = true;
  SimRun plain(plan, options);
  ASSERT_TRUE(plain.Run());
  SimRun run(plan, options);
  int answers = 0;
  run.At(kHeldAt - RunTime() + Duration::Millis(100), [&] {
    run.worker(0).Amend(held, kHeldAt, [&](bool in_time) {
      EXPECT_FALSE(in_time);
      ++answers;
    });
  });
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(run.Trace(), plain.Trace());
}

// A thread that gets no processor over the hold's beginning: as it decided nothing meanwhile, it
// still does what the held plan says, late.
TEST(EngineHoldTest, AStalledEngineIsInTimeWhenItDecidedNothingSince) {
  const auto plan = MakePlan(HillSpec(ArrivalKind::kEven, 100));
  const auto held = Amendments(*plan).front();
  SimRunOptions options;
  options.trace = true;
  const MonoTime from = SimRun::kT0 + Duration::Millis(1900),
                 to = SimRun::kT0 + Duration::Millis(2600);
  SimRun expected(held, options);
  expected.worker(0).StallAdvance(from, to);
  ASSERT_TRUE(expected.Run());
  SimRun run(plan, options);
  run.worker(0).StallAdvance(from, to);
  run.At(Duration::Millis(2300),
         [&] { run.worker(0).Amend(held, kHeldAt, [](bool in_time) { EXPECT_TRUE(in_time); }); });
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.Trace(), expected.Trace());
  EXPECT_GT(run.Latency(LatencyKind::kLag).max(), Duration::Millis(600).nanos());
}

TEST(EngineHoldTest, AStoppedEngineTakesAHoldBehindItsEnd) {
  const auto plan = MakePlan(HillSpec(ArrivalKind::kEven, 100));
  const auto held = Amendments(*plan).front();
  SimRunOptions options;
  options.trace = true;
  options.server.service = kSecond * 2;
  SimRun run(plan, options);
  run.At(kSecond, [&] { run.worker(0).Stop(StopMode::kDrain); });
  run.At(Duration::Millis(2300),
         [&] { run.worker(0).Amend(held, kHeldAt, [](bool in_time) { EXPECT_TRUE(in_time); }); });
  ASSERT_TRUE(run.Run());
  EXPECT_EQ(run.Trace().size(), plan->rates().DueBy(RunTime() + kSecond));
}

}  // namespace
}  // namespace muster
