#include "master/results/threshold_eval.h"

#include <algorithm>
#include <cmath>

#include "common/base/check.h"
#include "master/results/certainty.h"
#include "master/results/format.h"
#include "master/results/per_second.h"
#include "master/results/row_metric.h"
#include "master/results/window_judge.h"

namespace muster {
namespace {

Observation Value(double value) { return {Observation::Kind::kValue, value}; }

Observation OfLatency(const Threshold& threshold, const Cell& cell) {
  const Histogram& latency = cell.latency[static_cast<size_t>(threshold.latency)];
  if (threshold.metric == Threshold::Metric::kPercentile) {
    const bool over_all = threshold.latency == LatencyKind::kResponse && !threshold.ok_only;
    return PercentileOf(latency, threshold.percentile_millis, over_all ? cell.counts.due : 0);
  }
  return MomentOf(latency, threshold.metric);
}

uint64_t CountOf(CountKind kind, const Counts& counts) {
  switch (kind) {
    case CountKind::kCompleted:
      return counts.completed;
    case CountKind::kFailed:
      return counts.failed;
    case CountKind::kUnexpected:
      return counts.unexpected;
    case CountKind::kNotStarted:
      return counts.not_started_total();
    case CountKind::kStarted:
      return counts.started;
    case CountKind::kDue:
      return counts.due;
  }
  return 0;
}

Observation Observe(const Threshold& threshold, const ThresholdScope& scope) {
  const Cell& cell = *scope.cell;
  const Counts& counts = cell.counts;
  switch (threshold.metric) {
    case Threshold::Metric::kPercentile:
    case Threshold::Metric::kMean:
    case Threshold::Metric::kMin:
    case Threshold::Metric::kMax:
      return OfLatency(threshold, cell);
    case Threshold::Metric::kWithin:
      return RatioOf(scope.within_index < cell.within.size() ? cell.within[scope.within_index] : 0,
                     counts.due);
    case Threshold::Metric::kErrorRate:
      return RatioOf(counts.failed + counts.unexpected, counts.completed + counts.failed);
    case Threshold::Metric::kNotStartedRate:
      return RatioOf(counts.not_started_total(), counts.due);
    case Threshold::Metric::kRate:
      if (counts.due == 0 || scope.load_length <= Duration()) return {};
      return Value(PerSecond(counts.load_completed, scope.load_length));
    case Threshold::Metric::kCount:
      if (counts.due == 0) return {};
      return Value(static_cast<double>(CountOf(threshold.count, counts)));
  }
  return {};
}

bool OfShares(const Threshold& threshold) {
  return threshold.metric == Threshold::Metric::kWithin ||
         threshold.metric == Threshold::Metric::kErrorRate ||
         threshold.metric == Threshold::Metric::kNotStartedRate;
}

// Whether one row says something about the threshold.
bool SeenInARow(const Threshold& threshold) {
  using Metric = Threshold::Metric;
  if (threshold.metric == Metric::kRate || threshold.metric == Metric::kCount) return false;
  return OfShares(threshold) || threshold.latency == LatencyKind::kResponse;
}

// What is printed of an observation.
void SetObserved(const Observation& observation, ThresholdResult* result) {
  switch (observation.kind) {
    case Observation::Kind::kNoData:
      result->observed_text = "no data";
      return;
    case Observation::Kind::kFailed:
      result->observed_text = "failed";
      return;
    case Observation::Kind::kValue:
      result->observed = observation.value;
      result->observed_text = FormatObserved(result->threshold, observation.value);
      return;
  }
}

std::string PassedOverText(uint64_t windows) {
  return "not enough samples in " + FormatCount(windows) + (windows == 1 ? " window" : " windows");
}

ThresholdJudgement JudgeWindows(const RunMerger& merger, const Threshold& threshold,
                                const std::vector<Stretch>& stages) {
  const size_t within_index = WithinIndex(merger.plan(), threshold);
  const auto judge = [&](const Timeline* windows) {
    CHECK(windows != nullptr) << threshold.expression;
    return EvaluateWindows(threshold, merger.plan().open(), within_index, *windows, stages);
  };
  ThresholdJudgement judgement;
  judgement.result = judge(merger.WindowsOf(threshold));
  judgement.passes_without_generator_faults = judge(merger.PerfectWindowsOf(threshold)).passed;
  return judgement;
}

ThresholdJudgement JudgeWhole(const RunMerger& merger, const Threshold& threshold,
                              const Scope& filter, RunTime load_end) {
  const Plan& plan = merger.plan();
  const Cell cell = merger.Select(filter);
  ThresholdScope scope;
  scope.cell = &cell;
  scope.within_index = WithinIndex(plan, threshold);
  scope.load_length = StageLengthAsRun(plan, filter.stage, load_end);

  ThresholdJudgement judgement;
  ThresholdResult& result = judgement.result;
  result = EvaluateThreshold(threshold, scope);
  const bool passed = result.passed;
  if (const Timeline* timeline = merger.TimelineOf(filter)) {
    result.first_breach = FirstBreach(threshold, scope.within_index, *timeline);
    const std::optional<Stretch> held = HeldStretch(plan, filter.stage, load_end);
    if (held) {
      result.certainty = CertaintyOf(threshold, plan.open(), scope.within_index, *timeline, *held);
    }
  }
  if (threshold.confident) RequireConfidence(&result);
  const bool absolute =
      threshold.metric == Threshold::Metric::kRate || threshold.metric == Threshold::Metric::kCount;
  const Cell perfect = absolute ? AsIfDelivered(cell) : WithoutGeneratorFaults(cell);
  scope.cell = &perfect;
  // A bound that fails where the value itself holds is nobody's fault: the run was too short.
  judgement.passes_without_generator_faults =
      EvaluateThreshold(threshold, scope).passed && passed == result.passed;
  return judgement;
}

ThresholdJudgement Judge(const RunMerger& merger, const Threshold& threshold, RunTime load_end) {
  const std::optional<Scope> filter = merger.ScopeOf(threshold);
  CHECK(filter) << threshold.expression;  // Plan::Create refuses filters that select nothing
  if (threshold.window == Duration()) return JudgeWhole(merger, threshold, *filter, load_end);
  return JudgeWindows(merger, threshold, SelectedStretches(merger.plan(), filter->stage, load_end));
}

}  // namespace

ThresholdResult EvaluateThreshold(const Threshold& threshold, const ThresholdScope& scope) {
  CHECK(scope.cell != nullptr);
  ThresholdResult result;
  result.threshold = threshold;
  const Observation observation = Observe(threshold, scope);
  SetObserved(observation, &result);
  result.passed = observation.kind == Observation::Kind::kValue && !Breaks(threshold, observation);
  return result;
}

ThresholdResult EvaluateWindows(const Threshold& threshold, bool open, size_t within_index,
                                const Timeline& windows, const std::vector<Stretch>& stages) {
  WindowJudge judge(threshold, open, within_index);
  for (size_t i = 0; i < windows.rows().size(); ++i) {
    const RunTime from = windows.RowStart(i), to = from + windows.row_length();
    judge.Add(from, to, windows.rows()[i], windows.Response(i), Cover(stages, from, to));
  }
  ThresholdResult result;
  result.threshold = threshold;
  SetObserved(judge.observed(), &result);
  result.passed = judge.observed().kind != Observation::Kind::kNoData && !judge.broken();
  result.first_breach = judge.first_breach();
  if (const auto& worst = judge.worst()) {
    ThresholdResult at;
    at.threshold = threshold;
    SetObserved(worst->observation, &at);
    result.worst_window = WorstWindow{worst->from, worst->to, at.observed, at.observed_text};
  }
  result.windows_decided = judge.decided();
  result.windows_passed_over = judge.passed_over();
  if (judge.passed_over() > 0) {
    result.remark = PassedOverText(judge.passed_over());
  } else if (judge.observed().kind == Observation::Kind::kNoData) {
    result.remark = "too few windows as run";
  }
  return result;
}

void RequireConfidence(ThresholdResult* result) {
  const Threshold& threshold = result->threshold;
  if (!result->certainty || !result->certainty->interval) {
    result->passed = false;
    result->remark = result->certainty ? "can't be shown with 95 % confidence: too few samples"
                                       : "can't be shown with 95 % confidence: no stage of 30 s "
                                         "and more held one value";
    return;
  }
  const Interval& interval = *result->certainty->interval;
  const double bound = threshold.upper_limit() ? interval.high : interval.low;
  if (std::isfinite(bound) && Satisfies(bound, threshold.op, threshold.limit)) return;
  if (!result->passed) return;  // the value itself says so
  result->passed = false;
  result->remark =
      "not shown with 95 % confidence: it may be " +
      (std::isfinite(bound) ? FormatObserved(threshold, bound) : std::string("failed"));
}

std::optional<RunTime> FirstBreach(const Threshold& threshold, size_t within_index,
                                   const Timeline& timeline) {
  const std::optional<Duration> patience = Patience(threshold);
  Duration silence;          // of the rows just before this one, in which nothing completed
  uint64_t outstanding = 0;  // due before this row and not ended; those of a lost worker never do
  if (!SeenInARow(threshold)) return std::nullopt;
  const bool of_shares = OfShares(threshold);
  for (size_t i = 0; i < timeline.rows().size(); ++i) {
    const Timeline::Row& row = timeline.rows()[i];
    const Observation observation =
        ObserveRow(threshold, within_index, row, of_shares ? Histogram() : timeline.Response(i),
                   timeline.row_length());
    if (Breaks(threshold, observation)) return timeline.RowStart(i);
    const bool silent = row.completed == 0 && (row.due > 0 || outstanding > 0);
    silence = silent ? silence + timeline.row_length() : Duration();
    outstanding += row.due;
    outstanding -= std::min(outstanding, row.completed + row.failed + row.not_started);
    if (patience && silence > *patience) {
      return timeline.RowStart(i) + timeline.row_length() - silence;
    }
  }
  return std::nullopt;
}

size_t WithinIndex(const Plan& plan, const Threshold& threshold) {
  const auto& limits = plan.within_limits();
  return static_cast<size_t>(std::find(limits.begin(), limits.end(), threshold.within) -
                             limits.begin());
}

Duration StageLengthAsRun(const Plan& plan, std::optional<uint16_t> stage, RunTime load_end) {
  return LengthBefore(SelectedStretches(plan, stage, load_end), load_end);
}

std::vector<ThresholdJudgement> EvaluateThresholds(const RunMerger& merger, RunTime load_end) {
  std::vector<ThresholdJudgement> judgements;
  for (const Threshold& threshold : merger.plan().spec().thresholds) {
    judgements.push_back(Judge(merger, threshold, load_end));
  }
  return judgements;
}

}  // namespace muster
