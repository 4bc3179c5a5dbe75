#include "master/results/certainty.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "master/statistics/percentile_interval.h"
#include "master/statistics/rate_interval.h"
#include "master/statistics/sections.h"
#include "master/statistics/share_interval.h"

namespace muster {
namespace {

// The first and the last row, exclusive, that lie in the stretch.
std::pair<size_t, size_t> RowsIn(const Timeline& timeline, Stretch stretch) {
  const int64_t row = timeline.row_length().nanos();
  const int64_t first = (stretch.from.nanos() + row - 1) / row;
  const int64_t last =
      std::min(stretch.to.nanos() / row, static_cast<int64_t>(timeline.rows().size()));
  return {static_cast<size_t>(first), static_cast<size_t>(std::max(first, last))};
}

// The share that a threshold of shares is about, in one row.
std::optional<ShareCount> ShareIn(const Threshold& threshold, size_t within_index,
                                  const Timeline::Row& row) {
  switch (threshold.metric) {
    case Threshold::Metric::kWithin: {
      const uint64_t in_time = within_index < row.within.size() ? row.within[within_index] : 0;
      return ShareCount{in_time, row.completed + row.failed + row.not_started};
    }
    case Threshold::Metric::kErrorRate:
      return ShareCount{row.failed + row.unexpected, row.completed + row.failed};
    case Threshold::Metric::kNotStartedRate:
      return ShareCount{row.not_started, std::max(row.due, row.not_started)};
    default:
      return std::nullopt;
  }
}

std::optional<Certainty> OfShare(const std::vector<ShareCount>& shares, Duration row_length) {
  const auto estimate = EstimateShare(shares, row_length);
  if (!estimate) return std::nullopt;
  Certainty certainty;
  certainty.interval = estimate->interval;
  certainty.optimistic = estimate->optimistic;
  return certainty;
}

std::optional<Certainty> OfPercentile(const Threshold& threshold, const Timeline& timeline,
                                      size_t first, size_t last) {
  std::vector<Histogram> responses;
  std::vector<RowView> rows;
  responses.reserve(last - first);
  for (size_t i = first; i < last; ++i) {
    const Timeline::Row& row = timeline.rows()[i];
    responses.push_back(timeline.Response(i));
    rows.push_back({&responses.back(), threshold.ok_only ? 0 : row.failed + row.not_started});
  }
  const auto sections = CutIntoSections(rows, timeline.row_length());
  if (!sections) return std::nullopt;
  const auto estimate = EstimatePercentile(*sections, threshold.percentile_millis);
  if (!estimate) return std::nullopt;
  Certainty certainty;
  certainty.interval = estimate->interval;
  certainty.optimistic = estimate->optimistic;
  if (!estimate->samples.enough) {
    certainty.length_that_would_do = estimate->samples.length_that_would_do;
  }
  return certainty;
}

std::optional<Certainty> OfRate(const Timeline& timeline, size_t first, size_t last) {
  std::vector<uint64_t> completed;
  for (size_t i = first; i < last; ++i) completed.push_back(timeline.rows()[i].load_completed);
  const auto estimate = EstimateRate(completed, timeline.row_length());
  if (!estimate) return std::nullopt;
  Certainty certainty;
  certainty.interval = estimate->interval;
  certainty.optimistic = estimate->optimistic;
  return certainty;
}

}  // namespace

std::optional<Certainty> CertaintyOf(const Threshold& threshold, bool open, size_t within_index,
                                     const Timeline& timeline, Stretch stretch) {
  const auto [first, last] = RowsIn(timeline, stretch);
  std::optional<Certainty> certainty;
  if (threshold.metric == Threshold::Metric::kPercentile) {
    if (threshold.latency != LatencyKind::kResponse) return std::nullopt;
    certainty = OfPercentile(threshold, timeline, first, last);
  } else if (threshold.metric == Threshold::Metric::kRate) {
    if (open) return std::nullopt;
    certainty = OfRate(timeline, first, last);
  } else {
    std::vector<ShareCount> shares;
    for (size_t i = first; i < last; ++i) {
      const auto share = ShareIn(threshold, within_index, timeline.rows()[i]);
      if (!share) return std::nullopt;
      shares.push_back(*share);
    }
    certainty = OfShare(shares, timeline.row_length());
  }
  if (certainty && certainty->interval) {
    certainty->borderline = certainty->interval->Contains(threshold.limit);
  }
  return certainty;
}

}  // namespace muster
