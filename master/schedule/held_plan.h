// HeldPlan: a run's plan, and the holds by hand that somebody wants of it: where each begins, when
// one is lengthened, when it runs out. Decides nothing about workers: whether all of them can learn
// of a further hold, and from when on at the earliest, is what the caller says.
//
// A hold is agreed on in steps of kStep. The first begins at a whole second of run time; while it
// is wanted each is followed by the next, kAhead before it ends; when it is not, what was agreed on
// runs out. So a release takes effect within kAhead and kStep together, and all that the workers
// were told stays true.
//
// Pure. Owner: the run thread. Limit: kMaxHandHolds steps in a run.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "common/base/status.h"
#include "common/plan/plan.h"

namespace muster {

// The load is held, from its beginning to where it is agreed on so far.
struct HandHeldLoad {
  RunTime from, until;
  bool wanted = true;  // it is lengthened before it ends
  std::string why{};   // no longer wanted: why, or empty when somebody released it
  bool operator==(const HandHeldLoad&) const = default;
};

class HeldPlan {
 public:
  static constexpr Duration kStep = Duration::Seconds(3);
  static constexpr Duration kAhead = Duration::Seconds(3);

  explicit HeldPlan(std::shared_ptr<const Plan> plan) : plan_(std::move(plan)) {}

  const Plan& operator*() const { return *plan_; }
  const Plan* operator->() const { return plan_.get(); }
  // Another one after each Hold and Lengthen that came about.
  const std::shared_ptr<const Plan>& plan() const { return plan_; }
  // The latest, over or not.
  const std::optional<HandHeldLoad>& held() const { return held_; }

  // Somebody wants it. `earliest`: a hold must not begin before. `may`: why there can be none now,
  // or OK. Refused for that, when it is held already, when the load ends before, beyond the limit.
  Status Hold(RunTime earliest, const Status& may);
  // Refused when none is wanted.
  Status Release();
  // It is no longer wanted, for this reason. Of no effect when none is.
  void GiveUp(const std::string& why);
  // To be called at every tick. Where it cannot be lengthened it is tried again as long as `soon`,
  // the earliest begin at the next tick, leaves time, and then given up.
  void Lengthen(RunTime now, RunTime earliest, RunTime soon, const Status& may);

  // For a worker that follows so many holds: where the next begins; nullopt: there is none.
  std::optional<RunTime> Unfollowed(size_t followed) const;
  // Its plan. Requires followed <= the plan's.
  Plan AsFollowed(size_t followed) const;

 private:
  Status Amend(RunTime at);

  std::shared_ptr<const Plan> plan_;
  std::optional<HandHeldLoad> held_;
};

}  // namespace muster
