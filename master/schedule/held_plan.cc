#include "master/schedule/held_plan.h"

#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/plan/units.h"

namespace muster {
namespace {

RunTime WholeSecondFrom(RunTime t) {
  constexpr int64_t kSecond = 1'000'000'000;
  return RunTime::FromNanos((t.nanos() + kSecond - 1) / kSecond * kSecond);
}

}  // namespace

Status HeldPlan::Amend(RunTime at) {
  std::vector<HandHold> holds = plan_->spec().holds;
  if (holds.size() >= kMaxHandHolds) {
    return FailedPrecondition("the load was held for " +
                              FormatDuration(kStep * static_cast<int64_t>(kMaxHandHolds)) +
                              ", which is the most in a run");
  }
  if (at >= plan_->load_end()) {
    return FailedPrecondition("the load phase ends before a hold can begin");
  }
  holds.push_back({at, kStep});
  ASSIGN_OR_RETURN(Plan plan, plan_->WithHolds(std::move(holds)));
  plan_ = std::make_shared<const Plan>(std::move(plan));
  return absl::OkStatus();
}

Status HeldPlan::Hold(RunTime earliest, const Status& may) {
  if (held_ && held_->wanted) return FailedPrecondition("the load is held already");
  RETURN_IF_ERROR(may);
  // One that goes on for long enough is taken up again.
  const bool same = held_ && held_->until >= earliest;
  const RunTime at = same ? held_->until : WholeSecondFrom(earliest);
  RETURN_IF_ERROR(Amend(at));
  held_ = HandHeldLoad{same ? held_->from : at, at + kStep};
  return absl::OkStatus();
}

Status HeldPlan::Release() {
  if (!held_ || !held_->wanted) return FailedPrecondition("the load is not held");
  GiveUp("");
  return absl::OkStatus();
}

void HeldPlan::GiveUp(const std::string& why) {
  if (!held_ || !held_->wanted) return;
  held_->wanted = false;
  held_->why = why;
}

void HeldPlan::Lengthen(RunTime now, RunTime earliest, RunTime soon, const Status& may) {
  if (!held_ || !held_->wanted || held_->until - now > kAhead) return;
  Status status = may;
  if (earliest > held_->until) status = FailedPrecondition("it was too late to lengthen it");
  if (status.ok()) status = Amend(held_->until);
  if (status.ok()) {
    held_->until += kStep;
  } else if (soon > held_->until) {
    GiveUp(Message(status));
  }
}

std::optional<RunTime> HeldPlan::Unfollowed(size_t followed) const {
  const std::vector<HandHold>& holds = plan_->spec().holds;
  if (followed >= holds.size()) return std::nullopt;
  return holds[followed].at;
}

Plan HeldPlan::AsFollowed(size_t followed) const {
  std::vector<HandHold> holds = plan_->spec().holds;
  CHECK_LE(followed, holds.size());
  holds.resize(followed);
  return plan_->WithHolds(std::move(holds)).value();
}

}  // namespace muster
