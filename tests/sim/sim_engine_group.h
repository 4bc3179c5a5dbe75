// SimEngineGroup: a worker's engines in simulated time: the same LoadEngines as in production, each
// over a SimTransport of its own, all on one SimExecutor. It is the driver that EpollLoop is
// otherwise.
//
// Owner: the simulation's thread. Executor and network outlive it. Destroying it before Finish is
// the worker's crash: connections close, nothing more is handed over.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "tests/sim/sim_executor.h"
#include "tests/sim/sim_network.h"
#include "tests/sim/sim_transport.h"
#include "worker/engine/engine_group.h"

namespace muster {

class SimEngineGroup : public EngineGroup {
 public:
  // `wanted_threads`: as many engines, or as the worker's share of the limits allows.
  SimEngineGroup(SimExecutor* executor, SimNetwork* network, std::vector<Endpoint> endpoints,
                 uint32_t wanted_threads = 1);
  ~SimEngineGroup() override;
  SimEngineGroup(const SimEngineGroup&) = delete;
  SimEngineGroup& operator=(const SimEngineGroup&) = delete;

  // The engines get no processor in [from, to): Advance is called at `to` at the earliest. Before
  // Start.
  void StallAdvance(MonoTime from, MonoTime to);
  // Deltas are copied to the receiver and given back to their engine. Before Start.
  void RecycleDeltas() { recycle_ = true; }

  Status Prepare(std::shared_ptr<const Plan> plan, const Assignment& assignment,
                 bool trace) override;
  void Start(MonoTime t0, std::function<void(std::unique_ptr<EngineDelta>)> on_delta) override;
  void Stop(StopMode mode) override;
  void Amend(std::shared_ptr<const Plan> plan, RunTime from,
             std::function<void(bool in_time)> on_done) override;
  void SetLease(MonoTime until) override;
  void SetSpoolFull(bool full) override;
  uint32_t threads() const override { return threads_; }
  void Finish() override;

  // All engines have handed over their last delta.
  bool done() const;
  LoadEngine& engine(size_t i) { return *drivers_[i]->engine; }
  SimTransport& transport(size_t i) { return *drivers_[i]->transport; }
  size_t open_connections() const;

 private:
  struct Driver {
    std::unique_ptr<SimTransport> transport;
    std::unique_ptr<LoadEngine> engine;
    TimerId timer = 0;
    MonoTime wake = MonoTime::Max();
    MonoTime span_start;
    std::vector<std::function<void()>> posted;  // run before the next Advance, as a loop does
  };
  void Drive(Driver* driver);
  void HandOver(Driver* driver, std::unique_ptr<EngineDelta> delta);

  SimExecutor* const executor_;
  SimNetwork* const network_;
  const std::vector<Endpoint> endpoints_;
  const uint32_t wanted_threads_;
  MonoTime stall_from_ = MonoTime::Max();
  MonoTime stall_to_ = MonoTime::Max();
  bool recycle_ = false;

  std::shared_ptr<const Plan> plan_;
  Assignment assignment_;
  bool trace_ = false;
  uint32_t threads_ = 0;
  std::vector<std::unique_ptr<Driver>> drivers_;
  std::function<void(std::unique_ptr<EngineDelta>)> on_delta_;
  // Seen by posted functions, which may outlive the run they belong to.
  std::shared_ptr<bool> running_ = std::make_shared<bool>(false);
};

}  // namespace muster
