// UserSchedule: the closed model's clock. Knows one thread's own users: when each is ready for its
// next iteration, by activation, think time, its share of an iteration limit, and the end of the
// load.
//
// A user's n-th iteration is due when the user is active and has finished the one before and
// thought. Who leaves in the middle of an iteration finishes it; who returns goes on with its own
// count. Pure; one owner; the plan outlives it. No allocation after construction but in Amend.
#pragma once

#include <cstdint>
#include <vector>

#include "common/plan/ownership.h"
#include "common/plan/plan.h"
#include "common/time/time.h"

namespace muster {

class UserSchedule {
 public:
  // One iteration that is due.
  struct Ready {
    uint32_t slot = 0;  // names the user here
    uint64_t user = 0;  // its number in the plan
    uint64_t n = 0;     // its own count
    RunTime due;
  };

  // `plan`: closed model.
  UserSchedule(const Plan& plan, const ThreadShare& share);

  // When the next iteration is due; RunTime::Max() when none is known before one that runs has
  // ended.
  RunTime next_due() const { return heap_.empty() ? RunTime::Max() : heap_.front().due; }
  // Takes the earliest iteration that is due at or before `until`. False when there is none.
  bool Take(RunTime until, Ready* ready);
  // The iteration taken from `slot` has ended, or was not started, at `at`. The user's next one is
  // due after its think time, `pause` at the least.
  void Ended(uint32_t slot, RunTime at, Duration pause = Duration());
  // From now on the holds of `plan`, which is otherwise this one: users that wait, or have nothing
  // left to do in the plan so far, are looked at again.
  void Amend(const Plan& plan);
  // No user has anything left to do.
  bool finished() const { return left_ == 0; }
  // No user had anything left to do in any longer load: all have had their share of the limit.
  bool spent() const { return left_ == 0 && away_ == 0; }
  size_t users() const { return users_.size(); }

 private:
  enum class State : uint8_t { kBusy, kWaiting, kAway, kSpent };  // away: for the rest of the load
  struct User {
    uint32_t user = 0;
    uint32_t span = 0;  // its current or next active span
    uint32_t span_end = 0;
    State state = State::kBusy;
    uint64_t n = 0;
    RunTime earliest;  // its next iteration is not due before
  };
  struct Entry {
    RunTime due;
    uint32_t slot = 0;
    auto operator<=>(const Entry&) const = default;
  };
  // Makes the user due at its first active moment from `earliest` on, or ends it.
  void Schedule(uint32_t slot, RunTime earliest);
  uint64_t LimitOf(uint32_t user) const;

  const Plan& plan_;
  uint64_t limit_each_;   // iterations of every user,
  uint64_t limit_extra_;  // and one more for the users below this
  std::vector<User> users_;
  std::vector<ActiveSpan> spans_;  // of all users, in order; in plan time
  HeldTime held_;                  // what their times are in the run
  std::vector<Entry> heap_;        // earliest first
  size_t left_ = 0;                // users that are busy or wait
  size_t away_ = 0;
};

}  // namespace muster
