// SimHost: one host's view of a simulation: its own clock, off by an offset and a drift, and its
// own fate. It is a SimExecutor by type, so that whatever takes one can live on a host.
//
//   Stall: nothing of this host runs until then (SIGSTOP, a starved machine); what became due
//   meanwhile runs at the end of it, in order. Kill: nothing of it ever runs again (kill -9,
//   power).
//
// Times given to its own functions are the host's; those of Stall are the simulation's. Owner: the
// simulation's thread. The base outlives the host; the host outlives the last function run.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>

#include "tests/sim/sim_executor.h"

namespace muster {

class SimHost : public SimExecutor {
 public:
  // This clock reads base + offset at the start and gains `drift_ppm` millionths.
  SimHost(SimExecutor* base, Duration offset, int64_t drift_ppm);

  MonoTime Now() const override { return ToLocal(base_->Now()); }
  TimerId ScheduleAt(MonoTime when, std::function<void()> fn) override;
  void Cancel(TimerId id) override;
  void Post(std::function<void()> fn) override;

  void Stall(MonoTime until);
  void Kill();
  bool stalled() const { return stalled_; }
  bool dead() const { return dead_; }

  MonoTime ToLocal(MonoTime base) const;
  MonoTime ToBase(MonoTime local) const;  // the first at which Now() is not before `local`

 private:
  struct Waiting {
    TimerId id;
    std::function<void()> fn;
  };
  TimerId Enter(MonoTime base_when, std::function<void()> fn);
  void Due(TimerId id, std::function<void()> fn);
  void Resume();

  SimExecutor* const base_;
  const MonoTime base_start_;
  const Duration offset_;
  const int64_t drift_ppm_;
  std::map<TimerId, TimerId> base_ids_;  // of what is scheduled
  std::deque<Waiting> backlog_;          // due during a stall
  TimerId last_id_ = 0;
  MonoTime stalled_until_;
  bool stalled_ = false;
  bool dead_ = false;
};

}  // namespace muster
