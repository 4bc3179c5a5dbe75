#include "master/compare/comparison.h"

#include <gtest/gtest.h>

#include "tests/master/compare/sample_runs.h"

namespace muster {
namespace {

Comparison Compared(std::vector<RunFigures> base, std::vector<RunFigures> changed,
                    const CompareOptions& options = CompareOptions{}) {
  auto comparison = CompareSides(std::move(base), std::move(changed), options);
  EXPECT_TRUE(comparison.ok()) << comparison.status();
  return comparison.ok() ? *std::move(comparison) : Comparison{};
}

std::string Refused(std::vector<RunFigures> base, std::vector<RunFigures> changed) {
  const auto comparison = CompareSides(std::move(base), std::move(changed), CompareOptions{});
  EXPECT_TRUE(absl::IsInvalidArgument(comparison.status()));
  return Message(comparison.status());
}

bool Says(const Comparison& c, const std::string& what) {
  for (const std::string& note : c.notes) {
    if (note.find(what) != std::string::npos) return true;
  }
  return false;
}

TEST(ComparisonTest, FourAgainstFourFindALargeClearChange) {
  const Comparison c = Compared(BaseRuns({10, 11, 10.5, 10.2}), NewRuns({13, 14, 13.5, 13.2}));
  EXPECT_TRUE(c.judged);
  EXPECT_TRUE(c.regression());
  const MetricChange& p99 = MetricOfRun(c, CompareMetric::kP99);
  EXPECT_EQ(p99.change, Change::kWorse);
  EXPECT_NEAR(*p99.p_worse, 1.0 / 70, 1e-12);  // the clearest of all 70 splits
  EXPECT_NEAR(*p99.ratio, 1.288, 0.001);
  EXPECT_TRUE(p99.ratio_interval->Contains(*p99.ratio));
  EXPECT_TRUE(c.notes.empty());
}

TEST(ComparisonTest, TheOtherWayRoundItIsBetter) {
  const Comparison c = Compared(BaseRuns({13, 14, 13.5, 13.2}), NewRuns({10, 11, 10.5, 10.2}));
  EXPECT_FALSE(c.regression());
  EXPECT_EQ(MetricOfRun(c, CompareMetric::kP99).change, Change::kBetter);
}

TEST(ComparisonTest, AClearChangeBelowTheSizeIsNone) {
  const std::vector<double> base = {10, 10.01, 10.02, 10.03}, changed = {10.2, 10.21, 10.22, 10.23};
  EXPECT_EQ(MetricOfRun(Compared(BaseRuns(base), NewRuns(changed)), CompareMetric::kP99).change,
            Change::kNone);
  EXPECT_TRUE(Compared(BaseRuns(base), NewRuns(changed), {.size = 0.01}).regression());
}

TEST(ComparisonTest, ALargeChangeThatChanceMayMakeIsNone) {
  const Comparison c = Compared(BaseRuns({10, 20, 11, 21}), NewRuns({12, 24, 13, 23}));
  EXPECT_GT(*MetricOfRun(c, CompareMetric::kP99).ratio, 1.05);
  EXPECT_FALSE(c.regression());
}

// Of labels dealt at random, at most the share alpha may be called a regression.
TEST(ComparisonTest, FalseAlarmsAreAsRareAsAlpha) {
  const std::vector<double> all = {10, 12, 15, 19, 24, 30, 37, 45};
  int alarms = 0, deals = 0;
  for (unsigned mask = 0; mask < 256; ++mask) {
    if (__builtin_popcount(mask) != 4) continue;
    std::vector<double> base, changed;
    for (size_t i = 0; i < 8; ++i) ((mask >> i & 1U) != 0 ? base : changed).push_back(all[i]);
    ++deals;
    alarms += Compared(BaseRuns(base), NewRuns(changed)).regression() ? 1 : 0;
  }
  EXPECT_EQ(deals, 70);
  EXPECT_GE(alarms, 1);
  EXPECT_LE(alarms, 70 * 0.05);
}

TEST(ComparisonTest, FewerThanFourShowDifferencesAndJudgeNothing) {
  for (const size_t n : {size_t{1}, size_t{3}}) {
    const Comparison c =
        Compared(BaseRuns(std::vector<double>(n, 10)), NewRuns(std::vector<double>(n, 30)));
    EXPECT_FALSE(c.judged);
    EXPECT_FALSE(c.regression());
    EXPECT_TRUE(Says(c, "noise floor unknown"));
    const MetricChange& p99 = MetricOfRun(c, CompareMetric::kP99);
    EXPECT_NEAR(*p99.ratio, 3, 1e-9);
    EXPECT_EQ(p99.p_worse, std::nullopt);
    EXPECT_EQ(p99.change, Change::kNotJudged);
  }
  EXPECT_FALSE(Compared(BaseRuns({1, 1, 1}), NewRuns({9, 9, 9, 9, 9, 9})).judged);
}

TEST(ComparisonTest, AnAlphaThatNothingCouldMeetJudgesNothing) {
  const Comparison c =
      Compared(BaseRuns({10, 10, 10, 10}), NewRuns({30, 30, 30, 30}), {.alpha = 0.01});
  EXPECT_FALSE(c.judged);
  EXPECT_TRUE(Says(c, "5 against 5 would do"));
  EXPECT_EQ(RunsNeeded(0.05, 1), 4U);
  EXPECT_EQ(RunsNeeded(0.01, 1), 5U);   // 1/252
  EXPECT_EQ(RunsNeeded(0.05, 12), 5U);  // 12/252
  EXPECT_EQ(RunsNeeded(0.05, 13), 6U);
}

TEST(ComparisonTest, RatesCountInTheClosedModelAloneAndLowerIsWorse) {
  auto base = BaseRuns({10, 11, 10.5, 10.2}), changed = NewRuns({13, 14, 13.5, 13.2});
  for (const MetricChange& change : Compared(base, changed).metrics) {
    EXPECT_NE(change.metric, CompareMetric::kRate);
  }
  for (auto* side : {&base, &changed}) {
    for (RunFigures& run : *side) run.model = "closed";
  }
  const MetricChange rate = MetricOfRun(Compared(base, changed), CompareMetric::kRate);
  EXPECT_LT(*rate.ratio, 1);
  EXPECT_EQ(rate.change, Change::kWorse);
}

TEST(ComparisonTest, ErrorRatesFromZeroCountOnceTheyMatter) {
  auto with_errors = [](std::vector<RunFigures> runs, uint64_t errors) {
    for (RunFigures& run : runs) run.all = FiguresWith(10, errors);
    return runs;
  };
  const auto base = BaseRuns({10, 10, 10, 10}), changed = NewRuns({10, 10, 10, 10});
  const Comparison few = Compared(base, with_errors(changed, 5));
  EXPECT_NEAR(*MetricOfRun(few, CompareMetric::kErrorRate).p_worse, 1.0 / 70, 1e-12);
  EXPECT_FALSE(few.regression());  // 0.05 %
  const Comparison many = Compared(base, with_errors(changed, 20));
  EXPECT_EQ(MetricOfRun(many, CompareMetric::kErrorRate).change, Change::kWorse);
  EXPECT_NEAR(*MetricOfRun(many, CompareMetric::kErrorRate).changed_typical, 0.002, 1e-12);
  EXPECT_EQ(MetricOfRun(Compared(with_errors(base, 20), changed), CompareMetric::kErrorRate).change,
            Change::kBetter);
}

TEST(ComparisonTest, APercentileThatFailsInEveryNewRunIsWorse) {
  auto changed = NewRuns({10, 10, 10, 10});
  for (RunFigures& run : changed) run.all.values[2] = std::nullopt;
  const Comparison c = Compared(BaseRuns({10, 10, 10, 10}), changed);
  const MetricChange& p99 = MetricOfRun(c, CompareMetric::kP99);
  EXPECT_EQ(p99.change, Change::kWorse);
  EXPECT_NEAR(*p99.p_worse, 1.0 / 70, 1e-12);
  EXPECT_EQ(p99.ratio, std::nullopt);
}

TEST(ComparisonTest, APercentileThatFailsInSomeIsNotJudged) {
  auto changed = NewRuns({10, 10, 10, 10});
  changed[0].all.values[2] = std::nullopt;
  const Comparison c = Compared(BaseRuns({10, 10, 10, 10}), changed);
  EXPECT_EQ(MetricOfRun(c, CompareMetric::kP99).change, Change::kNotJudged);
  EXPECT_TRUE(Says(c, "not judged"));
  for (RunFigures& run : changed) {  // no data at all is no failure
    run.all = Figures{};
  }
  EXPECT_EQ(MetricOfRun(Compared(BaseRuns({10, 10, 10, 10}), changed), CompareMetric::kP99).change,
            Change::kNotJudged);
}

// Names with `worse` of them three times as slow.
std::vector<RunFigures> WithNames(std::vector<RunFigures> runs, size_t names, size_t worse) {
  for (RunFigures& run : runs) {
    run.by_name.clear();
    for (size_t i = 0; i < names; ++i) {
      run.by_name.emplace_back("r" + std::to_string(i), FiguresWith(i < worse ? 30 : 10));
    }
  }
  return runs;
}

TEST(ComparisonTest, RequestsAreCorrectedByHolm) {
  const std::vector<double> five(5, 10.0);
  const Comparison c = Compared(WithNames(BaseRuns(five), 10, 0), WithNames(NewRuns(five), 10, 1));
  EXPECT_TRUE(c.regression());
  EXPECT_NEAR(*MetricOfRun(c, CompareMetric::kP99, "r0").p_worse, 10.0 / 252, 1e-9);
  EXPECT_EQ(MetricOfRun(c, CompareMetric::kP99, "r0").change, Change::kWorse);
  EXPECT_EQ(MetricOfRun(c, CompareMetric::kP99, "r1").change, Change::kNone);
  EXPECT_EQ(MetricOfRun(c, CompareMetric::kP99).change, Change::kNone);
}

TEST(ComparisonTest, TooManyRequestsForTheRunsAreSaid) {
  const std::vector<double> four(4, 10.0);
  const Comparison c = Compared(WithNames(BaseRuns(four), 10, 0), WithNames(NewRuns(four), 10, 1));
  EXPECT_FALSE(c.regression());
  EXPECT_TRUE(Says(c, "of 10 requests, 4 against 4 can't single one out; 5 against 5 would do"));
}

TEST(ComparisonTest, TheOnlyRequestIsTheRun) {
  const Comparison c = Compared(BaseRuns({1, 1, 1, 1}), NewRuns({1, 1, 1, 1}));
  for (const MetricChange& change : c.metrics) EXPECT_EQ(change.request, "");
}

TEST(ComparisonTest, RunsThatDoNotAlternateMayDrift) {
  auto changed = NewRuns({10, 10, 10, 10});
  EXPECT_EQ(Compared(BaseRuns({10, 10, 10, 10}), changed).interleaved, true);
  for (RunFigures& run : changed) run.started_at = *run.started_at + Duration::Seconds(100);
  const Comparison c = Compared(BaseRuns({10, 10, 10, 10}), changed);
  EXPECT_EQ(c.interleaved, false);
  EXPECT_TRUE(Says(c, "drift"));
  changed[0].started_at.reset();
  const Comparison unknown = Compared(BaseRuns({10, 10, 10, 10}), changed);
  EXPECT_EQ(unknown.interleaved, std::nullopt);
  EXPECT_TRUE(Says(unknown, "not all runs say when"));
}

TEST(ComparisonTest, UnlikeRunsAreRefusedByWhatDiffers) {
  const auto base = BaseRuns({10});
  auto changed = NewRuns({10});
  changed[0].load_hash = "other";
  EXPECT_EQ(Refused(base, changed),
            "these runs are unlike: plans: b0.json and c0.json ran different loads (--force "
            "compares them all the same)");
  changed = NewRuns({10});
  changed[0].model = "closed";
  EXPECT_NE(Refused(base, changed).find("models: b0.json is open, c0.json is closed"),
            std::string::npos);
  for (const char* outcome : {"generator_limited", "incomplete", "interrupted", "internal_error"}) {
    changed = NewRuns({10});
    changed[0].outcome = outcome;
    EXPECT_NE(Refused(base, changed).find("verdicts: c0.json is " + std::string(outcome)),
              std::string::npos);
  }
  const Comparison forced = Compared(base, changed, {.force = true});
  EXPECT_EQ(forced.unlike, (std::vector<std::string>{"verdicts: c0.json is internal_error"}));
}

TEST(ComparisonTest, AFailedThresholdIsNoReasonToRefuse) {
  auto changed = NewRuns({10});
  changed[0].outcome = "failed";
  EXPECT_TRUE(Compared(BaseRuns({10}), changed).unlike.empty());
}

TEST(ComparisonTest, OlderResultsAreAlikeByWhatTheyShow) {
  auto base = BaseRuns({10});
  base[0].load_hash = "";
  EXPECT_TRUE(Says(Compared(base, NewRuns({10})), "older results"));
  base[0].plan_hash = NewRuns({10})[0].plan_hash;
  EXPECT_FALSE(Says(Compared(base, NewRuns({10})), "older results"));
  base[0].plan_hash = "another";
  base[0].due = 9'999;
  EXPECT_NE(Refused(base, NewRuns({10})).find("another number due"), std::string::npos);
}

TEST(ComparisonTest, OneRunCountsOnce) {
  EXPECT_EQ(Refused(BaseRuns({10}), BaseRuns({10})), "b0.json and b0.json are the same run, b0");
}

TEST(ComparisonTest, OtherWorkersAndVersionsAreNotes) {
  auto changed = NewRuns({10});
  changed[0].workers = 2;
  changed[0].tool_version = "0.2.0";
  const Comparison c = Compared(BaseRuns({10}), changed);
  EXPECT_TRUE(Says(c, "numbers of workers"));
  EXPECT_TRUE(Says(c, "versions of Muster"));
}

}  // namespace
}  // namespace muster
