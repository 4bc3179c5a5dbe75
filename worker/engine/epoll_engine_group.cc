#include "worker/engine/epoll_engine_group.h"

#include <sched.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
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

// Each must be an address of this host: a socket bound to it says so.
StatusOr<std::vector<Endpoint>> LocalAddresses(const std::vector<std::string>& texts) {
  std::vector<Endpoint> all;
  for (const std::string& text : texts) {
    const bool v6 = text.find(':') != std::string::npos;
    all.push_back({v6 ? Endpoint::Family::kIpv6 : Endpoint::Family::kIpv4, text, 0});
    if (!IsLocalAddress(all.back())) {
      return FailedPrecondition("--local-address " + text + ": this host has no such address");
    }
  }
  return all;
}

// A connection is told from others by both addresses and ports, so each pair of addresses has the
// whole range of local ports for itself.
Status CheckPorts(uint64_t connections, const std::vector<Endpoint>& targets,
                  const std::vector<Endpoint>& local) {
  const uint64_t ports = RaiseLocalLimits().ports();
  uint64_t pairs = 0;
  for (const Endpoint& target : targets) {
    if (target.family == Endpoint::Family::kUnix) return Status();
    const auto same = [&](const Endpoint& own) { return own.family == target.family; };
    pairs += std::max<uint64_t>(
        1, static_cast<uint64_t>(std::count_if(local.begin(), local.end(), same)));
  }
  if (ports == 0 || connections <= pairs * ports) return Status();
  return FailedPrecondition(
      "this host has " + std::to_string(ports) + " local ports for connections to one address " +
      "(net.ipv4.ip_local_port_range), but " + std::to_string(connections) +
      " connections are wanted: lower --connections, widen the range, name several "
      "--local-address, or add workers");
}

// The application protocols offered to a target over TLS, the best first.
std::span<const std::string_view> AlpnOf(HttpVersion http) {
  static constexpr std::string_view kBoth[] = {"h2", "http/1.1"};
  const std::span<const std::string_view> both = kBoth;
  switch (http) {
    case HttpVersion::k2:
      return both.first(1);
    case HttpVersion::k11:
      return both.last(1);
    case HttpVersion::kAuto:
      break;
  }
  return both;
}

// The thread's core: the index-th of those that this process may use, in turn.
void PinToCore(uint32_t index) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return;
  std::vector<size_t> cores;
  for (size_t core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &allowed)) cores.push_back(core);
  }
  if (cores.empty()) return;
  cpu_set_t own;
  CPU_ZERO(&own);
  CPU_SET(cores[index % cores.size()], &own);
  sched_setaffinity(0, sizeof(own), &own);
}

