// SimRun: one plan on simulated workers against a simulated server, start to end, without master or
// session: what the engines make of a plan. Everything is a function of the plan and the options.
//
//   SimRun run(plan, options);
//   run.At(Duration::Seconds(3), [&] { run.worker(0).Stop(StopMode::kDrain); });
//   ASSERT_TRUE(run.Run());
//   run.totals().completed ...
//
// Owner: the simulation's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/plan/plan.h"
#include "common/stats/delta_batch.h"
#include "tests/sim/sim_engine_group.h"
#include "tests/sim/sim_executor.h"
#include "tests/sim/sim_http2_server.h"
#include "tests/sim/sim_http_server.h"
#include "tests/sim/sim_network.h"

namespace muster {

struct SimRunOptions {
  std::vector<uint32_t> weights = {1};  // one worker each; reduced
  std::vector<uint32_t> threads = {1};  // of each worker, the last one for all that follow
  SimHttpServerOptions server;
  std::optional<SimHttp2ServerOptions> http2 = std::nullopt;  // then this serves, not `server`
  Duration network_delay;
  size_t endpoints = 1;  // addresses of the one server
  bool listen = true;
  bool trace = false;
};

class SimRun {
 public:
  // When every run begins.
  static constexpr MonoTime kT0 = SimExecutor::kDefaultStart + Duration::Seconds(1);

  // CHECKs that the workers can be prepared.
  SimRun(std::shared_ptr<const Plan> plan, SimRunOptions options);

  // Calls `fn` at run time `after`.
  void At(Duration after, std::function<void()> fn);
  // Runs to the end. False when the engines are not done at load end + drain + 5 s.
  bool Run();

  SimExecutor& executor() { return executor_; }
  SimHttpServer& server() { return server_; }
  SimHttp2Server& http2() { return http2_; }
  SimNetwork& network() { return network_; }
  SimEngineGroup& worker(size_t i) { return *workers_[i]; }
  size_t workers() const { return workers_.size(); }
  RunTime ended() const { return ended_; }

  // What was recorded, merged over all workers and threads. That no thread takes its account back
  // is CHECKed.
  const CellMap& cells() const { return cells_; }
  Counts totals() const;
  Histogram Latency(LatencyKind kind) const;
  Histogram FailedLatency(LatencyKind kind) const;
  StatusCounts Statuses() const;
  // Sorted by k.
  std::vector<TraceEntry> Trace() const;
  // All deltas in order of their handing over, as text: equal texts are equal runs.
  const std::string& log() const { return log_; }
  uint64_t deltas() const { return deltas_; }

 private:
  void OnDelta(size_t worker, const EngineDelta& delta);

  const std::shared_ptr<const Plan> plan_;
  SimExecutor executor_;
  SimNetwork network_;
  SimHttpServer server_;
  SimHttp2Server http2_;
  std::vector<std::unique_ptr<SimEngineGroup>> workers_;
  size_t engines_left_ = 0;
  RunTime ended_;
  CellMap cells_;
  std::vector<TraceEntry> trace_;
  std::string log_;
  uint64_t deltas_ = 0;
  std::map<std::pair<size_t, uint32_t>, RunTime> through_;  // by worker and thread
};

// Every count, latency and trace entry of a delta, as text.
std::string Describe(const EngineDelta& delta);

}  // namespace muster
