#include "worker/engine/epoll_engine_group.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/base/check.h"
#include "worker/engine/request_bytes.h"
#include "worker/engine/share.h"
#include "worker/net/asio_resolver.h"
#include "worker/net/epoll_local_limits.h"
#include "worker/net/epoll_reachable.h"

namespace muster {
namespace {

// Descriptors beside connections: the loops' own, the control connection, files.
constexpr uint64_t kOtherDescriptors = 64;
constexpr uint64_t kDescriptorsPerThread = 3;
// How long a target's addresses have to accept a connection before the run.
constexpr Duration kReachable = Duration::Seconds(1);

Status CheckDescriptors(uint64_t connections, uint32_t threads) {
  const uint64_t allowed = RaiseLocalLimits().descriptors;
  const uint64_t needed = connections + kOtherDescriptors + kDescriptorsPerThread * threads;
  if (needed <= allowed) return Status();
  return FailedPrecondition(
      "this host allows " + std::to_string(allowed) + " open files, but " +
      std::to_string(connections) + " connections need " + std::to_string(needed) +
      ": raise the limit (ulimit -Hn), lower --connections or --max-in-flight, or add workers");
}

GeneratorHealth HealthOf(const LoopUsage& usage) {
  return {static_cast<uint64_t>(usage.handlers.nanos()), static_cast<uint64_t>(usage.span.nanos()),
          static_cast<uint64_t>(usage.cpu.nanos())};
}

}  // namespace

StatusOr<std::vector<Endpoint>> ResolveTarget(const Plan& plan) {
  const Target& target = plan.spec().target;
  if (target.kind == Target::Kind::kUnix) {
    ASSIGN_OR_RETURN(Endpoint endpoint, UnixEndpoint(target.socket_path));
    return std::vector<Endpoint>{std::move(endpoint)};
  }
  std::vector<AddressRule> rules;
  for (const ResolveRule& rule : plan.spec().resolve) {
    rules.push_back({rule.host, rule.port, rule.address});
  }
  ASSIGN_OR_RETURN(const std::vector<Endpoint> all, Resolve(target.host, target.port, rules));
  return DropUnreachable(all, kReachable);
}

ThreadedEngineGroup::ThreadedEngineGroup(Executor& control, uint32_t wanted_threads,
                                         Resolver resolver)
    : control_(control),
      wanted_threads_(wanted_threads > 0 ? wanted_threads
                                         : std::max(1U, std::thread::hardware_concurrency())),
      resolver_(std::move(resolver)),
      running_(std::make_shared<bool>(false)) {}

ThreadedEngineGroup::~ThreadedEngineGroup() { Finish(); }

Status ThreadedEngineGroup::Prepare(std::shared_ptr<const Plan> plan, const Assignment& assignment,
                                    bool trace) {
  Finish();
  RETURN_IF_ERROR(SerializeRequests(*plan).status());
  if (plan->spec().http != HttpVersion::k11) RETURN_IF_ERROR(PrepareHttp2(*plan).status());
  const uint32_t threads = std::min(wanted_threads_, LoadEngine::MaxThreads(*plan, assignment));
  if (threads == 0) {
    return FailedPrecondition(
        "this worker's share of the run's users, connections or in-flight limit is 0: use fewer "
        "workers or raise the limits");
  }
  RETURN_IF_ERROR(CheckDescriptors(WorkerLimits(*plan, assignment).connections, threads));
  ASSIGN_OR_RETURN(endpoints_, resolver_(*plan));
  CHECK(!endpoints_.empty()) << "the resolver gave no address";
  std::vector<std::unique_ptr<EngineThread>> prepared;
  for (uint32_t i = 0; i < threads; ++i) {
    prepared.push_back(std::make_unique<EngineThread>());
    ASSIGN_OR_RETURN(prepared.back()->loop, EpollLoop::Create());
  }
  plan_ = std::move(plan);
  assignment_ = assignment;
  trace_ = trace;
  threads_ = std::move(prepared);
  return Status();
}

void ThreadedEngineGroup::Start(MonoTime t0,
                                std::function<void(std::unique_ptr<EngineDelta>)> on_delta) {
  CHECK(!threads_.empty() && !*running_) << "Start without Prepare";
  on_delta_ = std::move(on_delta);
  running_ = std::make_shared<bool>(true);
  for (uint32_t i = 0; i < threads_.size(); ++i) {
    EngineThread* self = threads_[i].get();
    self->thread = std::thread([this, self, i, t0] { RunEngine(self, i, t0); });
  }
}

void ThreadedEngineGroup::RunEngine(EngineThread* self, uint32_t index, MonoTime t0) {
  self->engine = std::make_unique<LoadEngine>(
      plan_, EngineShare{assignment_, index, static_cast<uint32_t>(threads_.size())}, endpoints_,
      t0, self->loop->transport(),
      [this, self](std::unique_ptr<EngineDelta> delta) { HandOver(self, std::move(delta)); });
  if (trace_) self->engine->EnableTrace();
  self->loop->transport()->SetHandler(self->engine.get());
  self->loop->Run([self](MonoTime now) { return self->engine->Advance(now); });
}

void ThreadedEngineGroup::HandOver(EngineThread* self, std::unique_ptr<EngineDelta> delta) {
  delta->health.Add(HealthOf(self->loop->TakeUsage()));
  // std::function wants what it holds copyable.
  auto shared = std::make_shared<std::unique_ptr<EngineDelta>>(std::move(delta));
  control_.Post([this, shared, running = running_] {
    if (*running) on_delta_(std::move(*shared));
  });
}

void ThreadedEngineGroup::PostToAll(const std::function<void(LoadEngine&)>& fn) {
  for (const auto& thread : threads_) {
    thread->loop->Post([self = thread.get(), fn] { fn(*self->engine); });
  }
}

void ThreadedEngineGroup::Stop(StopMode mode) {
  PostToAll([mode](LoadEngine& engine) { engine.Stop(mode, MonotonicNow()); });
}

void ThreadedEngineGroup::SetLease(MonoTime until) {
  PostToAll([until](LoadEngine& engine) { engine.SetLease(until); });
}

void ThreadedEngineGroup::SetSpoolFull(bool full) {
  PostToAll([full](LoadEngine& engine) { engine.SetSpoolFull(full); });
}

void ThreadedEngineGroup::Finish() {
  if (*running_) Stop(StopMode::kNow);
  *running_ = false;
  for (const auto& thread : threads_) {
    thread->loop->Finish();
    if (thread->thread.joinable()) thread->thread.join();
  }
  threads_.clear();
  plan_ = nullptr;
}

}  // namespace muster
