// SimLink: one connection between a worker and its master in simulated time, with faults. It keeps
// the Pipe contract: whole messages, in order, each at most once until the close; what is on its
// way at the close is lost.
//
//   Break:     both ends are told a delay later; whatever is on its way is lost.
//   Partition: nothing arrives until it heals, nobody is told; then it arrives in order (or a Break
//              comes first and loses it).
//
// Owner: the simulation's thread. The executors outlive the link and its pipes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "common/session/pipe.h"
#include "tests/sim/sim_executor.h"

namespace muster {

struct SimLinkOptions {
  Duration delay;   // one way
  Duration jitter;  // added, uniform in [0, jitter]
  uint64_t seed = 0;
};

class SimLinkState;  // shared by both ends and what is on its way

class SimLink {
 public:
  // `base` carries the messages; the ends live on `worker` and `master` (base itself, or hosts on
  // it).
  SimLink(SimExecutor* base, Executor* worker, Executor* master, SimLinkOptions options);

  std::unique_ptr<WorkerPipe> TakeWorkerEnd() { return std::move(worker_end_); }
  std::unique_ptr<MasterPipe> TakeMasterEnd() { return std::move(master_end_); }

  void Break();
  void Partition(MonoTime until);  // the simulation's time
  bool broken() const;
  uint64_t lost() const;  // messages that were on their way at a close

  // See a message as it is sent; may change it, or drop it by returning false. For planted faults.
  void SetToMasterTap(std::function<bool(WorkerMessage*)> tap);
  void SetToWorkerTap(std::function<bool(MasterMessage*)> tap);
  // A message that nobody sent arrives at the worker now. For planted faults.
  void ForgeToWorker(MasterMessage message);
  void ForgeToMaster(WorkerMessage message);

 private:
  std::shared_ptr<SimLinkState> state_;
  std::unique_ptr<WorkerPipe> worker_end_;
  std::unique_ptr<MasterPipe> master_end_;
};

}  // namespace muster
