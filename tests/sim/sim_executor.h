// SimExecutor: an Executor in simulated time. Time jumps from one scheduled function to the next,
// so a run of minutes takes milliseconds and the same inputs give the same order, always.
//
// The clock starts far from 0, so that code which takes 0 for "now" or "never" is found out.
//
// Owner: one thread; Post too, as there is no other thread in a simulation.
#pragma once

#include <cstdint>
#include <functional>

#include "common/time/executor.h"
#include "common/time/timer_queue.h"

namespace muster {

class SimExecutor : public Executor {
 public:
  static constexpr MonoTime kDefaultStart = MonoTime::FromNanos(1'000'000'007'000'013);

  explicit SimExecutor(MonoTime start = kDefaultStart) : now_(start) {}
  SimExecutor(const SimExecutor&) = delete;
  SimExecutor& operator=(const SimExecutor&) = delete;

  MonoTime Now() const override { return now_; }
  TimerId ScheduleAt(MonoTime when, std::function<void()> fn) override;
  void Cancel(TimerId id) override;
  void Post(std::function<void()> fn) override;

  // Runs all that is due up to and including `until`, then sets the clock to it. Requires: until >=
  // Now().
  void RunUntil(MonoTime until);
  void RunFor(Duration span) { RunUntil(now_ + span); }
  // Runs until nothing is scheduled: true. False when something is still scheduled after `limit`;
  // the clock stays at the last function run.
  bool RunUntilIdle(MonoTime limit = MonoTime::Max());
  // Runs until `condition` holds, asked before the first and after each function: true. False when
  // nothing is left that is due by `limit`.
  bool RunUntilTrue(const std::function<bool()>& condition, MonoTime limit = MonoTime::Max());

  size_t scheduled() const { return queue_.size(); }
  uint64_t functions_run() const { return functions_run_; }

 private:
  // Runs the first function, if it is due by `limit`.
  bool RunOne(MonoTime limit);

  MonoTime now_;
  TimerQueue queue_;
  uint64_t functions_run_ = 0;
};

}  // namespace muster
