#include "master/results/threshold_eval.h"

#include <algorithm>
#include <cmath>

#include "common/base/check.h"
#include "master/results/certainty.h"
#include "master/results/format.h"
#include "master/results/per_second.h"

namespace muster {
namespace {

// A value, nothing to measure, or a rank among what did not complete.
struct Observation {
  enum class Kind : uint8_t { kValue, kNoData, kFailed };
  Kind kind = Kind::kNoData;
  double value = 0;
};

Observation Value(double value) { return {Observation::Kind::kValue, value}; }
Observation Ratio(uint64_t part, uint64_t whole) {
  if (whole == 0) return {};
  return Value(static_cast<double>(part) / static_cast<double>(whole));
}

// Percentile of `completed`, with all - completed.count() more that rank above every one of them.
Observation Percentile(const Histogram& completed, uint32_t percentile_millis, uint64_t all) {
  all = std::max(all, completed.count());
  if (all == 0) return {};
  const uint64_t rank = Histogram::RankOf(percentile_millis, all);
  if (rank > completed.count()) return {Observation::Kind::kFailed, 0};
  return Value(static_cast<double>(completed.ValueAtRank(rank)));
}

Observation OfLatency(const Threshold& threshold, const Cell& cell) {
  const Histogram& latency = cell.latency[static_cast<size_t>(threshold.latency)];
  if (threshold.metric == Threshold::Metric::kPercentile) {
    const bool over_all = threshold.latency == LatencyKind::kResponse && !threshold.ok_only;
    return Percentile(latency, threshold.percentile_millis, over_all ? cell.counts.due : 0);
  }
  if (latency.count() == 0) return {};
  if (threshold.metric == Threshold::Metric::kMean) return Value(latency.mean());
  return Value(static_cast<double>(threshold.metric == Threshold::Metric::kMin ? latency.min()
                                                                               : latency.max()));
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
      return Ratio(scope.within_index < cell.within.size() ? cell.within[scope.within_index] : 0,
                   counts.due);
    case Threshold::Metric::kErrorRate:
      return Ratio(counts.failed + counts.unexpected, counts.completed + counts.failed);
    case Threshold::Metric::kNotStartedRate:
      return Ratio(counts.not_started_total(), counts.due);
    case Threshold::Metric::kRate:
      if (counts.due == 0 || scope.load_length <= Duration()) return {};
      return Value(PerSecond(counts.load_completed, scope.load_length));
    case Threshold::Metric::kCount:
      if (counts.due == 0) return {};
      return Value(static_cast<double>(CountOf(threshold.count, counts)));
  }
  return {};
}

// A row's own observation; nullopt where one row says nothing.
std::optional<Observation> ObserveRow(const Threshold& threshold, size_t within_index,
                                      const Timeline& timeline, size_t i) {
  const Timeline::Row& row = timeline.rows()[i];
  const uint64_t ended = row.completed + row.failed + row.not_started;
  const bool response = threshold.latency == LatencyKind::kResponse;
  switch (threshold.metric) {
    case Threshold::Metric::kPercentile:
      if (!response) return std::nullopt;
      return Percentile(timeline.Response(i), threshold.percentile_millis,
                        threshold.ok_only ? 0 : ended);
    case Threshold::Metric::kMean:
    case Threshold::Metric::kMin:
    case Threshold::Metric::kMax: {
      if (!response) return std::nullopt;
      Cell cell;
      cell.latency[static_cast<size_t>(LatencyKind::kResponse)] = timeline.Response(i);
      return OfLatency(threshold, cell);
    }
    case Threshold::Metric::kWithin:
      return Ratio(within_index < row.within.size() ? row.within[within_index] : 0, ended);
    case Threshold::Metric::kErrorRate:
      return Ratio(row.failed + row.unexpected, row.completed + row.failed);
    case Threshold::Metric::kNotStartedRate:
      return Ratio(row.not_started, std::max(row.due, row.not_started));
    case Threshold::Metric::kRate:
    case Threshold::Metric::kCount:
      return std::nullopt;
  }
  return std::nullopt;
}

// How long nothing may complete before a threshold on time is broken by that alone. One that asks
// to be slow never is.
std::optional<Duration> Patience(const Threshold& threshold) {
  const bool upper_limit =
      threshold.op == Threshold::Op::kLess || threshold.op == Threshold::Op::kLessEqual;
  if (upper_limit == (threshold.metric == Threshold::Metric::kWithin)) return std::nullopt;
  switch (threshold.metric) {
    case Threshold::Metric::kWithin:
      return threshold.within;
    case Threshold::Metric::kErrorRate:
    case Threshold::Metric::kNotStartedRate:
    case Threshold::Metric::kRate:
    case Threshold::Metric::kCount:
      return std::nullopt;
    default:
      return Duration::Nanos(std::llround(std::min(threshold.limit, 9e18)));
  }
}

template <typename Segments>
Duration LengthOfStages(const Segments& segments, const Plan& plan, std::optional<uint16_t> stage,
                        RunTime load_end) {
  RunTime at;
  Duration length;
  for (const auto& segment : segments) {
    const RunTime end = std::min(at + segment.length, load_end);
    const bool selected =
        stage ? *stage == segment.stage : plan.spec().stages[segment.stage].measure;
    if (selected && end > at) length += end - at;
    at += segment.length;
  }
  return length;
}

size_t WithinIndex(const Plan& plan, const Threshold& threshold) {
  const auto& limits = plan.within_limits();
  return static_cast<size_t>(std::find(limits.begin(), limits.end(), threshold.within) -
                             limits.begin());
}

ThresholdJudgement Judge(const RunMerger& merger, const Threshold& threshold, RunTime load_end) {
  const Plan& plan = merger.plan();
  const std::optional<Scope> filter = merger.ScopeOf(threshold);
  const Cell cell = filter ? merger.Select(*filter) : Cell();
  ThresholdScope scope;
  scope.cell = &cell;
  scope.within_index = WithinIndex(plan, threshold);
  if (filter) scope.load_length = StageLengthAsRun(plan, filter->stage, load_end);

  ThresholdJudgement judgement;
  judgement.result = EvaluateThreshold(threshold, scope);
  const Timeline* timeline = filter ? merger.TimelineOf(*filter) : nullptr;
  if (timeline != nullptr) {
    judgement.result.first_breach = FirstBreach(threshold, scope.within_index, *timeline);
    const std::optional<Stretch> held = HeldStretch(plan, *filter, load_end);
    if (held) {
      judgement.result.certainty =
          CertaintyOf(threshold, plan.open(), scope.within_index, *timeline, *held);
    }
  }
  const bool absolute =
      threshold.metric == Threshold::Metric::kRate || threshold.metric == Threshold::Metric::kCount;
  const Cell perfect = absolute ? AsIfDelivered(cell) : WithoutGeneratorFaults(cell);
  scope.cell = &perfect;
  judgement.passes_without_generator_faults = EvaluateThreshold(threshold, scope).passed;
  return judgement;
}

}  // namespace

