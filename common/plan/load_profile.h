// LoadProfile: the arrival rate over run time and its exact integral R(t).
//
// The rate is piecewise linear. R(t) is an exact rational; inside, S(t) = kScale * R(t). Number k
// is due at t_k = sup{t : R(t) <= k} in whole nanoseconds (rounded down), for k = 0, 1, ... while
// k < R(end); so total() = ceil(R(end)). A stretch of rate 0 is skipped: what is due when it begins
// is due when it ends.
//
// Holds (hand_hold.h) are flat stretches at the rate of their moment, rounded towards the rate at
// the ramp's start. They move nothing before them: a ramp that is cut in two keeps its area,
// rounded up at the cut to a whole unit of S.
//
// Immutable after Create; any thread. Pure: the same bits on every machine (integers only).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/int128.h"
#include "common/base/status.h"
#include "common/plan/hand_hold.h"
#include "common/plan/ramp.h"
#include "common/time/time.h"

namespace muster {

// An arrival rate in millionths of one arrival per hour, so that 1/s, 60/m and 0.5/h are exact.
// 2,000/s is 2000 * kPerSecond.
struct Rate {
  static constexpr int64_t kPerSecond = 3'600'000'000;
  static constexpr int64_t kPerMinute = 60'000'000;
  static constexpr int64_t kPerHour = 1'000'000;
  static constexpr int64_t kMax = 10'000'000 * kPerSecond;  // ten million per second

  int64_t micro_per_hour = 0;

  static constexpr Rate PerSecond(int64_t n) { return {n * kPerSecond}; }
  double per_second() const { return static_cast<double>(micro_per_hour) / kPerSecond; }
  auto operator<=>(const Rate&) const = default;
};

// A stretch of the profile: from `from` at its start, linearly to `to` at its end.
struct RateSegment {
  Rate from;
  Rate to;
  Duration length;     // > 0
  uint16_t stage = 0;  // index into the plan's stages; consecutive segments may share one
  bool operator==(const RateSegment&) const = default;
};

// The numbers from `first` on, and S where they begin: those that one version of the load has more
// than the version before it.
struct LoadSection {
  uint64_t first = 0;
  Int128 scaled = 0;
};

class LoadProfile {
 public:
  // S units per unit of R: twice the nanoseconds of an hour times a million, so that the area of
  // every segment is a whole number.
  static constexpr int64_t kScale = 7'200'000'000'000'000'000;

  static constexpr size_t kMaxSegments = 10'000;

  // Refuses no segments or more than kMaxSegments, a length <= 0 or > 30 days in all, and a rate
  // outside [0, Rate::kMax]; holds as HeldTime does. There are then less than 2^45 arrivals.
  static StatusOr<LoadProfile> Create(std::vector<RateSegment> segments,
                                      const std::vector<HandHold>& holds = {});

  RunTime end() const { return end_; }
  // ceil(R(end)): how many arrivals the profile has.
  uint64_t total() const { return total_; }
  Int128 scaled_total() const { return scaled_total_; }
  // Holds included, which cut segments; rates at a cut are rounded.
  const std::vector<RateSegment>& segments() const { return segments_; }
  // One, and one more for each hold.
  const std::vector<LoadSection>& sections() const { return sections_; }
  Rate peak() const { return peak_; }

  // sup{t : S(t) <= scaled}, rounded down to a nanosecond. Requires 0 <= scaled < scaled_total().
  RunTime TimeOf(Int128 scaled) const;
  // Due time of number k, evenly spaced in R. Requires k < total().
  RunTime DueTime(uint64_t k) const { return TimeOf(static_cast<Int128>(k) * kScale); }

  // How many even arrivals are due at or before `t`: the count of k with DueTime(k) <= t.
  uint64_t DueBy(RunTime t) const;
  // Rate at `t`; 0 outside [0, end). For display.
  Rate At(RunTime t) const;
  // Stage of the segment that holds `t`; the last one from end() on.
  uint16_t StageAt(RunTime t) const;

 private:
  struct Piece {          // of one segment
    Int128 scaled_start;  // S at its start
    int64_t start_ns;
    Ramp ramp;
    int64_t skipped_ns = 0;   // of the ramp, which earlier pieces hold,
    Int128 skipped_area = 0;  // and their area, rounded up
  };
  Status Insert(const std::vector<HandHold>& holds);
  // Index of the piece that holds `t`; the first before 0, the last from end() on.
  size_t PieceAt(RunTime t) const;

  std::vector<RateSegment> segments_;
  std::vector<Piece> pieces_;
  std::vector<LoadSection> sections_ = {LoadSection{}};
  RunTime end_;
  Int128 scaled_total_ = 0;
  uint64_t total_ = 0;
  Rate peak_;
};

}  // namespace muster
