#include "master/results/window_judge.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace muster {
namespace {

using Metric = Threshold::Metric;
constexpr Observation kNothing{};
constexpr Observation kAllFailed{Observation::Kind::kFailed, 0};

uint64_t Ended(const Timeline::Row& row) { return row.completed + row.failed + row.not_started; }

}  // namespace

WindowJudge::WindowJudge(Threshold threshold, bool open, size_t within_index)
    : threshold_(std::move(threshold)), open_(open), within_index_(within_index) {
  CHECK(threshold_.window > Duration());
}

bool WindowJudge::EnoughSamples(const Timeline::Row& row, bool covered) const {
  switch (threshold_.metric) {
    case Metric::kRate:
    case Metric::kCount:
      return covered;
    case Metric::kErrorRate:
      return row.completed + row.failed >= kLeastSamples;
    case Metric::kMean:
    case Metric::kMin:
    case Metric::kMax:
      return row.completed >= kLeastSamples;
    case Metric::kPercentile:
      if (threshold_.ok_only) return row.completed >= kLeastSamples;
      break;
    case Metric::kWithin:
    case Metric::kNotStartedRate:
      break;
  }
  return std::max(row.due, Ended(row)) >= kLeastSamples;
}

bool WindowJudge::SilentTooLong(RunTime from, RunTime to, const Timeline::Row& row, bool covered) {
  const bool asked = row.due > 0 || (!open_ && outstanding_ > 0);
  const bool silent = covered && asked && row.completed == 0;
  silence_ = silent ? silence_ + (to - from) : Duration();
  const std::optional<Duration> patience = Patience(threshold_);
  return silent && patience && silence_ > *patience;
}

Observation WindowJudge::Judge(RunTime from, RunTime to, const Timeline::Row& row,
                               const Histogram& response, bool covered) {
  const bool silent = SilentTooLong(from, to, row, covered);
  const Observation observation =
      ObserveRow(threshold_, within_index_, row, response, covered ? to - from : Duration());
  const bool share =
      threshold_.metric == Metric::kErrorRate || threshold_.metric == Metric::kNotStartedRate;
  const bool all_failed = share && covered && row.due > 0 && row.completed == 0;
  if (EnoughSamples(row, covered) || all_failed) {
    if (observation.kind != Observation::Kind::kNoData) return observation;
  }
  if (silent) return kAllFailed;
  return kNothing;
}

bool WindowJudge::Worse(const Observation& a, const Observation& b) const {
  if (a.kind != b.kind) return a.kind == Observation::Kind::kFailed;
  return threshold_.upper_limit() ? a.value > b.value : a.value < b.value;
}

void WindowJudge::Add(RunTime from, RunTime to, const Timeline::Row& row, const Histogram& response,
                      bool covered) {
  const Observation observation = Judge(from, to, row, response, covered);
  outstanding_ += row.due;
  outstanding_ -= std::min(outstanding_, Ended(row));
  if (observation.kind == Observation::Kind::kNoData) {
    if (covered && (row.due > 0 || Ended(row) > 0)) ++passed_over_;
    return;
  }
  ++decided_;
  if (!worst_ || Worse(observation, worst_->observation)) worst_ = Worst{from, to, observation};
  // Rows that were merged for want of room are longer than the window asked for.
  const int64_t length = (to - from).nanos();
  const int64_t on_end = (threshold_.window_for.nanos() + length - 1) / length;
  Decide(to, {from, observation}, std::max<int64_t>(1, on_end));
}

void WindowJudge::Forget() {
  last_.clear();
  observed_ = kNothing;
  first_breach_.reset();
  broken_at_.reset();
  worst_.reset();
  decided_ = passed_over_ = 0;
}

void WindowJudge::Decide(RunTime to, const Value& value, int64_t on_end) {
  last_.push_back(value);
  while (static_cast<int64_t>(last_.size()) > on_end) last_.pop_front();
  if (static_cast<int64_t>(last_.size()) < on_end) return;
  const auto held = std::min_element(
      last_.begin(), last_.end(),
      [&](const Value& a, const Value& b) { return Worse(b.observation, a.observation); });
  if (observed_.kind == Observation::Kind::kNoData || Worse(held->observation, observed_)) {
    observed_ = held->observation;
  }
  if (first_breach_ || !Breaks(threshold_, held->observation)) return;
  first_breach_ = last_.front().from;
  broken_at_ = to;
}

}  // namespace muster
