// UserProfile: how many users a closed-model run has over run time, U(t), piecewise linear between
// whole numbers. User u (from 0) is active while floor(U(t)) > u: the lowest joins first, the highest
// leaves first (after its current iteration). Immutable; any thread.
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

  // Refuses no segments, a length <= 0 or > 30 days in all, more than kMaxUsers.
  static StatusOr<UserProfile> Create(std::vector<UserSegment> segments);

  RunTime end() const { return end_; }
  uint32_t peak() const { return peak_; }
  const std::vector<UserSegment>& segments() const { return segments_; }
  // floor(U(t)); 0 outside [0, end).
  uint32_t UsersAt(RunTime t) const;
  // When user u is active, in order, neighbours joined; empty when never. Ends are rounded up to the
  // nanosecond. Requires u < peak().
  std::vector<ActiveSpan> ActiveSpans(uint32_t user) const;
  uint16_t StageAt(RunTime t) const;

 private:
  std::vector<UserSegment> segments_;
  RunTime end_;
  uint32_t peak_ = 0;
};

}  // namespace muster
