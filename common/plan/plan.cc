#include "common/plan/plan.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/base/random.h"
#include "common/plan/plan_check.h"
#include "common/plan/units.h"

namespace muster {
namespace {

template <typename Segment>
Duration LengthOf(const std::vector<Segment>& segments, uint16_t stage) {
  Duration length;
  for (const Segment& segment : segments) {
    if (segment.stage == stage) length += segment.length;
  }
  return length;
}

// Where R reaches the limit, before a stretch of rate 0 that may follow. Poisson: not before the
// last number is due, since every number is due before the end.
RunTime EndOfLimited(const LoadProfile& rates, const PlanSpec& spec) {
  const uint64_t limit = spec.iterations.value_or(UINT64_MAX);
  if (limit >= rates.total()) return rates.end();
  Arrivals arrivals(rates, std::get<OpenLoad>(spec.load).arrivals, spec.seed, UINT64_MAX);
  const RunTime reached = rates.TimeOf(static_cast<Int128>(limit) * LoadProfile::kScale - 1);
  return std::max(reached, arrivals.DueTime(limit - 1)) + Duration::Nanos(1);
}

Duration IntervalOf(RunTime load_end) {
  constexpr int64_t kMinuteNs = 60'000'000'000;
  return load_end.nanos() <= kMinuteNs ? Duration::Millis(100) : Duration::Seconds(1);
}

// Distinct and ascending.
std::vector<Duration> WithinLimits(const std::vector<Threshold>& thresholds) {
  std::vector<Duration> limits;
  for (const Threshold& threshold : thresholds) {
    if (threshold.metric == Threshold::Metric::kWithin) limits.push_back(threshold.within);
  }
  std::sort(limits.begin(), limits.end());
  limits.erase(std::unique(limits.begin(), limits.end()), limits.end());
  return limits;
}

// A threshold about windows needs as much load as it takes to break it, in windows that rows of the
// time line make up.
Status CheckWindow(const Plan& plan, const Threshold& threshold) {
  const std::string where = "threshold \"" + threshold.expression + "\": ";
  if (threshold.window.nanos() % plan.interval().nanos() != 0) {
    return InvalidArgument(where + "a window of this run is a multiple of " +
                           FormatDuration(plan.interval()));
  }
  Duration load;
  const std::vector<Stage>& stages = plan.spec().stages;
  for (uint16_t s = 0; s < stages.size(); ++s) {
    const bool selected =
        threshold.stage.empty() ? stages[s].measure : stages[s].name == threshold.stage;
    if (selected) load += plan.StageLength(s);
  }
  const Duration needed = threshold.window * threshold.windows_on_end();
  if (load >= needed) return absl::OkStatus();
  return InvalidArgument(where + "it looks at " + FormatDuration(needed) +
                         " on end, and the stages that it is about last " + FormatDuration(load));
}

}  // namespace

StatusOr<Plan> Plan::Create(PlanSpec spec) {
  RETURN_IF_ERROR(CheckPlanSpec(spec));
  Plan plan(std::move(spec));
  RETURN_IF_ERROR(plan.AddProfile({}));
  plan.interval_ = IntervalOf(plan.load_end_);
  if (!plan.spec_.holds.empty()) {
    const RunTime end = plan.open() ? plan.rates_->end() : plan.users_->end();
    ASSIGN_OR_RETURN(plan.held_, HeldTime::Create(plan.spec_.holds, end));
    RETURN_IF_ERROR(plan.AddProfile(plan.spec_.holds));
  }
  if (plan.spec_.connections == 0) plan.spec_.connections = plan.max_in_flight();
  if (plan.own_connections() && plan.connections() < plan.users_->peak()) {
    return InvalidArgument("own_connections wants a connection for each of the " +
                           std::to_string(plan.users_->peak()) + " users; leave `connections` out");
  }
  uint64_t sum = 0;
  for (const RequestSpec& request : plan.spec_.requests) {
    sum += request.weight;
    plan.cumulative_weights_.push_back(sum);
  }
  plan.within_limits_ = WithinLimits(plan.spec_.thresholds);
  for (const Threshold& threshold : plan.spec_.thresholds) {
    if (threshold.window > Duration()) RETURN_IF_ERROR(CheckWindow(plan, threshold));
  }
  return plan;
}

Status Plan::CheckThreshold(const Threshold& threshold) const {
  RETURN_IF_ERROR(muster::CheckThreshold(spec_, threshold));
  return threshold.window > Duration() ? CheckWindow(*this, threshold) : absl::OkStatus();
}

Status Plan::AddProfile(const std::vector<HandHold>& holds) {
  if (open()) {
    ASSIGN_OR_RETURN(rates_, LoadProfile::Create(open_load().segments, holds));
    if (rates_->total() == 0) return InvalidArgument("the rate is 0 throughout the load");
    load_end_ = EndOfLimited(*rates_, spec_);
  } else {
    ASSIGN_OR_RETURN(users_, UserProfile::Create(closed_load().segments, holds));
    if (users_->peak() == 0) return InvalidArgument("there are no users throughout the load");
    load_end_ = users_->end();
  }
  return absl::OkStatus();
}

StatusOr<Plan> Plan::WithHolds(std::vector<HandHold> holds) const {
  PlanSpec spec = spec_;
  spec.holds = std::move(holds);
  return Create(std::move(spec));
}

Duration Plan::StageLength(uint16_t s) const {
  return open() ? LengthOf(rates_->segments(), s) : LengthOf(users_->segments(), s);
}

std::optional<Rate> Plan::connect_rate() const {
  if (spec_.connect_rate.has_value()) return spec_.connect_rate;
  return spec_.reuse_connections ? std::optional(kDefaultConnectRate) : std::nullopt;
}

uint64_t Plan::total_iterations() const {
  CHECK(open());
  return std::min(rates_->total(), spec_.iterations.value_or(UINT64_MAX));
}

uint32_t Plan::max_in_flight() const { return open() ? open_load().max_in_flight : users_->peak(); }

uint16_t Plan::RequestOf(uint64_t k, uint64_t n) const {
  const uint64_t draw =
      RandomBelow(cumulative_weights_.back(), RandomBits(spec_.seed, RandomStream::kRequest, k, n));
  const auto above = std::upper_bound(cumulative_weights_.begin(), cumulative_weights_.end(), draw);
  return static_cast<uint16_t>(above - cumulative_weights_.begin());
}

Duration Plan::ThinkTime(uint64_t u, uint64_t n) const {
  const ClosedLoad& load = closed_load();
  const auto choices = static_cast<uint64_t>((load.think_max - load.think_min).nanos()) + 1;
  const uint64_t draw =
      RandomBelow(choices, RandomBits(spec_.seed, RandomStream::kThinkTime, u, n));
  return load.think_min + Duration::Nanos(static_cast<int64_t>(draw));
}

std::vector<uint16_t> Plan::RequestsOf(const Threshold& threshold) const {
  std::vector<uint16_t> selected;
  for (size_t i = 0; i < spec_.requests.size(); ++i) {
    if (Selects(threshold, spec_.requests[i])) selected.push_back(static_cast<uint16_t>(i));
  }
  return selected;
}

}  // namespace muster
