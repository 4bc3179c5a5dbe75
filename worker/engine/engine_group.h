// EngineGroup: all engine threads of one worker, as the control thread sees them. Two
// implementations: ThreadedEngineGroup (epoll_engine_group.h: one thread, epoll loop and transport
// each) and SimEngineGroup (tests/sim: the same engines in simulated time).
//
// Owner: the control thread. No callback comes inside a call.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "common/plan/plan.h"
#include "common/stats/delta_batch.h"
#include "worker/engine/engine.h"

namespace muster {

class EngineGroup {
 public:
  virtual ~EngineGroup() = default;
  // Resolves the target, checks local limits, builds the engines. Errors are for the user to read.
  // Blocking work is done before the run; nothing is sent yet.
  virtual Status Prepare(std::shared_ptr<const Plan> plan, const Assignment& assignment,
                         bool trace) = 0;
  // Starts the prepared engines at `t0` of this host's clock. `on_delta`: the deltas of all
  // threads, each thread's in order, called on the control thread's executor.
  virtual void Start(MonoTime t0, std::function<void(std::unique_ptr<EngineDelta>)> on_delta) = 0;
  virtual void Stop(StopMode mode) = 0;
  // Every engine's Amend. `on_done`, called once on the control thread's executor: whether all were
  // in time. Not called after Finish.
  virtual void Amend(std::shared_ptr<const Plan> plan, RunTime from,
                     std::function<void(bool in_time)> on_done) = 0;
  virtual void SetLease(MonoTime until) = 0;
  virtual void SetSpoolFull(bool full) = 0;
  virtual uint32_t threads() const = 0;  // after Prepare
  // Ends and joins everything; no callback afterwards. The group can then Prepare again.
  virtual void Finish() = 0;
};

}  // namespace muster
