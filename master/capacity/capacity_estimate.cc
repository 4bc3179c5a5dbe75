#include "master/capacity/capacity_estimate.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "master/capacity/share_fit.h"
#include "master/statistics/natural_log.h"
#include "master/statistics/quantile.h"
#include "master/statistics/share_interval.h"

namespace muster {
namespace {

constexpr uint64_t kReplicates = 400;
constexpr double kMinFreedom = 4;
constexpr double kWidening = 1.2;
constexpr double kLeastReach = 0.02;
constexpr double kClearDispersion = 2;
constexpr double kDecisive = 1.05;
constexpr double kSupport = 2.5;  // in logits

double MiddleOf(std::span<const JudgedLevel> levels, const Bracket& bracket) {
  return (NaturalLog(levels[*bracket.low].load()) + NaturalLog(levels[*bracket.high].load())) / 2;
}

// An objective that limits.
struct Fitted {
  size_t objective;
  ShareFit fit;
};

std::vector<Fitted> FitAll(std::span<const JudgedLevel> levels, std::span<const double> allowed,
                           double middle) {
  std::vector<Fitted> fits;
  for (size_t i = 0; i < allowed.size(); ++i) {
    if (allowed[i] <= 0) continue;
    ShareFit fit(levels, i, allowed[i], middle);
    if (!fit.Unlimited()) fits.push_back({i, std::move(fit)});
  }
  std::stable_sort(fits.begin(), fits.end(), [](const Fitted& a, const Fitted& b) {
    return a.fit.LogCapacity() < b.fit.LogCapacity();
  });
  return fits;
}

struct Spread {
  double below = 0, above = 0, deviation = 0;  // of ln load
};

Spread Bootstrap(const std::vector<Fitted>& fits, double alpha, uint64_t seed) {
  std::vector<double> logs;
  for (uint64_t k = 0; k < kReplicates; ++k) {
    double lowest = fits[0].fit.ReplicateLogCapacity(seed, k);
    for (size_t i = 1; i < fits.size(); ++i) {
      lowest = std::min(lowest, fits[i].fit.ReplicateLogCapacity(seed, k));
    }
    logs.push_back(lowest);
  }
  std::sort(logs.begin(), logs.end());
  const auto at = [&](double p) {
    return logs[static_cast<size_t>(p * static_cast<double>(kReplicates - 1) + 0.5)];
  };
  const double estimate = fits[0].fit.LogCapacity();
  const double freedom = std::max(kMinFreedom, fits[0].fit.EffectiveHits());
  const double scale = kWidening * StudentQuantile(1 - alpha / 2, freedom) / kNormal;
  Spread spread;
  spread.below = std::max(0.0, at(0.975) - estimate) * scale;
  spread.above = std::max(0.0, estimate - at(0.025)) * scale;
  spread.deviation = (at(0.84) - at(0.16)) / 2;
  return spread;
}

// Loads of long levels, no further apart than kDecisive, of which one held with a third of what is
// allowed and the other had three times as much: the capacity is about there, whatever the curve.
std::optional<Interval> Decisive(std::span<const JudgedLevel> levels,
                                 std::span<const double> allowed) {
  const Bracket bracket = FindBracket(levels, BracketOf::kLong);
  if (!bracket.low || !bracket.high) return std::nullopt;
  const JudgedLevel &low = levels[*bracket.low], &high = levels[*bracket.high];
  if (high.load() > kDecisive * low.load()) return std::nullopt;
  if (high.judgement.failure->kind != LimitKind::kObjective) return std::nullopt;
  const size_t i = high.judgement.failure->objective;
  if (high.judgement.objectives[i].kept.share() < 3 * allowed[i]) return std::nullopt;
  for (size_t j = 0; j < allowed.size(); ++j) {
    if (low.judgement.objectives[j].kept.share() > allowed[j] / 3) return std::nullopt;
  }
  return Interval{low.load(), high.load()};
}

// The verdict of the level with the levels' own dispersion in mind.
JudgedLevel WithClarity(const JudgedLevel& level, const std::vector<Fitted>& fits,
                        std::span<const double> allowed) {
  JudgedLevel judged = level;
  const LevelJudgement& judgement = level.judgement;
  if (judgement.failure && judgement.failure->kind != LimitKind::kObjective) return judged;
  if (judgement.failure && allowed[judgement.failure->objective] <= 0) return judged;
  bool any_above = false, all_below = true;
  for (const Fitted& fitted : fits) {
    const ShareCount& kept = judgement.objectives[fitted.objective].kept;
    if (kept.all == 0) continue;
    const auto all = static_cast<double>(kept.all);
    const Interval interval = WilsonInterval(
        std::min(1.0, kept.share()), all / (kClearDispersion * fitted.fit.dispersion()), all);
    any_above = any_above || interval.low > allowed[fitted.objective];
    all_below = all_below && interval.high < allowed[fitted.objective];
  }
  judged.judgement.clear = level.failed() ? any_above : all_below;
  return judged;
}

}  // namespace

std::optional<CapacityEstimate> EstimateCapacity(std::span<const JudgedLevel> levels,
                                                 std::span<const double> allowed,
                                                 std::optional<double> alpha, uint64_t seed) {
  const Bracket bracket = FindBracket(levels, BracketOf::kAll);
  if (!bracket.low || !bracket.high) return std::nullopt;
  const std::vector<Fitted> fits = FitAll(levels, allowed, MiddleOf(levels, bracket));
  std::vector<JudgedLevel> judged;
  for (const JudgedLevel& level : levels) judged.push_back(WithClarity(level, fits, allowed));
  const Bracket clear = FindBracket(judged, BracketOf::kClear);
  const double low = clear.low ? levels[*clear.low].load() : 0;
  const double high = clear.high ? levels[*clear.high].load() : 0;

  CapacityEstimate estimate;
  if (fits.empty()) {
    const double bottom = levels[*bracket.low].load(), top = levels[*bracket.high].load();
    estimate.interval = {bottom, top};
    estimate.load = std::sqrt(bottom * top);
    estimate.log_deviation = NaturalLog(top / bottom) / 4;
    estimate.limited_by = *levels[*bracket.high].judgement.failure;
    return estimate;
  }
  const ShareFit& lowest = fits[0].fit;
  const Spread spread = alpha ? Bootstrap(fits, *alpha, seed) : Spread{1, 1, 1};
  const double log_load = lowest.LogCapacity();
  estimate.load = Exp(log_load);
  estimate.interval = {Exp(log_load - spread.below), Exp(log_load + spread.above)};
  estimate.limited_by = {LimitKind::kObjective, fits[0].objective};
  estimate.log_deviation = spread.deviation;
  estimate.slope = lowest.curve().slope;
  estimate.dispersion = lowest.dispersion();
  estimate.supported = lowest.DistanceToInformative(log_load) < kSupport / estimate.slope;
  if (low > 0 && estimate.interval.low < low) estimate.interval.low = low;
  if (high > 0 && estimate.interval.high > high) {
    estimate.interval.high = high;
    if (estimate.load > high) estimate.limited_by = *levels[*clear.high].judgement.failure;
  }
  if (estimate.interval.low > estimate.interval.high) {  // the curve lies beside the bracket
    estimate.interval = {low > 0 ? low : estimate.interval.high,
                         high > 0 ? high : estimate.interval.low};
  }
  if (!estimate.interval.Contains(estimate.load)) {
    estimate.load = std::sqrt(estimate.interval.low * estimate.interval.high);
  }
  if (const auto between = Decisive(levels, allowed)) {
    estimate.load = std::clamp(estimate.load, between->low, between->high);
    estimate.held = between->low;
  }
  estimate.interval = {std::min(estimate.interval.low, estimate.load * (1 - kLeastReach)),
                       std::max(estimate.interval.high, estimate.load * (1 + kLeastReach))};
  return estimate;
}

}  // namespace muster
