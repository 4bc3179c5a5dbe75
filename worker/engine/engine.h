// LoadEngine: one thread's part of a run, decided in pure code: which iterations are due, which
// request each runs, on which connection, what came of it. Inputs are `now` and the transport's
// events; outputs are calls on the Transport and deltas. It reads no clock and never waits, so the
// same class runs under EpollLoop (a real thread) and in simulated time.
//
//   driver:  wake = engine.Advance(now)  ->  wait for transport events, until `wake`  ->  Advance
//   ...
//
// Owner: one engine thread. Lifetimes: plan and transport outlive the engine. No allocation per
// request after warm-up.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/plan/ownership.h"
#include "common/plan/plan.h"
#include "common/stats/delta_batch.h"
#include "common/time/time.h"
#include "worker/net/transport.h"

namespace muster {

// What one engine is given beside the plan.
struct EngineShare {
  Assignment assignment;
  uint32_t thread = 0;
  uint32_t threads = 1;
};

enum class StopMode : uint8_t {
  kDrain,  // nothing new is due from now on; what is in flight may finish within the drain limit
  kNow,    // cut what is in flight, close everything
};

class LoadEngine : public TransportHandler {
 public:
  using DeltaFunction = std::function<void(std::unique_ptr<EngineDelta>)>;

  // How many engine threads a worker may usefully run: its shares of in-flight and connections, or
  // of users, must give each at least one. 0 when the worker's own share is 0.
  static uint32_t MaxThreads(const Plan& plan, const Assignment& assignment);

  // `t0`: the run's start on this host's monotonic clock. `endpoints`: the target's addresses,
  // taken in rotation for new connections; not empty. `on_delta` gets the delta of each timeline
  // interval, in order, the last one with `last` set; a delta is handed over even when it is empty.
  // Deltas given back by Recycle are reused.
  LoadEngine(std::shared_ptr<const Plan> plan, const EngineShare& share,
             std::vector<Endpoint> endpoints, MonoTime t0, Transport* transport,
             DeltaFunction on_delta);
  ~LoadEngine() override;

  // Starts what is due at `now`, ends what is overdue, hands over deltas whose interval is over.
  // Returns when it wants to be called again at the latest; MonoTime::Max() when it is done.
  MonoTime Advance(MonoTime now);
  // True when the last delta has been handed over and every connection is closed.
  bool done() const;

  void Stop(StopMode mode, MonoTime now);
  // From `from` on it is `plan` that is run, which is this engine's plan with further holds, the
  // first of which begins at `from`. False when that comes too late: the engine's clock has passed
  // `from`, so that what it did since may not be this plan's. The engine goes on as it was then,
  // and its run must be given up.
  bool Amend(std::shared_ptr<const Plan> plan, RunTime from);
  // Nothing new is started at or after `until` (the master's lease); later calls may move it on.
  // What is in flight at `until` is cut. Unset: no lease.
  void SetLease(MonoTime until);
  // True while the outbox is full: what is due is counted not_started{spool_full}; a user whose
  // iteration was not started pauses for a second at least.
  void SetSpoolFull(bool full);
  // Open model: puts a TraceEntry for each iteration, as it is decided, into the deltas. For
  // checking. Before the first Advance.
  void EnableTrace();
  void Recycle(std::unique_ptr<EngineDelta> delta);
  // Time in handlers since the start is measured by the driver; it is reported with the next delta.
  void AddHealth(const GeneratorHealth& health);

  void OnConnected(ConnectionId id, const ConnectReport& report, MonoTime now) override;
  void OnConnectFailed(ConnectionId id, ErrorClass error, MonoTime now) override;
  void OnFirstByteSent(ConnectionId id, MonoTime now) override;
  void OnAllSent(ConnectionId id, MonoTime now) override;
  void OnData(ConnectionId id, std::string_view data, MonoTime now) override;
  void OnClosed(ConnectionId id, CloseKind kind, MonoTime now) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace muster
