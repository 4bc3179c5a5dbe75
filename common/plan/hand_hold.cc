#include "common/plan/hand_hold.h"

#include <string>

namespace muster {
namespace {

constexpr Duration kMaxLength = Duration::Seconds(int64_t{30} * 24 * 3600);

}  // namespace

StatusOr<HeldTime> HeldTime::Create(const std::vector<HandHold>& holds, RunTime plan_end) {
  if (holds.size() > kMaxHandHolds) {
    return InvalidArgument("the load is held more than " + std::to_string(kMaxHandHolds) +
                           " times");
  }
  HeldTime held;
  RunTime free_from;  // the end of the hold before
  for (const HandHold& hold : holds) {
    if (hold.length <= Duration()) return InvalidArgument("a hold's length must be above 0");
    if (hold.length > kMaxLength - held.total_) {
      return InvalidArgument("the load is held for more than 30 days");
    }
    if (hold.at < free_from) return InvalidArgument("the holds of the load must follow each other");
    const RunTime plan_at = hold.at - held.total_;
    if (plan_at >= plan_end) return InvalidArgument("a hold begins after the end of the load");
    const bool goes_on = !held.stops_.empty() && held.stops_.back().plan_at == plan_at;
    if (goes_on) {
      held.stops_.back().length += hold.length;
    } else {
      held.stops_.push_back({hold.at, plan_at, hold.length});
    }
    held.total_ += hold.length;
    free_from = hold.at + hold.length;
  }
  return held;
}

RunTime HeldTime::ToPlan(RunTime run) const {
  Duration passed;
  for (const Stop& stop : stops_) {
    if (run < stop.at) break;
    if (run - stop.at < stop.length) return stop.plan_at;
    passed += stop.length;
  }
  return run - passed;
}

RunTime HeldTime::ToRun(RunTime plan) const {
  Duration passed;
  for (const Stop& stop : stops_) {
    if (stop.plan_at >= plan) break;
    passed += stop.length;
  }
  return plan + passed;
}

}  // namespace muster
