// ThreadedEngineGroup: EngineGroup over real threads: each runs one LoadEngine on an EpollLoop of
// its own and shares nothing with the others. It starts, forwards and joins; it decides nothing
// about load.
//
// What crosses threads: the control thread's orders are posted to the loops, the engines' deltas
// are posted to the control thread's executor, moved.
//
// Owner: the control thread, which is `control`'s. `control` outlives the group.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "common/plan/generator_options.h"
#include "common/time/executor.h"
#include "worker/engine/engine_group.h"
#include "worker/engine/epoll_host_sampler.h"
#include "worker/net/epoll_loop.h"
#include "worker/net/tls_context.h"
#include "worker/net/tls_transport.h"

namespace muster {

// The addresses of the plan's target: by its resolve rules, the system's resolver, or its socket
// path. Where a name has addresses of both families, those at which nobody listens are left out.
// Blocks.
StatusOr<std::vector<Endpoint>> ResolveTarget(const Plan& plan);

class ThreadedEngineGroup : public EngineGroup {
 public:
  // The target's addresses, not empty. May block. Errors are for the user to read.
  using Resolver = std::function<StatusOr<std::vector<Endpoint>>(const Plan& plan)>;

  // Fewer threads than `options` want where the worker's share of the limits is smaller.
  ThreadedEngineGroup(Executor& control, GeneratorOptions options,
                      Resolver resolver = ResolveTarget);
  ~ThreadedEngineGroup() override;
  ThreadedEngineGroup(const ThreadedEngineGroup&) = delete;
  ThreadedEngineGroup& operator=(const ThreadedEngineGroup&) = delete;

  // Fails too when this host has fewer descriptors, or ports, than the worker's share of
  // connections wants, or not the local addresses that were named.
  Status Prepare(std::shared_ptr<const Plan> plan, const Assignment& assignment,
                 bool trace) override;
  void Start(MonoTime t0, std::function<void(std::unique_ptr<EngineDelta>)> on_delta) override;
  void Stop(StopMode mode) override;
  void Amend(std::shared_ptr<const Plan> plan, RunTime from,
             std::function<void(bool in_time)> on_done) override;
  void SetLease(MonoTime until) override;
  void SetSpoolFull(bool full) override;
  uint32_t threads() const override { return static_cast<uint32_t>(threads_.size()); }
  void Finish() override;

 private:
  struct EngineThread {
    std::unique_ptr<EpollLoop> loop;
    std::unique_ptr<TlsContext> tls_context;  // of a target over TLS
    std::unique_ptr<TlsTransport> tls;
    std::unique_ptr<LoadEngine> engine;      // the thread's own, from its start to its end
    std::unique_ptr<ThreadSampler> sampler;  // likewise
    std::thread thread;
  };

  // Puts TLS between the thread's sockets and its engine.
  static Status AddTls(const Plan& plan, EngineThread* thread);
  // Runs one engine to its end, on its thread.
  void RunEngine(EngineThread* self, uint32_t index, MonoTime t0);
  // From an engine's thread to the control thread.
  void HandOver(EngineThread* self, std::unique_ptr<EngineDelta> delta);
  // Runs `fn` on every engine's thread, before its next Advance.
  void PostToAll(const std::function<void(LoadEngine&)>& fn);

  Executor& control_;
  const GeneratorOptions options_;
  const Resolver resolver_;

  std::shared_ptr<const Plan> plan_;
  Assignment assignment_;
  bool trace_ = false;
  std::vector<Endpoint> endpoints_;
  std::vector<Endpoint> local_addresses_;
  std::vector<std::unique_ptr<EngineThread>> threads_;
  std::function<void(std::unique_ptr<EngineDelta>)> on_delta_;
  // Read and written on the control thread alone: false once the run it was made for has been
  // finished, so that deltas posted before are dropped.
  std::shared_ptr<bool> running_;
  std::optional<HostSampler> host_;  // the control thread's, from Start
};

}  // namespace muster
