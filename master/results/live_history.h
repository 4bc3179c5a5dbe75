// LiveHistory: a run's last minute as points of about a second, for sparklines. A point is a whole
// number of timeline rows, so when rows double and no longer fit, all points are made anew, longer
// ones: at any time each is exactly what the timeline holds for its span.
//
// Flat: kMaxPoints points. Owner: the run thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "common/time/time.h"
#include "master/results/timeline.h"

namespace muster {

struct LivePoint {
  RunTime from, to;
  // Requests completed and failed, iterations not started.
  uint64_t completed = 0, failed = 0, not_started = 0;
  uint64_t started = 0;    // iterations
  uint64_t in_flight = 0;  // iterations, at its end, those on lost workers included
  double started_per_s = 0, completed_per_s = 0;
  // Response of the completed ones; nullopt: none.
  std::optional<int64_t> p50_ns, p99_ns;
  // Over all that ended in it the rank of p99 falls among what failed or was not started.
  bool p99_failed = false;

  bool operator==(const LivePoint&) const = default;
};

class LiveHistory {
 public:
  static constexpr size_t kMaxPoints = 60;
  static constexpr Duration kLeastLength = Duration::Seconds(1);

  // Adds the points that end by `through`, up to where everything is in the timeline, and looks at
  // the others again. Requires that `through` never goes back.
  void Update(const Timeline& timeline, RunTime through);

  const std::deque<LivePoint>& points() const { return points_; }  // one after the other

 private:
  std::deque<LivePoint> points_;
  Duration length_;
  int64_t next_ = 0;  // number of the point after the last one; they are counted from T0
};

}  // namespace muster
