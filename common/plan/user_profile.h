// UserProfile: how many users a closed-model run has over run time, U(t), piecewise linear between
// whole numbers. User u (from 0) is active while floor(U(t)) > u: the lowest joins first, the
// highest leaves first (after its current iteration). In a hold (hand_hold.h) nobody joins and
// nobody leaves. Immutable; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/status.h"
#include "common/plan/hand_hold.h"
#include "common/time/time.h"

namespace muster {

struct UserSegment {
  uint32_t from = 0;
  uint32_t to = 0;
  Duration length;     // > 0
  uint16_t stage = 0;  // index into the plan's stages
  bool operator==(const UserSegment&) const = default;
};

// A stretch [from, to) of run time.
struct ActiveSpan {
  RunTime from;
  RunTime to;
  bool operator==(const ActiveSpan&) const = default;
};

class UserProfile {
 public:
  static constexpr uint32_t kMaxUsers = 1'000'000;

  static constexpr size_t kMaxSegments = 10'000;

  // Refuses no segments or more than kMaxSegments, a length <= 0 or > 30 days in all, more than
  // kMaxUsers; holds as HeldTime does.
  static StatusOr<UserProfile> Create(std::vector<UserSegment> segments,
                                      const std::vector<HandHold>& holds = {});

  RunTime end() const { return end_; }
  // The most users that a segment names. A ramp that only touches it at the load's end never has
  // that many: its last user is never active.
  uint32_t peak() const { return peak_; }
  // Holds included, which cut segments; numbers at a cut are rounded down.
  const std::vector<UserSegment>& segments() const { return segments_; }
  const HeldTime& held() const { return held_; }
  // floor(U(t)); 0 outside [0, end).
  uint32_t UsersAt(RunTime t) const;
  // When user u is active, in order, neighbours joined; empty when never: exactly the nanoseconds t
  // with UsersAt(t) > u. Requires u < peak().
  std::vector<ActiveSpan> ActiveSpans(uint32_t user) const;
  // The same in plan time, without the holds: held().ToRun gives their times in the run.
  std::vector<ActiveSpan> PlanSpans(uint32_t user) const;
  // Stage of the segment that holds `t`; the last one from end() on.
  uint16_t StageAt(RunTime t) const;

 private:
  Status Insert(const std::vector<HandHold>& holds);
  // Index in plan_segments_ of the one that holds plan time `plan`; the first before 0, the last
  // from the end on.
  size_t SegmentAt(RunTime plan) const;
  // floor(U) at a plan time within the plan.
  uint32_t PlanUsersAt(RunTime plan) const;

  std::vector<UserSegment> plan_segments_;  // without holds
  std::vector<RunTime> starts_;             // of these, in plan time
  HeldTime held_;
  std::vector<UserSegment> segments_;
  RunTime end_;
  uint32_t peak_ = 0;
};

}  // namespace muster
