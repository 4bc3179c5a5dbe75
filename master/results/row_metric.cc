#include "master/results/row_metric.h"

#include <algorithm>
#include <cmath>

#include "master/results/format.h"
#include "master/results/per_second.h"

namespace muster {

bool Breaks(const Threshold& threshold, const Observation& observation) {
  return observation.kind == Observation::Kind::kFailed ||
         (observation.kind == Observation::Kind::kValue &&
          !Satisfies(observation.value, threshold.op, threshold.limit));
}

Observation RatioOf(uint64_t part, uint64_t whole) {
  if (whole == 0) return {};
  return {Observation::Kind::kValue, static_cast<double>(part) / static_cast<double>(whole)};
}

Observation PercentileOf(const Histogram& completed, uint32_t percentile_millis, uint64_t all) {
  all = std::max(all, completed.count());
  if (all == 0) return {};
  const uint64_t rank = Histogram::RankOf(percentile_millis, all);
  if (rank > completed.count()) return {Observation::Kind::kFailed, 0};
  return {Observation::Kind::kValue, static_cast<double>(completed.ValueAtRank(rank))};
}

Observation MomentOf(const Histogram& completed, Threshold::Metric metric) {
  if (completed.count() == 0) return {};
  const double value = metric == Threshold::Metric::kMean  ? completed.mean()
                       : metric == Threshold::Metric::kMin ? static_cast<double>(completed.min())
                                                           : static_cast<double>(completed.max());
  return {Observation::Kind::kValue, value};
}

uint64_t CountIn(const Timeline::Row& row, CountKind kind) {
  switch (kind) {
    case CountKind::kCompleted:
      return row.completed;
    case CountKind::kFailed:
      return row.failed;
    case CountKind::kUnexpected:
      return row.unexpected;
    case CountKind::kNotStarted:
      return row.not_started;
    case CountKind::kStarted:
      return row.started;
    case CountKind::kDue:
      return row.due;
  }
  return 0;
}

Observation ObserveRow(const Threshold& threshold, size_t within_index, const Timeline::Row& row,
                       const Histogram& response, Duration length) {
  const uint64_t ended = row.completed + row.failed + row.not_started;
  switch (threshold.metric) {
    case Threshold::Metric::kPercentile:
      return PercentileOf(response, threshold.percentile_millis, threshold.ok_only ? 0 : ended);
    case Threshold::Metric::kMean:
    case Threshold::Metric::kMin:
    case Threshold::Metric::kMax:
      return MomentOf(response, threshold.metric);
    case Threshold::Metric::kWithin:
      return RatioOf(within_index < row.within.size() ? row.within[within_index] : 0, ended);
    case Threshold::Metric::kErrorRate:
      return RatioOf(row.failed + row.unexpected, row.completed + row.failed);
    case Threshold::Metric::kNotStartedRate:
      return RatioOf(row.not_started, std::max(row.due, row.not_started));
    case Threshold::Metric::kRate:
      if (length <= Duration()) return {};
      return {Observation::Kind::kValue, PerSecond(row.load_completed, length)};
    case Threshold::Metric::kCount:
      return {Observation::Kind::kValue, static_cast<double>(CountIn(row, threshold.count))};
  }
  return {};
}

std::optional<Duration> Patience(const Threshold& threshold) {
  if (threshold.upper_limit() == (threshold.metric == Threshold::Metric::kWithin)) {
    return std::nullopt;
  }
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

}  // namespace muster
