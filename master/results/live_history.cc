#include "master/results/live_history.h"

#include <algorithm>

#include "master/results/per_second.h"

namespace muster {
namespace {

constexpr uint32_t kMedian = 50'000;
constexpr uint32_t kP99 = 99'000;

struct RowSpan {
  size_t first, last;  // [first, last) of the rows that exist
};

// Rows beyond the last one that holds anything are silence.
RowSpan RowsOf(const Timeline& timeline, const LivePoint& point) {
  const int64_t row_ns = timeline.row_length().nanos();
  const size_t rows = timeline.rows().size();
  const auto at = [&](RunTime t) {
    return std::min(rows, static_cast<size_t>(t.nanos() / row_ns));
  };
  return {at(point.from), at(point.to)};
}

// True when they changed.
bool TakeCounts(const Timeline& timeline, LivePoint* point) {
  const RowSpan rows = RowsOf(timeline, *point);
  uint64_t completed = 0, failed = 0, not_started = 0, started = 0;
  for (size_t i = rows.first; i < rows.last; ++i) {
    const Timeline::Row& row = timeline.rows()[i];
    completed += row.completed;
    failed += row.failed;
    not_started += row.not_started;
    started += row.started;
  }
  if (completed == point->completed && failed == point->failed &&
      not_started == point->not_started && started == point->started) {
    return false;
  }
  point->completed = completed;
  point->failed = failed;
  point->not_started = not_started;
  point->started = started;
  return true;
}

void TakeFigures(const Timeline& timeline, LivePoint* point) {
  const RowSpan rows = RowsOf(timeline, *point);
  point->started_per_s = PerSecond(point->started, point->to - point->from);
  point->completed_per_s = PerSecond(point->completed, point->to - point->from);
  const Histogram response = timeline.WindowResponse(rows.first, rows.last);
  const uint64_t all = response.count() + point->failed + point->not_started;
  point->p99_failed = all > 0 && Histogram::RankOf(kP99, all) > response.count();
  point->p50_ns.reset();
  point->p99_ns.reset();
  if (response.count() == 0) return;
  point->p50_ns = response.ValueAtPercentile(kMedian);
  point->p99_ns = response.ValueAtPercentile(kP99);
}

}  // namespace

void LiveHistory::Update(const Timeline& timeline, RunTime through) {
  const Duration row = timeline.row_length();
  const int64_t rows = std::max<int64_t>(1, (kLeastLength.nanos() - 1) / row.nanos() + 1);
  if (row * rows != length_) {
    points_.clear();
    length_ = row * rows;
    next_ = 0;
  }
  const int64_t complete = std::max<int64_t>(0, through.nanos()) / length_.nanos();
  next_ = std::max(next_, complete - static_cast<int64_t>(kMaxPoints));
  for (LivePoint& point : points_) {
    if (TakeCounts(timeline, &point)) TakeFigures(timeline, &point);
  }
  for (; next_ < complete; ++next_) {
    LivePoint& point = points_.emplace_back();
    point.from = RunTime() + length_ * next_;
    point.to = point.from + length_;
    if (TakeCounts(timeline, &point)) TakeFigures(timeline, &point);
  }
  while (points_.size() > kMaxPoints) points_.pop_front();
  if (points_.empty() || timeline.rows().empty()) return;
  LivePoint& latest = points_.back();
  const size_t last = RowsOf(timeline, latest).last;
  latest.in_flight = last > 0 ? timeline.InFlightAtEnd(last - 1) : 0;
}

}  // namespace muster
