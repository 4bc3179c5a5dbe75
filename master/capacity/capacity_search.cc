#include "master/capacity/capacity_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "common/base/check.h"

namespace muster {
namespace {

constexpr double kStepDown = 0.95;

}  // namespace

CapacitySearch::CapacitySearch(SearchOptions options)
    : options_(std::move(options)), plan_(PlanSearch(options_)) {
  CHECK(options_.from > 0 && std::isfinite(options_.from)) << options_.from;
  CHECK(!options_.max || *options_.max >= options_.from);
  CHECK(!options_.allowed.empty());
  for (const double allowed : options_.allowed) CHECK(allowed >= 0 && allowed < 1) << allowed;
  CHECK_GT(options_.shortest.nanos(), 0);
  CHECK_GT(options_.budget.nanos(), 0);
  next_ = Short(options_.from, LevelPurpose::kClimb);
}

void CapacitySearch::Record(const LevelObservation& level) {
  CHECK(next_.has_value());
  spent_ += std::max(level.length, level.spent);
  if (level.interrupted) {
    interrupted_ = true;
    phase_ = Phase::kDone;
    next_.reset();
    return;
  }
  JudgedLevel judged;
  judged.purpose = next_->purpose;
  judged.judgement = JudgeLevel(level, next_->purpose, options_.allowed, options_.closed);
  judged.observation = level;
  judged.observation.rows.clear();
  levels_.push_back(std::move(judged));
  next_ = Decide();
}

std::optional<LevelRequest> CapacitySearch::Decide() {
  while (phase_ != Phase::kDone) {
    std::optional<LevelRequest> request;
    switch (phase_) {
      case Phase::kClimb:
        request = Climb();
        break;
      case Phase::kBisect:
        request = Bisect();
        break;
      case Phase::kHold:
        request = Hold();
        break;
      case Phase::kConfirm:
        request = Confirm();
        break;
      case Phase::kBeyond:
        request = Beyond();
        break;
      case Phase::kDone:
        break;
    }
    if (request.has_value()) return request;
  }
  return std::nullopt;
}

LevelRequest CapacitySearch::Short(double load, LevelPurpose purpose) const {
  const double rounded = RoundLoad(options_, load);
  return {rounded, ShortLength(options_, rounded), purpose};
}

double CapacitySearch::Highest() const {
  const double max = options_.max.value_or(std::numeric_limits<double>::infinity());
  return std::min(max, ceiling_.value_or(max));
}

bool CapacitySearch::BackIsVoid() const {
  return !levels_.empty() && levels_.back().observation.generator_limited;
}

std::optional<LevelRequest> CapacitySearch::Repeat() {
  if (!BackIsVoid()) return std::nullopt;
  const JudgedLevel& back = levels_.back();
  const bool repeated = levels_.size() >= 2 &&
                        levels_[levels_.size() - 2].observation.generator_limited &&
                        levels_[levels_.size() - 2].load() == back.load();
  if (!repeated) return LevelRequest{back.load(), back.observation.length, back.purpose};
  ceiling_ = std::min(back.load(), ceiling_.value_or(back.load()));
  return std::nullopt;
}

std::optional<LevelRequest> CapacitySearch::Climb() {
  if (auto again = Repeat()) return again;
  const JudgedLevel& back = levels_.back();
  if (BackIsVoid()) {
    phase_ = FindBracket(levels_, false).low ? Phase::kBisect : Phase::kDone;
    return std::nullopt;
  }
  if (back.failed()) return ClimbAfterFailure();
  if (descents_ > 0) {  // what failed is above
    phase_ = Phase::kBisect;
    return std::nullopt;
  }
  const double highest = Highest();
  if (back.load() >= highest || spent_ >= plan_.climb) {
    phase_ = Phase::kConfirm;
    return std::nullopt;
  }
  const double up = std::max(back.load() * kStep, back.load() + (options_.closed ? 1 : 0));
  return Short(std::min(up, highest), LevelPurpose::kClimb);
}

std::optional<LevelRequest> CapacitySearch::ClimbAfterFailure() {
  const JudgedLevel& back = levels_.back();
  const bool repeated = levels_.size() >= 2 && levels_[levels_.size() - 2].load() == back.load();
  if (!back.judgement.clear && !repeated) {
    return LevelRequest{back.load(), back.observation.length * 2, LevelPurpose::kClimb};
  }
  if (FindBracket(levels_, false).low.has_value()) {
    phase_ = Phase::kBisect;
    return std::nullopt;
  }
  const double down = RoundLoad(options_, back.load() / kStep);
  if (++descents_ > kMaxDescents || down >= back.load()) {
    phase_ = Phase::kDone;
    return std::nullopt;
  }
  return Short(down, LevelPurpose::kClimb);
}

std::optional<LevelRequest> CapacitySearch::Bisect() {
  if (auto again = Repeat()) return again;
  const Bracket bracket = FindBracket(levels_, false);
  CHECK(bracket.low.has_value());
  const double low = levels_[*bracket.low].load();
  const double high = std::min(Highest(), bracket.high ? levels_[*bracket.high].load() : Highest());
  const double middle = RoundLoad(options_, std::sqrt(low * high));
  if (bisections_++ < kBisections && middle > low && middle < high) {
    return Short(middle, LevelPurpose::kBisect);
  }
  phase_ = bracket.high ? Phase::kHold : Phase::kConfirm;
  return std::nullopt;
}

std::optional<LevelRequest> CapacitySearch::Hold() {
  if (!holds_) holds_ = PlanHolds(options_, spent_);
  const Bracket bracket = FindBracket(levels_, false);
  if (holds_done_++ < holds_->holds && bracket.low && bracket.high) {
    const double low = levels_[*bracket.low].load(), high = levels_[*bracket.high].load();
    const double middle = RoundLoad(options_, std::sqrt(low * high));
    if (middle > low && middle < high) {
      return LevelRequest{middle, holds_->length, LevelPurpose::kHold};
    }
  }
  phase_ = Phase::kConfirm;
  return std::nullopt;
}

std::optional<LevelRequest> CapacitySearch::Confirm() {
  const bool held = levels_.back().purpose == LevelPurpose::kConfirm && levels_.back().sustained();
  const Duration length = std::min(plan_.confirm, Left() - options_.level_cost);
  if (held || confirmations_ > kStepDowns || length < options_.shortest) {
    phase_ = Phase::kBeyond;
    return std::nullopt;
  }
  const Bracket bracket = FindBracket(levels_, false);
  if (!bracket.low) {
    phase_ = Phase::kBeyond;
    return std::nullopt;
  }
  double load = levels_[*bracket.low].load();
  if (confirmations_++ > 0) load = std::min(load, levels_.back().load() * kStepDown);
  return LevelRequest{RoundLoad(options_, load), length, LevelPurpose::kConfirm};
}

std::optional<LevelRequest> CapacitySearch::Beyond() {
  const CapacityAnswer answer = Answer();
  const Duration length = std::max(options_.shortest, plan_.beyond / 5);
  double highest = 0;
  for (const JudgedLevel& level : levels_) {
    if (level.failed()) highest = std::max(highest, level.load());
  }
  const double load = RoundLoad(options_, highest > 0 ? highest * kStep : 1);
  if (answer.breaking_point || highest == 0 || BackIsVoid() || load > Highest() ||
      length + options_.level_cost > Left()) {
    phase_ = Phase::kDone;
    return std::nullopt;
  }
  return LevelRequest{load, length, LevelPurpose::kBeyond};
}

CapacityAnswer CapacitySearch::Answer() const {
  CapacityAnswer answer;
  answer.spent = spent_;
  const Bracket bracket = FindBracket(levels_, false);
  if (bracket.low) {
    answer.sustained =
        HeldLoad{levels_[*bracket.low].load(), levels_[*bracket.low].observation.length};
    answer.confirmed = levels_[*bracket.low].purpose == LevelPurpose::kConfirm;
  }
  if (bracket.high) {
    answer.failed_at =
        HeldLoad{levels_[*bracket.high].load(), levels_[*bracket.high].observation.length};
    answer.limited_by = levels_[*bracket.high].judgement.failure;
  }
  if (const auto estimate = EstimateCapacity(levels_, options_.allowed, 0.05, options_.seed)) {
    answer.estimate = estimate->load;
    answer.interval = estimate->interval;
    answer.limited_by = estimate->limited_by;
    const double reach = std::max(estimate->interval.high / estimate->load - 1,
                                  1 - estimate->interval.low / estimate->load);
    answer.resolved = reach <= options_.resolution && answer.sustained.has_value();
    answer.why_not = answer.resolved ? Unresolved::kResolved : Unresolved::kWide;
  } else if (interrupted_) {
    answer.why_not = Unresolved::kInterrupted;
  } else if (ceiling_) {
    answer.why_not = Unresolved::kGeneratorLimited;
  } else {
    answer.why_not = bracket.low ? Unresolved::kNothingFailed : Unresolved::kNothingSustained;
  }
  if (!answer.estimate && answer.sustained) answer.at_least = answer.sustained->load;
  for (const JudgedLevel& level : levels_) {
    if (level.observation.generator_limited)
      answer.generator_reason = level.observation.generator_reason;
  }
  answer.knee = FindKnee(levels_, options_.closed);
  answer.breaking_point = FindBreakingPoint(levels_, answer.sustained ? answer.sustained->load : 0);
  return answer;
}

const char* NameOf(Unresolved reason) {
  switch (reason) {
    case Unresolved::kResolved:
      return "resolved";
    case Unresolved::kWide:
      return "wide";
    case Unresolved::kNotConfirmed:
      return "not_confirmed";
    case Unresolved::kNothingSustained:
      return "nothing_sustained";
    case Unresolved::kNothingFailed:
      return "nothing_failed";
    case Unresolved::kGeneratorLimited:
      return "generator_limited";
    case Unresolved::kInterrupted:
      return "interrupted";
  }
  return "";
}

}  // namespace muster