ThresholdResult EvaluateThreshold(const Threshold& threshold, const ThresholdScope& scope) {
  CHECK(scope.cell != nullptr);
  ThresholdResult result;
  result.threshold = threshold;
  const Observation observation = Observe(threshold, scope);
  switch (observation.kind) {
    case Observation::Kind::kNoData:
      result.observed_text = "no data";
      break;
    case Observation::Kind::kFailed:
      result.observed_text = "failed";
      break;
    case Observation::Kind::kValue:
      result.observed = observation.value;
      result.observed_text = FormatObserved(threshold, observation.value);
      result.passed = Satisfies(observation.value, threshold.op, threshold.limit);
      break;
  }
  return result;
}

std::optional<RunTime> FirstBreach(const Threshold& threshold, size_t within_index,
                                   const Timeline& timeline) {
  const std::optional<Duration> patience = Patience(threshold);
  Duration silence;          // of the rows just before this one, in which nothing completed
  uint64_t outstanding = 0;  // due before this row and not ended; those of a lost worker never do
  for (size_t i = 0; i < timeline.rows().size(); ++i) {
    const Timeline::Row& row = timeline.rows()[i];
    const std::optional<Observation> observation = ObserveRow(threshold, within_index, timeline, i);
    if (!observation) return std::nullopt;
    const bool breaks = observation->kind == Observation::Kind::kFailed ||
                        (observation->kind == Observation::Kind::kValue &&
                         !Satisfies(observation->value, threshold.op, threshold.limit));
    if (breaks) return timeline.RowStart(i);
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

uint64_t NotStartedByGenerator(const Counts& counts) {
  uint64_t total = 0;
  for (const NotStarted reason :
       {NotStarted::kLate, NotStarted::kDescriptors, NotStarted::kPorts, NotStarted::kSpoolFull}) {
    total += counts.not_started[static_cast<size_t>(reason)];
  }
  return total;
}

uint64_t FailedByGenerator(const Counts& counts) {
  uint64_t total = 0;
  for (const ErrorClass error :
       {ErrorClass::kLocalDescriptors, ErrorClass::kLocalPorts, ErrorClass::kLocalOther}) {
    total += counts.errors[static_cast<size_t>(error)];
  }
  return total;
}

Cell WithoutGeneratorFaults(const Cell& cell) {
  Cell perfect = cell;
  Counts& counts = perfect.counts;
  const uint64_t failed = FailedByGenerator(counts);
  counts.due -= std::min(counts.due, NotStartedByGenerator(counts) + failed);
  counts.started -= std::min(counts.started, failed);
  counts.failed -= std::min(counts.failed, failed);
  for (const NotStarted reason :
       {NotStarted::kLate, NotStarted::kDescriptors, NotStarted::kPorts, NotStarted::kSpoolFull}) {
    counts.not_started[static_cast<size_t>(reason)] = 0;
  }
  perfect.within = cell.within_onset;
  perfect.latency[static_cast<size_t>(LatencyKind::kResponse)] =
      cell.latency[static_cast<size_t>(LatencyKind::kOnset)];
  return perfect;
}

Cell AsIfDelivered(const Cell& cell) {
  Cell full = WithoutGeneratorFaults(cell);
  const uint64_t not_started = NotStartedByGenerator(cell.counts);
  const uint64_t undelivered = not_started + FailedByGenerator(cell.counts);
  full.counts.due = cell.counts.due;
  full.counts.started = cell.counts.started + not_started;
  full.counts.completed += undelivered;
  full.counts.load_completed += undelivered;
  return full;
}

Duration StageLengthAsRun(const Plan& plan, std::optional<uint16_t> stage, RunTime load_end) {
  return plan.open() ? LengthOfStages(plan.rates().segments(), plan, stage, load_end)
                     : LengthOfStages(plan.users().segments(), plan, stage, load_end);
}

std::vector<ThresholdJudgement> EvaluateThresholds(const RunMerger& merger, RunTime load_end) {
  std::vector<ThresholdJudgement> judgements;
  for (const Threshold& threshold : merger.plan().spec().thresholds) {
    judgements.push_back(Judge(merger, threshold, load_end));
  }
  return judgements;
}

}  // namespace muster
