#include "master/results/threshold_eval.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "common/base/random.h"
#include "tests/master/results/fixture.h"

namespace muster {
namespace {

ThresholdResult Evaluate(const std::string& expression, const Cell& cell,
                         Duration load_length = Duration::Seconds(10)) {
  const auto threshold = ParseThreshold(expression);
  EXPECT_TRUE(threshold.ok()) << threshold.status();
  return EvaluateThreshold(*threshold, ThresholdScope{&cell, 0, load_length});
}

// 90 of 1 ms, 5 of 100 ms, 3 failed, 2 not started; one of the slow ones is a 503.
Cell Mixed() {
  const std::vector<Duration> limits = {Duration::Millis(50)};
  Cell cell;
  for (int i = 0; i < 90; ++i) AddCompleted(&cell, 1'000'000, limits, 1'000);
  for (int i = 0; i < 5; ++i) AddCompleted(&cell, 100'000'000, limits, 1'000, i == 0 ? 503 : 200);
  for (int i = 0; i < 3; ++i) AddFailed(&cell, ErrorClass::kTimeout);
  AddNotStarted(&cell, NotStarted::kMaxInFlight, 2);
  return cell;
}

TEST(ThresholdEvalTest, WhatDidNotCompleteRanksLast) {
  const Cell cell = Mixed();
  EXPECT_TRUE(Evaluate("p90(response) <= 1001us", cell).passed);
  EXPECT_FALSE(Evaluate("p91(response) < 50ms", cell).passed);
  EXPECT_TRUE(Evaluate("p95(response) < 101ms", cell).passed);
  const ThresholdResult failed = Evaluate("p96(response) < 1h", cell);
  EXPECT_FALSE(failed.passed);
  EXPECT_EQ(failed.observed_text, "failed");
  EXPECT_FALSE(failed.observed.has_value());
  EXPECT_TRUE(Evaluate("p100(response, ok) < 101ms", cell).passed);
  EXPECT_TRUE(Evaluate("p100(service) < 101ms", cell).passed);
}

TEST(ThresholdEvalTest, ARankAmongTheFailedPassesNoComparison) {
  EXPECT_FALSE(Evaluate("p99(response) > 1ms", Mixed()).passed);
}

TEST(ThresholdEvalTest, SharesAndCounts) {
  const Cell cell = Mixed();
  EXPECT_DOUBLE_EQ(*Evaluate("within(50ms) >= 90%", cell).observed, 0.9);
  EXPECT_TRUE(Evaluate("within(50ms) >= 90%", cell).passed);
  EXPECT_FALSE(Evaluate("within(50ms) > 90%", cell).passed);
  EXPECT_DOUBLE_EQ(*Evaluate("error_rate < 1%", cell).observed, 4.0 / 98);
  EXPECT_DOUBLE_EQ(*Evaluate("not_started_rate < 1%", cell).observed, 0.02);
  EXPECT_DOUBLE_EQ(*Evaluate("rate >= 1/s", cell).observed, 9.5);
  EXPECT_EQ(*Evaluate("count(failed) < 10", cell).observed, 3);
  EXPECT_EQ(*Evaluate("count(completed) < 10", cell).observed, 95);
  EXPECT_EQ(*Evaluate("count(unexpected) < 10", cell).observed, 1);
  EXPECT_EQ(*Evaluate("count(not_started) < 10", cell).observed, 2);
  EXPECT_EQ(*Evaluate("count(started) < 10", cell).observed, 98);
  EXPECT_EQ(*Evaluate("count(due) < 10", cell).observed, 100);
}

TEST(ThresholdEvalTest, ARateThatIsJustReachedPasses) {
  Cell cell;
  cell.counts.due = cell.counts.completed = cell.counts.load_completed = 30'000;
  EXPECT_TRUE(Evaluate("rate >= 1000/s", cell, Duration::Seconds(30)).passed);
  EXPECT_FALSE(Evaluate("rate > 1000/s", cell, Duration::Seconds(30)).passed);
  EXPECT_FALSE(Evaluate("rate < 1000/s", cell, Duration::Seconds(30)).passed);
}

TEST(ThresholdEvalTest, MeanMinAndMaxAreOfTheCompleted) {
  const Cell cell = Mixed();
  EXPECT_EQ(*Evaluate("min(response) < 1s", cell).observed, 1e6);
  EXPECT_EQ(*Evaluate("max(response) < 1s", cell).observed, 100e6);
  EXPECT_DOUBLE_EQ(*Evaluate("mean(response) < 1s", cell).observed, (90 * 1e6 + 5 * 100e6) / 95);
}

TEST(ThresholdEvalTest, NoDataFailsWhateverIsAsked) {
  for (const char* expression :
       {"p99(response) < 1h", "p99(response, ok) < 1h", "p50(tls) < 1h", "mean(response) < 1h",
        "min(response) > 0s", "max(response) < 1h", "within(1s) >= 0%", "error_rate < 100%",
        "not_started_rate < 100%", "rate >= 0/s", "count(failed) < 10", "count(failed) >= 0"}) {
    const ThresholdResult result = Evaluate(expression, Cell());
    EXPECT_FALSE(result.passed) << expression;
    EXPECT_EQ(result.observed_text, "no data") << expression;
  }
}

// Against a sort of the exact samples: never below the true value, at most 0.1 % above.
TEST(ThresholdEvalTest, PercentilesAgreeWithASortOfExactSamples) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    Cell cell;
    std::vector<int64_t> exact;
    const uint64_t n = 1 + RandomBits(seed, RandomStream::kArrival, 0) % 300;
    for (uint64_t i = 0; i < n; ++i) {
      const uint64_t bits = RandomBits(seed, RandomStream::kRequest, i);
      if (bits % 7 == 0) {
        AddFailed(&cell, ErrorClass::kTimeout);
        exact.push_back(INT64_MAX);
      } else if (bits % 7 == 1) {
        AddNotStarted(&cell, NotStarted::kMaxInFlight);
        exact.push_back(INT64_MAX);
      } else {
        exact.push_back(static_cast<int64_t>(bits >> 34));
        AddCompleted(&cell, exact.back());
      }
    }
    std::sort(exact.begin(), exact.end());
    for (const uint64_t percent : {1U, 10U, 50U, 75U, 90U, 95U, 99U, 100U}) {
      const uint64_t rank = std::max<uint64_t>(1, (percent * n + 99) / 100);
      const int64_t truth = exact[rank - 1];
      const ThresholdResult result =
          Evaluate("p" + std::to_string(percent) + "(response) < 1h", cell);
      ASSERT_EQ(result.observed.has_value(), truth != INT64_MAX) << seed << " p" << percent;
      if (!result.observed) continue;
      EXPECT_GE(*result.observed, static_cast<double>(truth)) << seed << " p" << percent;
      EXPECT_LE(*result.observed, static_cast<double>(truth) * 1.001 + 1)
          << seed << " p" << percent;
    }
  }
}

TEST(ThresholdEvalTest, APerfectGeneratorHasNoLagAndNoLimitsOfItsOwn) {
  const std::vector<Duration> limits = {Duration::Millis(50)};
  Cell cell;
  for (int i = 0; i < 90; ++i) AddCompleted(&cell, 60'000'000, limits, 20'000'000);
  for (const ErrorClass own :
       {ErrorClass::kLocalPorts, ErrorClass::kLocalDescriptors, ErrorClass::kLocalOther}) {
    AddFailed(&cell, own);
  }
  AddFailed(&cell, ErrorClass::kTimeout);
  for (const NotStarted own :
       {NotStarted::kLate, NotStarted::kDescriptors, NotStarted::kPorts, NotStarted::kSpoolFull}) {
    AddNotStarted(&cell, own, 3);
  }
  AddNotStarted(&cell, NotStarted::kMaxInFlight, 5);
  const Cell perfect = WithoutGeneratorFaults(cell);
  EXPECT_EQ(perfect.counts.due, 96u);
  EXPECT_EQ(perfect.counts.failed, 1u);
  EXPECT_EQ(perfect.counts.not_started_total(), 5u);
  EXPECT_DOUBLE_EQ(*Evaluate("within(50ms) >= 99%", cell).observed, 0);
  EXPECT_DOUBLE_EQ(*Evaluate("within(50ms) >= 99%", perfect).observed, 90.0 / 96);
  EXPECT_LT(*Evaluate("p50(response) < 1s", perfect).observed, 41e6);
}

// 997 of 1,000 completed in 8 measured seconds, 2 were found late, 1 had no descriptor.
TEST(ThresholdEvalTest, WhatTheGeneratorKeptBackMayHaveTurnedARateOrCount) {
  const auto plan = MakePlan(OpenSpec({"rate >= 125/s", "rate > 125/s", "count(completed) >= 1000",
                                       "count(started) >= 1000", "count(due) < 1000",
                                       "count(failed) < 1", "count(not_started) < 1"}));
  RunMerger merger(plan, 1);
  CellMap cells;
  for (int i = 0; i < 997; ++i) AddCompleted(&cells[{20, 1, 0}], 1'000);
  AddNotStarted(&cells[{20, 1, 0}], NotStarted::kLate, 2);
  AddFailed(&cells[{20, 1, 0}], ErrorClass::kLocalDescriptors);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, cells, 10'000, true)).ok());
  std::vector<bool> would_pass;
  for (const ThresholdJudgement& judgement : EvaluateThresholds(merger, plan->load_end())) {
    EXPECT_FALSE(judgement.result.passed) << judgement.result.threshold.expression;
    would_pass.push_back(judgement.passes_without_generator_faults);
  }
  EXPECT_EQ(would_pass, (std::vector<bool>{true, false, true, true, false, true, true}));
}

TEST(ThresholdEvalTest, FirstBreachIsTheFirstRowThatBreaksAlone) {
  const Threshold p99 = *ParseThreshold("p99(response) < 50ms");
  const Threshold errors = *ParseThreshold("error_rate < 10%");
  Timeline timeline(Duration::Millis(100));
  Cell fine, slow, failing;
  for (int i = 0; i < 20; ++i) AddCompleted(&fine, 1'000'000);
  for (int i = 0; i < 20; ++i) AddCompleted(&slow, 70'000'000);
  AddCompleted(&failing, 1'000'000);
  AddFailed(&failing, ErrorClass::kTimeout);
  timeline.Add(0, fine);
  EXPECT_EQ(FirstBreach(p99, 0, timeline), std::nullopt);
  timeline.Add(3, slow);
  timeline.Add(5, failing);
  EXPECT_EQ(FirstBreach(p99, 0, timeline), RunTime() + Duration::Millis(300));
  EXPECT_EQ(FirstBreach(errors, 0, timeline), RunTime() + Duration::Millis(500));
  EXPECT_EQ(FirstBreach(*ParseThreshold("rate >= 1/s"), 0, timeline), std::nullopt);
}

// Each metric sees in a row what it is made of, and nothing else.
TEST(ThresholdEvalTest, ARowIsJudgedByWhatEndedInIt) {
  Cell mixed;
  for (int i = 0; i < 8; ++i) AddCompleted(&mixed, 1'000'000);
  AddCompleted(&mixed, 1'000'000, {}, 0, 503);
  AddNotStarted(&mixed, NotStarted::kMaxInFlight);
  Timeline timeline(Duration::Millis(100));
  timeline.Add(4, mixed);
  const RunTime row = RunTime() + Duration::Millis(400);
  const auto breach = [&](const char* text) {
    return FirstBreach(*ParseThreshold(text), 0, timeline);
  };
  EXPECT_EQ(breach("error_rate < 1%"), row) << "the 503";
  EXPECT_EQ(breach("error_rate < 12%"), std::nullopt);
  EXPECT_EQ(breach("p99(response) < 1s"), row) << "not started ranks last";
  EXPECT_EQ(breach("p90(response) < 1s"), std::nullopt);
  EXPECT_EQ(breach("p99(response, ok) < 1s"), std::nullopt) << "the completed ones alone";
  EXPECT_EQ(breach("not_started_rate < 10%"), row);
  EXPECT_EQ(breach("not_started_rate < 11%"), std::nullopt);
  EXPECT_EQ(breach("p99(service) < 1us"), std::nullopt) << "rows have the response alone";
}

TEST(ThresholdEvalTest, ASilenceLongerThanTheLimitIsABreachFromItsBeginning) {
  const Threshold p99 = *ParseThreshold("p99(response) < 250ms");
  Timeline timeline(Duration::Millis(100));
  Cell fine, due_only;
  AddCompleted(&fine, 1'000'000);
  due_only.counts.due = due_only.counts.started = 1;
  timeline.Add(0, fine);
  timeline.Add(1, due_only);
  timeline.Add(2, due_only);
  EXPECT_EQ(FirstBreach(p99, 0, timeline), std::nullopt);
  const Threshold as_long = *ParseThreshold("p99(response) < 200ms");
  EXPECT_EQ(FirstBreach(as_long, 0, timeline), std::nullopt);
  timeline.Add(3, due_only);
  EXPECT_EQ(FirstBreach(p99, 0, timeline), RunTime() + Duration::Millis(100));
}

// A closed run, or a slow one: nothing new is due while what is outstanding hangs.
TEST(ThresholdEvalTest, ASilenceGoesOnWhileSomethingIsOutstanding) {
  const Threshold p99 = *ParseThreshold("p99(response) < 250ms");
  Cell fine, hanging, timed_out;
  AddCompleted(&fine, 1'000'000);
  AddFailed(&timed_out, ErrorClass::kTimeout);
  hanging.counts.due = hanging.counts.started = 1;
  timed_out.counts.due = timed_out.counts.started = 0;
  Timeline timeline(Duration::Millis(100));
  timeline.Add(0, fine);
  timeline.Add(0, hanging);
  timeline.Add(90, timed_out);
  EXPECT_EQ(FirstBreach(p99, 0, timeline), RunTime() + Duration::Millis(100));

  EXPECT_EQ(FirstBreach(*ParseThreshold("min(response) > 1us"), 0, timeline), std::nullopt);

  Timeline pauses(Duration::Millis(100));
  for (uint32_t i = 0; i < 90; i += 10) pauses.Add(i, fine);
  EXPECT_EQ(FirstBreach(p99, 0, pauses), std::nullopt) << "nothing was outstanding";
}

TEST(ThresholdEvalTest, StageLengthsEndWithTheLoadAsRun) {
  const auto plan = MakePlan(OpenSpec());
  const auto at = [](int64_t seconds) { return RunTime() + Duration::Seconds(seconds); };
  EXPECT_EQ(StageLengthAsRun(*plan, std::nullopt, at(10)), Duration::Seconds(8));
  EXPECT_EQ(StageLengthAsRun(*plan, std::nullopt, at(5)), Duration::Seconds(3));
  EXPECT_EQ(StageLengthAsRun(*plan, 2, at(7)), Duration::Seconds(1));
  EXPECT_EQ(StageLengthAsRun(*plan, 2, at(5)), Duration());
  EXPECT_EQ(StageLengthAsRun(*MakePlan(ClosedSpec()), 0, at(3)), Duration::Seconds(3));
}

TEST(ThresholdEvalTest, EachWithinReadsTheCounterOfItsOwnDuration) {
  const auto plan = MakePlan(OpenSpec(
      {"within(100ms) >= 1%", "within(5ms) >= 1%", "within(50ms) >= 1%", "within(5ms) >= 2%"}));
  RunMerger merger(plan, 1);
  CellMap cells;
  for (const int64_t ms : {1, 10, 10, 70, 70, 70, 70, 200, 200, 200}) {
    AddCompleted(&cells[{20, 1, 0}], ms * 1'000'000, plan->within_limits());
  }
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, cells, 10'000, true)).ok());
  std::vector<double> observed;
  for (const ThresholdJudgement& judgement : EvaluateThresholds(merger, plan->load_end())) {
    observed.push_back(*judgement.result.observed);
  }
  EXPECT_EQ(observed, (std::vector<double>{0.7, 0.1, 0.3, 0.1}));
}

TEST(ThresholdEvalTest, FiltersAndDefaultsOfThePlan) {
  const auto plan = MakePlan(OpenSpec(
      {"p99(response){name=buy} < 50ms", "within(50ms){stage=steady} >= 99%", "rate >= 0.2/s"}));
  RunMerger merger(plan, 1);
  CellMap cells;
  AddCompleted(&cells[{0, 0, 1}], 70'000'000, plan->within_limits());  // warm: not measured
  AddCompleted(&cells[{20, 1, 0}], 70'000'000, plan->within_limits());
  AddCompleted(&cells[{60, 2, 1}], 10'000'000, plan->within_limits());
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, cells, 10'000, true)).ok());
  const auto judgements = EvaluateThresholds(merger, plan->load_end());
  ASSERT_EQ(judgements.size(), 3u);
  EXPECT_TRUE(judgements[0].result.passed);
  EXPECT_FALSE(judgements[1].result.passed);
  EXPECT_EQ(judgements[1].result.first_breach, RunTime() + plan->interval() * 20);
  EXPECT_DOUBLE_EQ(*judgements[2].result.observed, 2.0 / 8);
}

// `n` requests of `ms` in each second of [from, to).
void AddSeconds(CellMap* cells, uint32_t from, uint32_t to, int n, int64_t ms, int64_t lag_ms = 0) {
  for (uint32_t second = from; second < to; ++second) {
    Cell& cell = (*cells)[{second * 10 + 5, 1, 0}];
    for (int i = 0; i < n; ++i) AddCompleted(&cell, ms * 1'000'000, {}, lag_ms * 1'000'000);
  }
}

ThresholdJudgement JudgeOne(PlanSpec spec, const CellMap& cells) {
  const auto plan = MakePlan(std::move(spec));
  RunMerger merger(plan, 1);
  EXPECT_TRUE(merger.Accept(0, MakeBatch(1, cells, 10'000, true)).ok());
  return EvaluateThresholds(merger, plan->load_end()).at(0);
}

TEST(ThresholdEvalTest, AWindowThatLastsIsABreachAndAMomentIsNot) {
  const PlanSpec spec = OpenSpec({"p99(response) < 50ms over 1s for 2s"});
  CellMap cells;
  AddSeconds(&cells, 2, 5, 1'000, 10);
  AddSeconds(&cells, 5, 6, 1'000, 90);
  const ThresholdResult passed = JudgeOne(spec, cells).result;
  EXPECT_TRUE(passed.passed);
  EXPECT_NEAR(*passed.observed, 10e6, 1e5);
  EXPECT_NEAR(*passed.worst_window->observed, 90e6, 1e6);
  EXPECT_EQ(passed.worst_window->from, RunTime() + Duration::Seconds(5));
  EXPECT_EQ(passed.windows_decided, 4u);
  EXPECT_EQ(passed.remark, "");
  AddSeconds(&cells, 6, 7, 1'000, 70);
  const ThresholdJudgement failed = JudgeOne(spec, cells);
  EXPECT_FALSE(failed.result.passed);
  EXPECT_EQ(failed.result.first_breach, RunTime() + Duration::Seconds(5));
  EXPECT_NEAR(*failed.result.observed, 70e6, 1e6);
  EXPECT_FALSE(failed.passes_without_generator_faults);
}

TEST(ThresholdEvalTest, WindowsWithoutTheirSamplesAreNoData) {
  const PlanSpec spec = OpenSpec({"p99(response) < 50ms over 1s"});
  CellMap cells;
  AddSeconds(&cells, 2, 5, 999, 10);
  const ThresholdResult none = JudgeOne(spec, cells).result;
  EXPECT_FALSE(none.passed);
  EXPECT_EQ(none.observed_text, "no data");
  EXPECT_EQ(none.remark, "not enough samples in 3 windows");
  AddSeconds(&cells, 5, 6, 1'000, 10);
  const ThresholdResult one = JudgeOne(spec, cells).result;
  EXPECT_TRUE(one.passed);
  EXPECT_EQ(one.windows_passed_over, 3u);
  EXPECT_EQ(one.remark, "not enough samples in 3 windows");
}

TEST(ThresholdEvalTest, AWindowThatOnlyTheGeneratorsLagBrokeIsTheGenerators) {
  CellMap cells;
  AddSeconds(&cells, 2, 9, 1'000, 10);
  AddSeconds(&cells, 9, 10, 1'000, 60, 30);
  const ThresholdJudgement judgement = JudgeOne(OpenSpec({"p99(response) < 50ms over 1s"}), cells);
  EXPECT_FALSE(judgement.result.passed);
  EXPECT_TRUE(judgement.passes_without_generator_faults);
}

ThresholdResult Confident(const std::string& text, std::optional<Certainty> certainty,
                          bool passed = true) {
  ThresholdResult result;
  result.threshold = *ParseThreshold(text + " with 95% confidence");
  result.passed = passed;
  result.certainty = certainty;
  RequireConfidence(&result);
  return result;
}

TEST(ThresholdEvalTest, ConfidenceNeedsTheBoundOnTheRightSide) {
  const Certainty sure{Interval{300e6, 390e6}, false, false, {}};
  const Certainty doubtful{Interval{300e6, 412e6}, true, false, {}};
  EXPECT_TRUE(Confident("p99(response) < 400ms", sure).passed);
  const ThresholdResult result = Confident("p99(response) < 400ms", doubtful);
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.remark, "not shown with 95 % confidence: it may be 412ms");
  EXPECT_TRUE(Confident("p99(response) > 299ms", doubtful).passed);
  EXPECT_FALSE(Confident("p99(response) > 300ms", doubtful).passed);
  const Certainty endless{Interval{300e6, std::numeric_limits<double>::infinity()}, true, true, {}};
  EXPECT_EQ(Confident("p99(response) < 400ms", endless).remark,
            "not shown with 95 % confidence: it may be failed");
  EXPECT_EQ(Confident("p99(response) < 200ms", doubtful, false).remark, "") << "it says so itself";
}

TEST(ThresholdEvalTest, WithoutAnIntervalNothingIsShown) {
  const ThresholdResult none = Confident("error_rate < 1%", std::nullopt);
  EXPECT_FALSE(none.passed);
  EXPECT_EQ(none.remark,
            "can't be shown with 95 % confidence: no stage of 30 s and more held one value");
  EXPECT_EQ(Confident("error_rate < 1%", Certainty{}).remark,
            "can't be shown with 95 % confidence: too few samples");
}

// Fast enough but not for long enough: the target failed nothing, and neither did the generator.
TEST(ThresholdEvalTest, ABoundThatIsMissedIsNoFaultOfTheGenerator) {
  CellMap cells;
  AddSeconds(&cells, 2, 10, 100, 10, 5);
  const ThresholdJudgement judgement =
      JudgeOne(OpenSpec({"p99(response) < 50ms with 95% confidence"}), cells);
  EXPECT_FALSE(judgement.result.passed);
  EXPECT_FALSE(judgement.passes_without_generator_faults);
  EXPECT_EQ(judgement.result.observed_text, "10.0ms");
}

TEST(ThresholdEvalTest, AnUnknownGroupOfWorkersHasNoData) {
  CellMap cells;
  AddSeconds(&cells, 2, 10, 100, 10);
  const ThresholdResult result = JudgeOne(OpenSpec({"error_rate{worker=mars} < 1%"}), cells).result;
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.observed_text, "no data");
}

}  // namespace
}  // namespace muster
