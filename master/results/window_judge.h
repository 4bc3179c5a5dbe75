// WindowJudge: a threshold with a window (`over 10s for 30s`), judged window by window in order of
// time. Decides nothing about where windows come from: the merger's at the end of a run, or those
// of a run that goes on (abort_rules.h).
//
// A window is what ended in [n W, (n + 1) W) of run time. It
//   - decides, when it has kLeastSamples or more: iterations due or requests ended in it, whichever
//     are more (of means, extremes and `ok`: completed ones). Rates and counts have no least
//     number, but the window must lie in the stages that the threshold is about, whole;
//   - breaks the threshold, however few it has, when it lies in those stages, something was due in
//     it (closed model: or outstanding) and nothing completed: of a threshold on time, for longer
//     than its limit; of a share, when anything ended;
//   - else is passed over: it neither breaks the threshold nor ends a series of windows that do.
// The threshold is broken when N windows on end break it, N = `for` / W, rounded up. What is
// observed is the value that the worst N on end held at least: with N = 1 the worst window's.
//
// Owner: whoever feeds it. Limits: holds the last N values, N at most Threshold::kMaxWindowsOnEnd.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "common/plan/threshold.h"
#include "common/stats/histogram.h"
#include "common/time/time.h"
#include "master/results/row_metric.h"
#include "master/results/timeline.h"

namespace muster {

class WindowJudge {
 public:
  static constexpr uint64_t kLeastSamples = 1'000;

  // A window and the value of the threshold's metric in it.
  struct Worst {
    RunTime from, to;
    Observation observation;
  };

  // Requires a window. `within_index`: of the threshold's D in Plan::within_limits().
  WindowJudge(Threshold threshold, bool open, size_t within_index);

  // The next window, [from, to). `response`: of what completed in it. `covered`: it lies in the
  // stages that the threshold is about, whole.
  void Add(RunTime from, RunTime to, const Timeline::Row& row, const Histogram& response,
           bool covered);

  // What N windows on end held at least; no data before N have decided.
  const Observation& observed() const { return observed_; }
  bool broken() const { return first_breach_.has_value(); }
  // Where the first series of N that break begins, and the end of its last window.
  std::optional<RunTime> first_breach() const { return first_breach_; }
  std::optional<RunTime> broken_at() const { return broken_at_; }
  const std::optional<Worst>& worst() const { return worst_; }
  uint64_t decided() const { return decided_; }
  // Windows in those stages, in which something was due or ended, that had too few samples.
  uint64_t passed_over() const { return passed_over_; }
  // Forgets what was decided so far, but not what is outstanding.
  void Forget();

 private:
  struct Value {
    RunTime from;
    Observation observation;
  };

  Observation Judge(RunTime from, RunTime to, const Timeline::Row& row, const Histogram& response,
                    bool covered);
  bool EnoughSamples(const Timeline::Row& row, bool covered) const;
  bool SilentTooLong(RunTime from, RunTime to, const Timeline::Row& row, bool covered);
  // Whether `a` is further beyond the limit, or nearer to it, than `b`.
  bool Worse(const Observation& a, const Observation& b) const;
  void Decide(RunTime to, const Value& value, int64_t on_end);

  Threshold threshold_;
  bool open_;
  size_t within_index_;
  std::deque<Value> last_;  // of the windows that decided, at most N
  Observation observed_;
  std::optional<RunTime> first_breach_, broken_at_;
  std::optional<Worst> worst_;
  uint64_t decided_ = 0, passed_over_ = 0;
  uint64_t outstanding_ = 0;  // due before the next window and not ended
  Duration silence_;          // of the windows just before, in which nothing completed
};

}  // namespace muster