GeneratorHealth HealthOf(const LoopUsage& usage) {
  GeneratorHealth health;
  health.handler_ns = static_cast<uint64_t>(usage.handlers.nanos());
  health.span_ns = static_cast<uint64_t>(usage.span.nanos());
  health.cpu_ns = static_cast<uint64_t>(usage.cpu.nanos());
  return health;
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

ThreadedEngineGroup::ThreadedEngineGroup(Executor& control, GeneratorOptions options,
                                         Resolver resolver)
    : control_(control),
      options_(std::move(options)),
      resolver_(std::move(resolver)),
      running_(std::make_shared<bool>(false)) {}

ThreadedEngineGroup::~ThreadedEngineGroup() { Finish(); }

Status ThreadedEngineGroup::Prepare(std::shared_ptr<const Plan> plan, const Assignment& assignment,
                                    bool trace) {
  Finish();
  RETURN_IF_ERROR(SerializeRequests(*plan).status());
  if (plan->spec().http != HttpVersion::k11) RETURN_IF_ERROR(PrepareHttp2(*plan).status());
  const uint32_t wanted =
      options_.threads > 0 ? options_.threads : std::max(1U, std::thread::hardware_concurrency());
  const uint32_t threads = std::min(wanted, LoadEngine::MaxThreads(*plan, assignment));
  if (threads == 0) {
    return FailedPrecondition(
        "this worker's share of the run's users, connections or in-flight limit is 0: use fewer "
        "workers or raise the limits");
  }
  RETURN_IF_ERROR(CheckDescriptors(WorkerLimits(*plan, assignment).connections, threads));
  ASSIGN_OR_RETURN(endpoints_, resolver_(*plan));
  CHECK(!endpoints_.empty()) << "the resolver gave no address";
  ASSIGN_OR_RETURN(local_addresses_, LocalAddresses(options_.local_addresses));
  RETURN_IF_ERROR(
      CheckPorts(WorkerLimits(*plan, assignment).connections, endpoints_, local_addresses_));
  std::vector<std::unique_ptr<EngineThread>> prepared;
  for (uint32_t i = 0; i < threads; ++i) {
    prepared.push_back(std::make_unique<EngineThread>());
    ASSIGN_OR_RETURN(prepared.back()->loop, EpollLoop::Create(options_.frugal));
    prepared.back()->loop->transport()->SetLocalAddresses(local_addresses_);
    if (plan->spec().target.tls) RETURN_IF_ERROR(AddTls(*plan, prepared.back().get()));
  }
  plan_ = std::move(plan);
  assignment_ = assignment;
  trace_ = trace;
  threads_ = std::move(prepared);
  return Status();
}

Status ThreadedEngineGroup::AddTls(const Plan& plan, EngineThread* thread) {
  ASSIGN_OR_RETURN(thread->tls_context, TlsContext::Create(plan.spec().tls, plan.spec().target.host,
                                                           AlpnOf(plan.spec().http)));
  thread->tls =
      std::make_unique<TlsTransport>(thread->loop->transport(), thread->tls_context.get());
  thread->loop->transport()->SetHandler(thread->tls->inner_handler());
  return absl::OkStatus();
}

void ThreadedEngineGroup::Start(MonoTime t0,
                                std::function<void(std::unique_ptr<EngineDelta>)> on_delta) {
  CHECK(!threads_.empty() && !*running_) << "Start without Prepare";
  on_delta_ = std::move(on_delta);
  running_ = std::make_shared<bool>(true);
  host_.emplace(control_.Now());
  for (uint32_t i = 0; i < threads_.size(); ++i) {
    EngineThread* self = threads_[i].get();
    self->thread = std::thread([this, self, i, t0] { RunEngine(self, i, t0); });
  }
}

void ThreadedEngineGroup::RunEngine(EngineThread* self, uint32_t index, MonoTime t0) {
  self->engine = std::make_unique<LoadEngine>(
      plan_, EngineShare{assignment_, index, static_cast<uint32_t>(threads_.size())}, endpoints_,
      t0, self->tls != nullptr ? static_cast<Transport*>(self->tls.get()) : self->loop->transport(),
      [this, self](std::unique_ptr<EngineDelta> delta) { HandOver(self, std::move(delta)); });
  self->sampler = std::make_unique<ThreadSampler>();
  if (trace_) self->engine->EnableTrace();
  if (options_.pin) PinToCore(index);
  if (self->tls != nullptr) {
    self->tls->SetHandler(self->engine.get());
  } else {
    self->loop->transport()->SetHandler(self->engine.get());
  }
  self->loop->Run([self](MonoTime now) { return self->engine->Advance(now); });
}

void ThreadedEngineGroup::HandOver(EngineThread* self, std::unique_ptr<EngineDelta> delta) {
  delta->health.Add(HealthOf(self->loop->TakeUsage()));
  delta->health.run_queue_ns += self->sampler->TakeRunQueueNs();
  // std::function wants what it holds copyable.
  auto shared = std::make_shared<std::unique_ptr<EngineDelta>>(std::move(delta));
  control_.Post([this, shared, running = running_] {
    if (!*running) return;
    EngineDelta& handed = **shared;
    if (handed.thread == 0) handed.health.Add(host_->Take(control_.Now(), handed.last));
    on_delta_(std::move(*shared));
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

// The control thread counts the answers. An engine that is done answers too: its loop runs until
// Finish.
void ThreadedEngineGroup::Amend(std::shared_ptr<const Plan> plan, RunTime from,
                                std::function<void(bool in_time)> on_done) {
  CHECK(*running_) << "Amend without Start";
  struct Answers {
    size_t missing;
    bool in_time;
    std::function<void(bool)> on_done;
  };
  auto answers = std::make_shared<Answers>(Answers{threads_.size(), true, std::move(on_done)});
  PostToAll([this, plan = std::move(plan), from, answers, running = running_](LoadEngine& engine) {
    const bool in_time = engine.Amend(plan, from);
    control_.Post([answers, in_time, running] {
      if (!*running) return;
      answers->in_time = answers->in_time && in_time;
      if (--answers->missing == 0) answers->on_done(answers->in_time);
    });
  });
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
