// Executor: the one thread on which an owner's objects live, its clock and its timers.
//
// Logic takes an Executor& and never waits, sleeps or reads another clock. Two implementations:
// AsioExecutor (asio_executor.h, a real thread) and SimExecutor (tests/sim, simulated time); both
// pass tests/conformance/executor_conformance.
//
// Contract, the same for both:
//  - Functions run one at a time, never inside the call that scheduled them.
//  - Now() never goes back. A function scheduled at t runs at Now() >= t.
//  - Functions due at different times run in time order, at equal times in the order scheduled.
//  - A cancelled function never runs; cancelling one that ran, or twice, is harmless.
//  - ScheduleAt and Cancel are for the owner thread only. Post may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>

#include "common/time/time.h"

namespace muster {

// Names one scheduled function. 0 names none.
using TimerId = uint64_t;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonoTime Now() const = 0;
};

class Executor : public Clock {
 public:
  // Runs `fn` on this executor at `when`, or as soon as possible when that has passed.
  virtual TimerId ScheduleAt(MonoTime when, std::function<void()> fn) = 0;
  virtual void Cancel(TimerId id) = 0;
  // Runs `fn` on this executor soon. Any thread.
  virtual void Post(std::function<void()> fn) = 0;

  TimerId ScheduleAfter(Duration delay, std::function<void()> fn) {
    return ScheduleAt(Now() + delay, std::move(fn));
  }
};

}  // namespace muster
