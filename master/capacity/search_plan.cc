#include "master/capacity/search_plan.h"

#include <algorithm>
#include <cmath>

#include "common/base/check.h"

namespace muster {
namespace {

constexpr int kShortLevels = 60;  // of the budget
constexpr double kWantedBad = 3;
constexpr Duration kLongestShort = Duration::Seconds(10);
constexpr Duration kLongestBeyond = Duration::Seconds(60);
constexpr Duration kWantedHold = Duration::Seconds(30);
constexpr size_t kMinHolds = 2, kMaxHolds = 8;

}  // namespace

SearchPlan PlanSearch(const SearchOptions& options) {
  SearchPlan plan;
  plan.short_level = std::clamp(options.budget / kShortLevels, options.shortest,
                                std::max(options.shortest, kLongestShort));
  plan.block = plan.short_level;
  plan.climb = options.budget / 2;
  plan.confirm = std::max(options.shortest, std::min(options.confirm, options.budget / 5));
  plan.beyond = std::min(options.budget / 10, kLongestBeyond);
  return plan;
}

Duration ShortLength(const SearchOptions& options, double load) {
  const Duration longest = PlanSearch(options).short_level;
  if (options.closed) return longest;  // how many requests users make is not known
  double strictest = 1;
  for (const double allowed : options.allowed) {
    if (allowed > 0) strictest = std::min(strictest, allowed);
  }
  // A quarter is warm-up.
  const double seconds = kWantedBad / strictest / load * 4 / 3;
  if (seconds >= longest.seconds()) return longest;
  return std::max(options.shortest,
                  Duration::Millis(static_cast<int64_t>(std::ceil(seconds)) * 1000));
}

HoldPlan PlanHolds(const SearchOptions& options, Duration spent) {
  const SearchPlan plan = PlanSearch(options);
  const Duration left = options.budget - spent - plan.confirm - plan.beyond - options.level_cost;
  const int64_t least = (options.shortest + options.level_cost).nanos();
  if (left.nanos() < least) return {};
  const int64_t wanted = left.nanos() / (kWantedHold + options.level_cost).nanos();
  HoldPlan holds;
  holds.holds = std::min(std::clamp(static_cast<size_t>(wanted), kMinHolds, kMaxHolds),
                         static_cast<size_t>(left.nanos() / least));
  holds.length = HoldLength(options, spent, holds.holds);
  return holds;
}

Duration HoldLength(const SearchOptions& options, Duration spent, size_t holds) {
  if (holds == 0) return {};
  const SearchPlan plan = PlanSearch(options);
  const Duration left = options.budget - spent - plan.confirm - plan.beyond - options.level_cost;
  const Duration each = left / static_cast<int64_t>(holds) - options.level_cost;
  return Duration::Millis(std::max<int64_t>(0, each.nanos() / 1'000'000));
}

double RoundLoad(const SearchOptions& options, double load) {
  CHECK(load > 0 && std::isfinite(load)) << load;
  if (options.closed) return std::max(1.0, std::floor(load + 0.5));
  double unit = 1e-3;
  while (load / unit >= 10'000) unit *= 10;
  // A unit below 1 is not exact, its inverse is.
  const double whole = unit < 1 ? std::floor(load * (1 / unit) + 0.5) / (1 / unit)
                                : std::floor(load / unit + 0.5) * unit;
  return std::max(1e-3, whole);
}

}  // namespace muster
