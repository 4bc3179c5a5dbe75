#include "master/capacity/capacity_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "common/base/check.h"
#include "master/capacity/alpha_spending.h"
#include "master/statistics/natural_log.h"

namespace muster {
namespace {

constexpr double kAlpha = 0.05;
constexpr double kLongest = 1e6;  // seconds; beyond, a time is no advice
constexpr size_t kMaxLooks = 3;
constexpr double kStepDown = 0.98;
constexpr double kHoldClimb = 1.3;  // of holds above a failure that was chance
constexpr double kHoldStep = 1.15;  // of holds, as long as all fail or all are sustained

// How far the interval reaches from the estimate, as a share of it.
double Reach(const CapacityEstimate& estimate) {
  return std::max(estimate.interval.high / estimate.load - 1,
                  1 - estimate.interval.low / estimate.load);
}

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
  judged.judgement =
      JudgeLevel(level, next_->purpose, {options_.allowed, options_.closed, plan_.block});
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
  if (back.failed()) return ClimbAfterFailure();
  if (!back.sustained()) {  // the generator's limit, or nothing was there to judge
    phase_ = FindBracket(levels_, BracketOf::kAll).low ? Phase::kBisect : Phase::kDone;
    return std::nullopt;
  }
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
  if (FindBracket(levels_, BracketOf::kAll).low.has_value()) {
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
  const Bracket bracket = FindBracket(levels_, BracketOf::kAll);
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
  if (auto again = Repeat()) return again;
  if (!looks_) PlanLooks();
  if (NarrowEnough()) {
    phase_ = Phase::kConfirm;
    return std::nullopt;
  }
  const size_t done = holds_done_++;
  const Duration length =
      HoldLength(options_, spent_, looks_->holds - std::min(done, looks_->holds));
  const auto estimate = EstimateCapacity(levels_, options_.allowed, std::nullopt, options_.seed);
  const Bracket bracket = FindBracket(levels_, BracketOf::kAll);
  if (length < options_.shortest || (!estimate && !bracket.low)) {
    phase_ = Phase::kConfirm;
    return std::nullopt;
  }
  // Without an estimate this hold was sustained where a short level had failed: further up.
  const double load = RoundLoad(
      options_, estimate ? HoldLoad(*estimate, done) : levels_[*bracket.low].load() * kHoldClimb);
  return LevelRequest{std::min(load, Highest()), length, LevelPurpose::kHold};
}

void CapacitySearch::PlanLooks() {
  looks_ = Looks{};
  looks_->holds = PlanHolds(options_, spent_).holds;
  std::vector<double> fractions;
  const size_t looks = std::clamp<size_t>(looks_->holds / 2, 1, kMaxLooks);
  for (size_t i = 1; i <= looks; ++i) {
    looks_->after.push_back(looks_->holds * i / looks);
    fractions.push_back(i == looks ? 1.0
                                   : static_cast<double>(looks_->after.back()) /
                                         static_cast<double>(looks_->holds));
  }
  looks_->alpha = SpendAlpha(kAlpha, fractions);
}

bool CapacitySearch::NarrowEnough() {
  if (looks_->taken + 1 >= looks_->after.size()) return false;  // the last one is the answer's
  if (holds_done_ < looks_->after[looks_->taken]) return false;
  const auto estimate = Estimate();
  if (estimate && Reach(*estimate) <= options_.narrow) return true;
  ++looks_->taken;
  return false;
}

std::optional<CapacityEstimate> CapacitySearch::Estimate() const {
  const double alpha = looks_ ? looks_->alpha[looks_->taken] : kAlpha;
  return EstimateCapacity(levels_, options_.allowed, alpha, options_.seed);
}

double CapacitySearch::HoldLoad(const CapacityEstimate& estimate, size_t hold) const {
  const Bracket bracket = FindBracket(levels_, BracketOf::kLong);
  if (!estimate.supported && (bracket.low || bracket.high)) {  // nothing for a curve to go by
    const double low = bracket.low ? levels_[*bracket.low].load() : 0;
    const double high = bracket.high ? levels_[*bracket.high].load() : low * kHoldStep;
    return std::sqrt(std::max(low, high / kHoldStep) *
                     std::min(high, low > 0 ? low * kHoldStep : high));
  }
  // Above and below in turn, where the share is about twice and half of what is allowed.
  const double aside = estimate.slope > 0 ? std::min(0.1, 0.8 / estimate.slope) : 0;
  return estimate.load * Exp(hold % 2 == 0 ? aside : -aside);
}

std::optional<LevelRequest> CapacitySearch::Confirm() {
  const JudgedLevel& back = levels_.back();
  const bool confirming = back.purpose == LevelPurpose::kConfirm;
  if (confirming && BackIsVoid()) ceiling_ = std::min(back.load(), ceiling_.value_or(back.load()));
  const bool held = confirming && back.sustained();
  const Duration length = std::min(plan_.confirm, Left() - options_.level_cost);
  const auto load = ConfirmLoad(length);
  if (held || confirmations_++ > kStepDowns || length < options_.shortest || !load) {
    phase_ = Phase::kBeyond;
    return std::nullopt;
  }
  return LevelRequest{*load, length, LevelPurpose::kConfirm};
}

std::optional<double> CapacitySearch::ConfirmLoad(Duration length) const {
  const Bracket bracket = FindBracket(levels_, BracketOf::kAll);
  if (!bracket.low) return std::nullopt;
  double load = levels_[*bracket.low].load();
  if (const auto estimate = Estimate()) {
    double margin = estimate->log_deviation;
    if (estimate->slope > 0) {
      const double allowed = options_.allowed[estimate->limited_by.objective];
      const double samples = estimate->load * length.seconds() / estimate->dispersion;
      const double own =
          std::sqrt((1 - allowed) / (allowed * std::max(1.0, samples))) / estimate->slope;
      margin = std::sqrt(margin * margin + own * own);
    }
    load = std::max(estimate->interval.low, estimate->load * Exp(-std::min(0.5, 0.7 * margin)));
    load = std::max(load, estimate->held.value_or(load));
    const Bracket held = FindBracket(levels_, BracketOf::kLong);
    if (!estimate->supported && held.low) load = std::max(load, levels_[*held.low].load());
  }
  if (levels_.back().purpose == LevelPurpose::kConfirm) {
    load = std::min(load, levels_.back().load() * kStepDown);
  }
  return RoundLoad(options_, load);
}

std::optional<LevelRequest> CapacitySearch::Beyond() {
  const Duration length = std::max(options_.shortest, plan_.beyond / 5);
  double highest = 0;
  int beyond = 0;
  for (const JudgedLevel& level : levels_) {
    const bool is_beyond = level.purpose == LevelPurpose::kBeyond;
    if (level.failed() || is_beyond) highest = std::max(highest, level.load());
    if (is_beyond) ++beyond;
  }
  const double load = RoundLoad(options_, highest > 0 ? highest * kStep : 1);
  if (FindBreakingPoint(levels_, Sustained() != nullptr ? Sustained()->load() : 0) ||
      highest == 0 || beyond >= kMostBeyond || BackIsVoid() || load > Highest() ||
      length + options_.level_cost > Left()) {
    phase_ = Phase::kDone;
    return std::nullopt;
  }
  return LevelRequest{load, length, LevelPurpose::kBeyond};
}

const JudgedLevel* CapacitySearch::Sustained() const {
  const Bracket bracket = FindBracket(levels_, BracketOf::kAll);
  const JudgedLevel* sustained = bracket.low ? &levels_[*bracket.low] : nullptr;
  for (const JudgedLevel& level : levels_) {
    if (level.purpose == LevelPurpose::kConfirm && level.sustained()) sustained = &level;
  }
  return sustained;
}

CapacityAnswer CapacitySearch::Answer() const {
  CapacityAnswer answer;
  answer.spent = spent_;
  if (const JudgedLevel* sustained = Sustained()) {
    answer.sustained = HeldLoad{sustained->load(), sustained->observation.length};
    answer.confirmed = sustained->purpose == LevelPurpose::kConfirm;
  }
  if (const JudgedLevel* failed = LowestFailed()) {
    answer.failed_at = HeldLoad{failed->load(), failed->observation.length};
    answer.limited_by = failed->judgement.failure;
  }
  if (const auto estimate = Estimate()) {
    answer.estimate = estimate->load;
    answer.interval = estimate->interval;
    answer.limited_by = estimate->limited_by;
    const double reach = Reach(*estimate);
    if (reach > options_.resolution) answer.longer = Longer(reach);
  }
  answer.why_not = WhyNot(answer);
  answer.resolved = answer.why_not == Unresolved::kResolved;
  if (!answer.estimate && answer.sustained) answer.at_least = answer.sustained->load;
  for (const JudgedLevel& level : levels_) {
    const LevelObservation& seen = level.observation;
    if (seen.generator_limited) answer.generator_reason = seen.generator_reason;
  }
  answer.knee = FindKnee(levels_, options_.closed);
  answer.breaking_point = FindBreakingPoint(levels_, answer.sustained ? answer.sustained->load : 0);
  return answer;
}

Unresolved CapacitySearch::WhyNot(const CapacityAnswer& answer) const {
  if (interrupted_) return Unresolved::kInterrupted;
  if (phase_ != Phase::kDone) return Unresolved::kInterrupted;
  if (answer.estimate) {
    if (answer.longer) return Unresolved::kWide;
    return answer.confirmed ? Unresolved::kResolved : Unresolved::kNotConfirmed;
  }
  if (ceiling_) return Unresolved::kGeneratorLimited;
  if (!answer.sustained) return Unresolved::kNothingSustained;
  return options_.max && answer.sustained->load >= *options_.max ? Unresolved::kNothingFailed
                                                                 : Unresolved::kBudgetSpent;
}

// An interval's width shrinks with the square root of the time that its levels take.
Duration CapacitySearch::Longer(double reach) const {
  double seconds = 0;
  for (const JudgedLevel& level : levels_) {
    if (level.long_enough()) seconds += level.observation.length.seconds();
  }
  seconds = std::max(seconds, options_.budget.seconds() / 2);
  const double times = reach / options_.resolution;
  const double more = std::min(kLongest, seconds * (times * times - 1));
  return Duration::Seconds(static_cast<int64_t>(std::ceil(more)));
}

const JudgedLevel* CapacitySearch::LowestFailed() const {
  const JudgedLevel* sustained = Sustained();
  const JudgedLevel* lowest = nullptr;
  for (const JudgedLevel& level : levels_) {
    if (!level.failed() || (sustained != nullptr && level.load() <= sustained->load())) continue;
    if (lowest == nullptr || level.load() < lowest->load()) lowest = &level;
  }
  return lowest;
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
    case Unresolved::kBudgetSpent:
      return "budget_spent";
    case Unresolved::kGeneratorLimited:
      return "generator_limited";
    case Unresolved::kInterrupted:
      return "interrupted";
  }
  return "";
}

}  // namespace muster
