#include "tests/sim/sim_executor.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace muster {

TimerId SimExecutor::ScheduleAt(MonoTime when, std::function<void()> fn) {
  return queue_.Add(when, std::move(fn));
}

void SimExecutor::Cancel(TimerId id) { queue_.Cancel(id); }

void SimExecutor::Post(std::function<void()> fn) { queue_.Add(now_, std::move(fn)); }

void SimExecutor::RunUntil(MonoTime until) {
  CHECK_GE(until, now_);
  while (RunOne(until)) {
  }
  now_ = until;
}

bool SimExecutor::RunUntilIdle(MonoTime limit) {
  while (RunOne(limit)) {
  }
  return queue_.empty();
}

bool SimExecutor::RunUntilTrue(const std::function<bool()>& condition, MonoTime limit) {
  while (!condition()) {
    if (!RunOne(limit)) return false;
  }
  return true;
}

bool SimExecutor::RunOne(MonoTime limit) {
  if (queue_.empty() || queue_.NextTime() > limit) return false;
  // A function scheduled for a time that had passed runs now: the clock never goes back.
  now_ = std::max(now_, queue_.NextTime());
  ++functions_run_;
  queue_.PopFirst()();
  return true;
}

}  // namespace muster
