// UserProfile: how many users a closed-model run has over run time, U(t), piecewise linear between
// whole numbers. User u (from 0) is active while floor(U(t)) > u: the lowest joins first, the
// highest leaves first (after its current iteration). Immutable; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/status.h"
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
  // kMaxUsers.
  static StatusOr<UserProfile> Create(std::vector<UserSegment> segments);

  RunTime end() const { return end_; }
  // The most users that a segment names. A ramp that only touches it at the load's end never has
  // that many: its last user is never active.
  uint32_t peak() const { return peak_; }
  const std::vector<UserSegment>& segments() const { return segments_; }
  // floor(U(t)); 0 outside [0, end).
  uint32_t UsersAt(RunTime t) const;
  // When user u is active, in order, neighbours joined; empty when never: exactly the nanoseconds t
  // with UsersAt(t) > u. Requires u < peak().
  std::vector<ActiveSpan> ActiveSpans(uint32_t user) const;
  // Stage of the segment that holds `t`; the last one from end() on.
  uint16_t StageAt(RunTime t) const;

 private:
  // Index of the segment that holds `t`; the first before 0, the last from end() on.
  size_t SegmentAt(RunTime t) const;

  std::vector<UserSegment> segments_;
  std::vector<RunTime> starts_;  // of the segments
  RunTime end_;
  uint32_t peak_ = 0;
};

}  // namespace muster
