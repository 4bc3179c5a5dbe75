#include "master/levels/level_plan.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "common/base/check.h"
#include "master/plan/load_flags.h"

namespace muster {
namespace {

constexpr Duration kLeastDrain = Duration::Seconds(2);
constexpr Duration kLeastAbortAfter = Duration::Seconds(1);

void SetRate(double per_second, Duration length, bool keep_max_in_flight, OpenLoad* load) {
  const Rate rate{std::llround(per_second * static_cast<double>(Rate::kPerSecond))};
  load->segments = {{rate, rate, length, 0}};
  if (!keep_max_in_flight) load->max_in_flight = DefaultMaxInFlight(*load);
}

void SetUsers(double users, Duration length, ClosedLoad* load) {
  const auto count = static_cast<uint32_t>(std::lround(users));
  const Duration join = length / 8;
  load->segments = {{0, count, join, 0}, {count, count, length - join, 0}};
}

// The same share, as a rule that ends the level.
Threshold HopelessRule(Threshold share, Duration length) {
  share.abort = true;
  share.abort_after = std::max(kLeastAbortAfter, length / 3);
  if (share.metric == Threshold::Metric::kWithin) {
    share.op = Threshold::Op::kGreaterEqual;
    share.limit = std::min(share.limit, 1 - kHopelessShare);
  } else {
    share.op = Threshold::Op::kLess;
    share.limit = std::max(share.limit, kHopelessShare);
  }
  share.expression = "hopeless: " + share.expression;
  return share;
}

void ShortenDrain(PlanSpec* spec) {
  Duration longest;
  for (const Threshold& threshold : spec->thresholds) longest = std::max(longest, threshold.within);
  if (longest == Duration()) return;
  spec->drain = std::min(spec->drain, std::max(kLeastDrain, longest * 2));
}

}  // namespace

std::optional<Duration> LevelLength(bool open, double load, Duration asked, Duration budget) {
  if (!open) return asked;
  const double needed_s = kLeastArrivals / load;
  if (needed_s <= asked.seconds()) return asked;
  if (needed_s > budget.seconds() / 4) return std::nullopt;
  return Duration::Nanos(std::llround(needed_s * 1e9));
}

StatusOr<Plan> LevelPlan(const LoadedPlan& search, double load, Duration length, uint64_t number) {
  CHECK(load > 0 && length > Duration());
  PlanSpec spec = search.plan.spec();
  if (auto* open = std::get_if<OpenLoad>(&spec.load)) {
    SetRate(load, length, search.max_in_flight_given, open);
  } else {
    SetUsers(load, length, &std::get<ClosedLoad>(spec.load));
  }
  if (!search.connections_given) spec.connections = 0;
  ShortenDrain(&spec);
  const std::vector<Threshold> shares = spec.thresholds;
  for (const Threshold& share : shares) spec.thresholds.push_back(HopelessRule(share, length));
  spec.seed += number;
  return Plan::Create(std::move(spec));
}

}  // namespace muster
