#include "tests/sim/cluster/sim_cluster.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include "common/base/check.h"
#include "common/base/random.h"
#include "common/wire/codec.h"
#include "master/results/abort_rules.h"
#include "master/results/merger.h"
#include "master/session/run_session.h"
#include "tests/sim/sim_engine_group.h"
#include "tests/sim/sim_host.h"
#include "tests/sim/sim_http_server.h"
#include "tests/sim/sim_link.h"
#include "tests/sim/sim_run.h"
#include "worker/session/worker_session.h"

namespace muster {
namespace {

const Endpoint kTarget{Endpoint::Family::kIpv4, "10.0.0.1", 80};
constexpr Duration kShort = Duration::Millis(300);  // a disturbance that no lease may notice

// The seed's draws, in the order asked for.
class Dice {
 public:
  explicit Dice(uint64_t seed) : seed_(seed) {}
  uint64_t Below(uint64_t bound) {
    return RandomBelow(bound, RandomBits(seed_, RandomStream::kThinkTime, ++draws_, 77));
  }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  Duration Between(Duration low, Duration high) {
    const auto span = static_cast<uint64_t>((high - low).nanos()) + 1;
    return low + Duration::Nanos(static_cast<int64_t>(Below(span)));
  }

 private:
  const uint64_t seed_;
  uint64_t draws_ = 0;
};

// A load that differs from moment to moment, so that a hold makes a difference.
void AddRampDown(PlanSpec* spec, Dice* dice) {
  if (auto* open = std::get_if<OpenLoad>(&spec->load)) {
    RateSegment& steady = open->segments.back();
    steady.to = Rate::PerSecond(static_cast<int64_t>(dice->Below(60)));
  } else {
    auto& users = std::get<ClosedLoad>(spec->load).segments;
    users.back().to = static_cast<uint32_t>(dice->Below(users.back().from));
  }
}

Plan DrawPlan(Dice* dice, uint64_t seed, bool hold) {
  PlanSpec spec;
  spec.name = "cluster";
  spec.target.host = kTarget.address;
  spec.target.authority = kTarget.address;
  spec.stages = {Stage{"warm", false}, Stage{"steady"}};
  spec.seed = seed;
  spec.drain = Duration::Seconds(1);
  for (const char* name : {"home", "buy"}) {
    RequestSpec request;
    request.name = name;
    request.timeout = Duration::Millis(400);
    spec.requests.push_back(request);
  }
  const Duration warm = dice->Between(Duration::Millis(200), Duration::Millis(900));
  const Duration steady = dice->Between(Duration::Millis(500), Duration::Millis(2500)) +
                          (hold ? Duration::Seconds(7) : Duration());
  if (dice->OneIn(4)) {
    const auto users = static_cast<uint32_t>(4 + dice->Below(12));
    ClosedLoad load;
    load.segments = {{4, users, warm, 0}, {users, users, steady, 1}};
    load.think_max = Duration::Millis(60);
    spec.load = load;
    if (dice->OneIn(3)) spec.iterations = 20 + dice->Below(300);
  } else {
    const Rate rate = Rate::PerSecond(static_cast<int64_t>(20 + dice->Below(130)));
    OpenLoad load;
    load.arrivals = dice->OneIn(2) ? ArrivalKind::kEven : ArrivalKind::kPoisson;
    load.segments = {{Rate::PerSecond(10), rate, warm, 0}, {rate, rate, steady, 1}};
    load.max_in_flight = static_cast<uint32_t>(8 + dice->Below(40));
    spec.load = load;
    if (dice->OneIn(5)) spec.iterations = 10 + dice->Below(200);
  }
  if (hold) AddRampDown(&spec, dice);
  if (dice->OneIn(hold ? 6 : 3)) {
    constexpr std::array kMayEndIt = {"error_rate < 4%", "p90(response) < 30ms",
                                      "count(failed) < 2 over 200ms for 400ms",
                                      "within(25ms){name=buy,stage=steady} >= 80%"};
    Threshold threshold = ParseThreshold(kMayEndIt[dice->Below(kMayEndIt.size())]).value();
    threshold.abort = true;
    threshold.abort_after = dice->Between(Duration::Millis(100), Duration::Millis(900));
    spec.thresholds = {threshold};
  }
  StatusOr<Plan> plan = Plan::Create(std::move(spec));
  CHECK(plan.ok()) << Message(plan.status());
  return *std::move(plan);
}

// Real engines; what they hand over is also kept as the truth that the master must arrive at.
class TeeEngines : public EngineGroup {
 public:
  TeeEngines(SimHost* host, SimNetwork* network, uint32_t threads, bool deaf)
      : engines_(host, network, {kTarget}, threads), host_(host), deaf_(deaf) {}
  Status Prepare(std::shared_ptr<const Plan> plan, const Assignment& assignment,
                 bool trace) override {
    return engines_.Prepare(std::move(plan), assignment, trace);
  }
  void Start(MonoTime t0, std::function<void(std::unique_ptr<EngineDelta>)> on_delta) override {
    engines_.Start(t0, [this, on_delta](std::unique_ptr<EngineDelta> delta) {
      MergeCells(delta->cells, &truth);
      on_delta(std::move(delta));
    });
  }
  void Stop(StopMode mode) override { engines_.Stop(mode); }
  void Amend(std::shared_ptr<const Plan> plan, RunTime from,
             std::function<void(bool in_time)> on_done) override {
    if (deaf_) return host_->Post([on_done] { on_done(true); });
    engines_.Amend(std::move(plan), from, std::move(on_done));
  }
  void SetLease(MonoTime until) override { engines_.SetLease(until); }
  void SetSpoolFull(bool full) override { engines_.SetSpoolFull(full); }
  uint32_t threads() const override { return engines_.threads(); }
  void Finish() override { engines_.Finish(); }

  CellMap truth;

 private:
  SimEngineGroup engines_;
  SimHost* const host_;
  const bool deaf_;  // planted
};

// One worker process on a host of its own.
struct Process {
  std::string name;
  std::unique_ptr<SimHost> host;
  std::unique_ptr<SimNetwork> network;
  std::unique_ptr<SimHttpServer> server;
  std::unique_ptr<TeeEngines> engines;
  std::unique_ptr<WorkerSession> session;
  std::vector<std::unique_ptr<SimLink>> links;
  MonoTime partitioned_until;
  std::map<uint64_t, std::string> sent;  // batch bytes as first sent, by number
  uint64_t rebuilt_from = 0;             // planted: the first batch resent on this link
  size_t rebuilt_on = 0;
  uint64_t resends = 0;
  bool crashed = false;
};

Counts Sum(const CellMap& cells) {
  Counts sum;
  for (const auto& [key, cell] : cells) sum.Add(cell.counts);
  return sum;
}

class Cluster {
 public:
  explicit Cluster(const ClusterOptions& options)
      : options_(options),
        dice_(MixBits(options.seed)),
        plan_(std::make_shared<const Plan>(DrawPlan(&dice_, options.seed, options.hold))),
        master_host_(&base_, Duration(), 0) {}
  ~Cluster() {
    for (const auto& process : processes_) process->session.reset();
  }

  ClusterResult Run() {
    wanted_ = static_cast<uint32_t>(1 + dice_.Below(4));
    if (options_.mutation == Mutation::kSharedBucket) wanted_ = std::max(wanted_, 2U);
    merger_.emplace(plan_, 4);
    abort_rules_.emplace(plan_, wanted_);
    lease_ = dice_.Between(Duration::Seconds(2), Duration::Seconds(4));
    link_.delay = dice_.Between(Duration::Micros(50), Duration::Millis(20));
    link_.jitter = dice_.OneIn(2) ? dice_.Between(Duration(), Duration::Millis(30)) : Duration();
    StartMaster();
    const uint64_t spares = dice_.OneIn(4) ? 1 : 0;
    for (uint64_t i = 0; i < wanted_ + spares; ++i) {
      StartProcess(std::string(1, static_cast<char>('a' + i)));
    }
    DrawFaults();
    if (options_.hold) DrawHolds();
    const MonoTime limit = base_.Now() + Duration::Seconds(options_.hold ? 90 : 40);
    if (!base_.RunUntilTrue([this] { return session_->finished(); }, limit)) {
      Violation("the run did not end");
    } else {
      base_.RunFor(Duration::Seconds(5));  // late comers
      CheckLaws();
    }
    if (session_->finished()) result_.outcome = session_->outcome();
    result_.trace = trace_.str();
    return std::move(result_);
  }

 private:
  void Violation(const std::string& text) { result_.violations.push_back(text); }
  void Occurred(const std::string& kind, uint64_t times = 1) {
    if (times > 0) result_.occurred[kind] += times;
  }
  template <typename... Parts>
  void Trace(const Parts&... parts) {
    if (!options_.keep_trace) return;
    trace_ << base_.Now().nanos() - SimExecutor::kDefaultStart.nanos();
    ((trace_ << ' ' << parts), ...);
    trace_ << '\n';
  }

  // --- master

  void StartMaster() {
    RunRequest request;
    request.plan = plan_;
    request.run_id = "run";
    request.workers = wanted_;
    request.wait = Duration::Seconds(8);
    request.prepare_limit = Duration::Seconds(8);
    request.trace = true;
    session_ = std::make_unique<RunSession>(
        master_host_, "0.1.0", request,
        [this](uint32_t worker, DeltaBatch batch) { return Accept(worker, std::move(batch)); },
        RunSession::Callbacks{nullptr, [this](const std::string& text) { Trace("log", text); },
                              [this](const std::shared_ptr<const Plan>& plan) { Amend(plan); }});
  }

  void Amend(const std::shared_ptr<const Plan>& plan) {
    Trace("amended", plan->spec().holds.back().at, plan->load_end());
    plan_ = plan;
    merger_->Amend(plan);
    abort_rules_->Amend(plan);
  }

  Status Accept(uint32_t worker, DeltaBatch batch) {
    const bool busy = base_.Now() < sink_busy_until_;
    if (busy) Occurred("sink busy");
    if (busy && options_.mutation != Mutation::kAckBeforeMerge) return Unavailable("busy");
    if (busy) return absl::OkStatus();  // planted: acknowledged, and then not taken
    MergeBatch(worker, batch);
    CheckNotAhead();
    MaybeAbort(worker, batch);
    const Status merged = merger_->Accept(worker, batch);
    if (!merged.ok() && options_.mutation == Mutation::kNone) {
      Violation("the merger refused: " + Message(merged));
    }
    return absl::OkStatus();
  }

  // As the program does.
  void MaybeAbort(uint32_t worker, const DeltaBatch& batch) {
    const std::vector<WorkerReport> reports = session_->controller().Reports();
    for (uint32_t i = 0; i < reports.size(); ++i) {
      if (reports[i].state == "lost") abort_rules_->OnLost(i);
    }
    abort_rules_->OnBatch(worker, session_->controller().GroupOf(worker), batch);
    if (!abort_rules_->decision() || std::exchange(abort_posted_, true)) return;
    master_host_.Post([this] { session_->Abort(); });
  }

  void MergeBatch(uint32_t worker, const DeltaBatch& batch) {
    Trace("merge", worker, batch.sequence, batch.accounted_through, batch.in_flight);
    MergeCells(batch.cells, &merged_[worker]);
    for (const TraceEntry& entry : batch.trace) {
      if (!numbers_.emplace(entry.k, entry.due).second) {
        Violation("number " + std::to_string(entry.k) + " was decided twice");
      }
    }
  }

  // Law 4: what was started was due, by any clock of the cluster.
  void CheckNotAhead() {
    if (!plan_->open()) return;
    uint64_t started = 0;
    for (const auto& [worker, cells] : merged_) started += Sum(cells).started;
    Duration slack = Duration::Millis(10);  // the clocks' drift
    for (const WorkerReport& report : session_->controller().Reports()) {
      slack = std::max(slack, report.clock_error + Duration::Millis(10));
    }
    const RunTime now = session_->controller().TimeOf(master_host_.Now()) + slack;
    const OwnerTable all({1});
    if (started > OwnedBefore(*plan_, all, 0, now)) Violation("started more than was due");
  }

  // --- workers

  void StartProcess(const std::string& name) {
    Process* process = processes_.emplace_back(std::make_unique<Process>()).get();
    process->name = name;
    const Duration offset = dice_.Between(Duration::Seconds(-5000), Duration::Seconds(5000));
    const auto drift_ppm = static_cast<int64_t>(dice_.Below(401)) - 200;
    Occurred("clock skew");
    process->host = std::make_unique<SimHost>(&base_, offset, drift_ppm);
    process->network = std::make_unique<SimNetwork>(process->host.get(),
                                                    dice_.Between(Duration(), Duration::Millis(2)));
    process->server = std::make_unique<SimHttpServer>(&base_, DrawServer());
    process->network->Listen(kTarget, process->server.get());
    process->engines = std::make_unique<TeeEngines>(process->host.get(), process->network.get(),
                                                    static_cast<uint32_t>(1 + dice_.Below(2)),
                                                    options_.mutation == Mutation::kHoldUnheard);
    WorkerSessionOptions options;
    options.build = "0.1.0";
    options.name = name;
    options.instance = MixBits(options_.seed + processes_.size());
    options.weight = static_cast<uint32_t>(1 + (dice_.OneIn(3) ? dice_.Below(3) : 0));
    options.lease = lease_;
    options.give_up = Duration::Seconds(10);
    process->session = std::make_unique<WorkerSession>(
        *process->host, *process->engines, options, [this, process] { return Connect(process); },
        nullptr, [this, process](const std::string& text) { Trace(process->name, text); });
    process->host->Post([process] { process->session->Start(); });
  }

  SimHttpServerOptions DrawServer() {
    SimHttpServerOptions server;
    server.service = dice_.Between(Duration::Micros(100), Duration::Millis(20));
    const uint64_t salt = dice_.Below(1 << 20);
    const uint64_t faulty = dice_.OneIn(2) ? 20 : 1'000'000;
    server.respond = [this, salt, faulty](const SimRequest& request) {
      SimResponse response;
      const uint64_t bits = MixBits(salt ^ MixBits(request.number));
      if (bits % faulty != 0) return response;
      Occurred("server fault");
      response.fault = static_cast<SimResponse::Fault>(1 + MixBits(bits) % 5);
      return response;
    };
    return server;
  }

  std::unique_ptr<WorkerPipe> Connect(Process* process) {
    SimLinkOptions options = link_;
    options.seed = MixBits(options_.seed ^ MixBits(++links_made_));
    SimLink* link = process->links
                        .emplace_back(std::make_unique<SimLink>(&base_, process->host.get(),
                                                                &master_host_, options))
                        .get();
    link->Partition(process->partitioned_until);
    link->SetToMasterTap([this, process](WorkerMessage* m) { return ToMaster(process, m); });
    link->SetToWorkerTap([this, process](MasterMessage* m) { return ToWorker(process, m); });
    auto end = std::make_shared<std::unique_ptr<MasterPipe>>(link->TakeMasterEnd());
    master_host_.Post([this, end] { session_->AddLink(std::move(*end)); });
    Trace(process->name, "connects");
    return link->TakeWorkerEnd();
  }

  bool ToMaster(Process* process, WorkerMessage* message) {
    auto* batch = std::get_if<Batch>(message);
    Trace(process->name, "says", message->index(), batch ? batch->sequence : 0);
    if (batch == nullptr) return true;
    const auto [first, fresh] = process->sent.try_emplace(batch->sequence, batch->bytes);
    if (!fresh) {
      ++process->resends;
      Occurred("resend");
      if (first->second != batch->bytes) Violation("a batch was not resent byte for byte");
    }
    if (options_.mutation == Mutation::kRebuiltResend && !fresh) Rebuild(process, batch);
    if (options_.mutation == Mutation::kEarlyFree) {
      process->links.back()->ForgeToWorker(Ack{batch->run_id, batch->sequence});
    }
    if (options_.mutation == Mutation::kNoDeduplication && !fresh) MergeRepeat(process, *batch);
    return true;
  }

  // Planted: the first batch resent on a link holds everything unacknowledged, the rest nothing.
  void Rebuild(Process* process, Batch* batch) {
    StatusOr<DeltaBatch> rebuilt = DecodeBatch(batch->bytes);
    CHECK(rebuilt.ok());
    if (process->rebuilt_on != process->links.size()) {
      process->rebuilt_on = process->links.size();
      for (const auto& [sequence, bytes] : process->sent) {
        if (sequence <= batch->sequence) continue;
        const StatusOr<DeltaBatch> later = DecodeBatch(bytes);
        CHECK(later.ok());
        MergeCells(later->cells, &rebuilt->cells);
      }
    } else {
      rebuilt->cells.clear();
    }
    batch->bytes = EncodeBatch(*rebuilt);
  }

  // Planted: as a master without de-duplication would.
  void MergeRepeat(Process* process, const Batch& batch) {
    for (const WorkerReport& report : session_->controller().Reports()) {
      if (report.name != process->name || report.batches < batch.sequence) continue;
      const StatusOr<DeltaBatch> repeat = DecodeBatch(batch.bytes);
      CHECK(repeat.ok());
      const uint32_t worker = WorkerIndex(report.name);
      MergeCells(repeat->cells, &merged_[worker]);
    }
  }

  uint32_t WorkerIndex(const std::string& name) const {
    const std::vector<WorkerReport> reports = session_->controller().Reports();
    for (uint32_t i = 0; i < reports.size(); ++i) {
      if (reports[i].name == name) return i;
    }
    CHECK(false) << name;
  }

  bool ToWorker(Process* process, MasterMessage* message) {
    Trace(process->name, "is told", message->index());
    const auto* amend = std::get_if<AmendPlan>(message);
    if (amend != nullptr && options_.mutation == Mutation::kHoldUnasked) {
      const Amended forged{amend->run_id, static_cast<uint32_t>(amend->holds.size()), ""};
      process->links.back()->ForgeToMaster(forged);
      return false;
    }
    auto* prepare = std::get_if<Prepare>(message);
    if (prepare != nullptr && options_.mutation == Mutation::kSharedBucket) {
      prepare->assignment.worker = 0;
    }
    if (const auto* finish = std::get_if<FinishRun>(message); finish && finish->reason == "lost") {
      Occurred("told lost");
    }
    return true;
  }

  // --- holds

  // Presses and releases at moments of which some are refused.
  void DrawHolds() {
    const uint64_t presses = 1 + dice_.Below(3);
    for (uint64_t i = 0; i < presses; ++i) {
      const MonoTime when =
          base_.Now() + dice_.Between(Duration::Millis(500), Duration::Seconds(9));
      const Duration held = dice_.Between(Duration::Millis(100), Duration::Seconds(8));
      base_.ScheduleAt(when, [this] { master_host_.Post([this] { Hold(); }); });
      base_.ScheduleAt(when + held, [this] { master_host_.Post([this] { Release(); }); });
    }
  }
  void Hold() {
    const Status status = session_->Hold();
    Trace("hold", status.ok() ? "yes" : Message(status));
    Occurred(status.ok() ? "held" : "hold refused");
  }
  void Release() {
    if (session_->Release().ok()) Occurred("released");
  }

  // --- faults

  void DrawFaults() {
    const uint64_t faults = dice_.Below(5);
    const bool gentle = dice_.OneIn(2);
    for (uint64_t i = 0; i < faults; ++i) {
      Process* process = processes_[dice_.Below(processes_.size())].get();
      const MonoTime when =
          base_.Now() + dice_.Between(Duration(), Duration::Millis(options_.hold ? 14'000 : 4500));
      const uint64_t kind = gentle ? dice_.Below(5) : dice_.Below(10);
      const Duration span = gentle ? dice_.Between(Duration::Millis(1), kShort)
                                   : dice_.Between(Duration::Millis(1), Duration::Seconds(9));
      base_.ScheduleAt(when, [this, process, kind, span] { Inject(process, kind, span); });
    }
  }

  void Inject(Process* process, uint64_t kind, Duration span) {
    if (process->crashed || session_->finished()) return;
    const MonoTime until = base_.Now() + span;
    Trace("fault", kind, process->name, span);
    if (kind < 5 && span > kShort) harsh_ = true;
    if (kind >= 5) harsh_ = true;
    switch (kind) {
      case 0:
        Occurred("link broken");
        return process->links.back()->Break();
      case 1:
      case 5:
        Occurred("partition");
        process->partitioned_until = std::max(process->partitioned_until, until);
        process->links.back()->Partition(until);
        if (kind == 5) process->links.back()->Break();
        if (kind == 5) Occurred("partition, then broken");
        return;
      case 2:
        Occurred("worker stalled");
        return process->host->Stall(until);
      case 3:
        Occurred("master stalled");
        return master_host_.Stall(until);
      case 4:
        Occurred("sink busy for a time");
        sink_busy_until_ = std::max(sink_busy_until_, until);
        return;
      case 6:
      case 7:
        return Crash(process, kind == 7, span);
      case 8:
        Occurred("worker told to stop");
        return process->host->Post([process] { process->session->Shutdown(); });
      default:
        Occurred("user stopped");
        master_host_.Post([this] { session_->Stop(); });
        if (span < Duration::Seconds(3)) return;
        Occurred("user stopped twice");
        base_.ScheduleAt(base_.Now() + Duration::Millis(200),
                         [this] { master_host_.Post([this] { session_->Stop(); }); });
    }
  }

  void Crash(Process* process, bool restart, Duration after) {
    Occurred("worker crashed");
    process->crashed = true;
    process->host->Kill();
    process->session.reset();
    for (const auto& link : process->links) Occurred("messages lost", link->lost());
    if (!restart) return;
    const std::string name = process->name;
    base_.ScheduleAt(base_.Now() + std::min(after, Duration::Seconds(2)), [this, name] {
      if (session_->finished()) return;
      Occurred("worker restarted");
      StartProcess(name);
    });
  }

  // --- laws

  void CheckLaws() {
    const RunOutcome& outcome = session_->outcome();
    for (const auto& process : processes_) {
      for (const auto& link : process->links) Occurred("messages lost", link->lost());
    }
    for (const WorkerReport& report : outcome.workers) {
      Occurred("repeat dropped", report.repeats);
      Occurred("worker " + report.state);
      if (report.gaps > 0) Violation("worker " + report.name + " sent a gap");
    }
    Occurred(plan_->open() ? "open model" : "closed model");
    if (!outcome.began) {
      const bool refused = outcome.error.find("cannot be split") != std::string::npos;
      if (refused) Occurred("refused to split");
      if (!harsh_ && !refused) Violation("a quiet run did not begin: " + outcome.error);
      return;
    }
    if (!harsh_ && !outcome.incomplete.empty()) {
      Violation("a quiet run is incomplete: " + outcome.incomplete[0]);
    }
    CellMap total;
    uint64_t iterations_lost = 0;
    uint64_t requests_lost = 0;
    uint64_t at_most = 0;
    for (const auto& [worker, cells] : merged_) MergeCells(cells, &total);
    for (const WorkerLoss& loss : outcome.losses) {
      MergeCells(loss.not_started, &total);
      iterations_lost += loss.iterations_lost;
      requests_lost += loss.requests_lost;
      at_most += loss.at_most;
    }
    const Counts counts = Sum(total);
    const Status books = CheckBooks(counts, 0, iterations_lost, 0, requests_lost);
    if (!books.ok()) Violation("law 1: " + Message(books));
    if (plan_->open() && !Stopped(outcome) && counts.due != plan_->total_iterations()) {
      Violation("law 1: due " + std::to_string(counts.due) + " of " +
                std::to_string(plan_->total_iterations()));
    }
    CheckDueTimes();
    CheckHolds(outcome);
    CheckMerged(outcome);
    CheckMerger(counts, outcome);
    CheckAbort(total, outcome);
    CheckServers(counts, at_most, outcome);
    CheckLatencies(total, counts);
    if (!Stopped(outcome) && outcome.losses.empty() && plan_->open() &&
        numbers_.size() != plan_->total_iterations()) {
      Violation("the trace is not every number of the plan");
    }
    Trace("due", counts.due, "started", counts.started, "completed", counts.completed, "failed",
          counts.failed, "ended", outcome.ended);
    for (const std::string& reason : outcome.incomplete) Trace("incomplete", reason);
  }

  // Law 2: of a worker whose last batch was merged, exactly what its engines handed over; of a lost
  // one, its first batches, as they were first sent.
  void CheckMerged(const RunOutcome& outcome) {
    for (uint32_t i = 0; i < outcome.workers.size(); ++i) {
      const WorkerReport& report = outcome.workers[i];
      // The first process of a name is the one that was chosen, unless it had crashed before.
      for (const auto& process : processes_) {
        if (process->name != report.name || process->sent.empty()) continue;
        CellMap expected;
        if (report.state == "lost") {
          for (const auto& [sequence, bytes] : process->sent) {
            if (sequence > report.batches) break;
            MergeCells(DecodeBatch(bytes)->cells, &expected);
          }
        } else {
          expected = process->engines->truth;
        }
        if (expected != merged_[i]) {
          Violation("law 2: merged is not what worker " + report.name + " measured");
        }
      }
    }
  }

  // Whoever decided a number, and whatever it knew then: it was due when the run's plan says.
  void CheckDueTimes() {
    if (!plan_->open()) return;
    Arrivals arrivals(plan_->rates(), plan_->open_load().arrivals, plan_->spec().seed,
                      plan_->total_iterations());
    for (const auto& [k, due] : numbers_) {
      if (k < plan_->total_iterations() && due == arrivals.DueTime(k)) continue;
      return Violation("number " + std::to_string(k) + " was not due as the plan says");
    }
  }

  void CheckHolds(const RunOutcome& outcome) {
    const std::vector<HandHold>& holds = plan_->spec().holds;
    if (holds.size() > 1) Occurred("hold lengthened");
    if (session_->controller().plan() != plan_) Violation("a hold was not told");
    if (outcome.plan_hash != HashPlan(EncodePlan(plan_->spec()))) Violation("another plan's hash");
    for (const std::string& reason : outcome.incomplete) {
      if (reason.find("had not agreed") != std::string::npos) Occurred("lost at a hold");
      if (reason.find("learned of the hold after") != std::string::npos) Occurred("learned late");
    }
    if (holds.empty()) return;
    if (!Stopped(outcome) && outcome.load_end != plan_->load_end()) Violation("another load's end");
    const auto held = session_->controller().held();
    if (held && !held->why.empty()) Occurred("hold given up");
    // But for a limit of iterations, which ends any load.
    const bool may_end = harsh_ || Stopped(outcome) || plan_->spec().iterations;
    if (!may_end && held && !held->why.empty()) {
      Violation("a hold ended by itself in a quiet run: " + held->why);
    }
  }

  static bool Stopped(const RunOutcome& outcome) { return outcome.interrupted || outcome.aborted; }

  // What ended the run is what everything that was measured, as one batch of one worker, says.
  void CheckAbort(const CellMap& total, const RunOutcome& outcome) {
    if (outcome.aborted) Occurred("ended by a threshold");
    if (options_.mutation != Mutation::kNone || !abort_rules_->decision()) return;
    const AbortDecision& decision = *abort_rules_->decision();
    DeltaBatch all;
    all.sequence = 1;
    all.accounted_through = decision.at;
    // What a lost worker did not start is known at the end alone.
    all.cells = total;
    for (const WorkerLoss& loss : outcome.losses) {
      for (const auto& [key, cell] : loss.not_started) {
        Counts& counts = all.cells[key].counts;
        counts.due -= cell.counts.due;
        for (size_t i = 0; i < kNotStartedReasons; ++i) {
          counts.not_started[i] -= cell.counts.not_started[i];
        }
      }
    }
    AbortRules alone(plan_, 1);
    alone.OnBatch(0, "", all);
    if (alone.decision() != decision) Violation("the end by a threshold was decided on parts");
  }

  // The product's own merger comes to the same totals, and its audit agrees.
  void CheckMerger(const Counts& counts, const RunOutcome& outcome) {
    if (options_.mutation != Mutation::kNone) return;  // a guard more than the planted fault is for
    for (const WorkerLoss& loss : outcome.losses) merger_->AddLoss(loss.worker, loss.not_started);
    if (merger_->totals() != counts) Violation("law 2: the merger has other totals");
    for (const std::string& error : merger_->AuditBooks(true)) Violation("audit: " + error);
  }

  void CheckServers(const Counts& counts, uint64_t at_most, const RunOutcome& outcome) {
    uint64_t served = 0;
    for (const auto& process : processes_) served += process->server->counts().requests;
    if (counts.completed > served) Violation("law 5: more completed than the servers saw");
    const bool known = plan_->open() || outcome.losses.empty();
    if (known && served > counts.completed + counts.failed_after_send + at_most) {
      Violation("law 5: the servers saw " + std::to_string(served) + ", completed " +
                std::to_string(counts.completed) + ", failed after sending " +
                std::to_string(counts.failed_after_send) + ", at most lost " +
                std::to_string(at_most));
    }
    if (!outcome.losses.empty()) Occurred("loss");
  }

  void CheckLatencies(const CellMap& cells, const Counts& counts) {
    std::map<LatencyKind, Int128> sums;
    uint64_t recorded = 0;
    for (const auto& [key, cell] : cells) {
      for (const LatencyKind kind :
           {LatencyKind::kResponse, LatencyKind::kLag, LatencyKind::kWait, LatencyKind::kService}) {
        sums[kind] += cell.latency[static_cast<size_t>(kind)].sum();
      }
      recorded += cell.latency[static_cast<size_t>(LatencyKind::kResponse)].count();
    }
    if (recorded != counts.completed) Violation("law 6: not every completed request has a latency");
    if (sums[LatencyKind::kResponse] !=
        sums[LatencyKind::kLag] + sums[LatencyKind::kWait] + sums[LatencyKind::kService]) {
      Violation("law 6: response is not lag + wait + service");
    }
  }

  const ClusterOptions options_;
  Dice dice_;
  std::shared_ptr<const Plan> plan_;  // as amended last
  SimExecutor base_;
  SimHost master_host_;
  uint32_t wanted_ = 1;
  Duration lease_;
  SimLinkOptions link_;
  uint64_t links_made_ = 0;
  MonoTime sink_busy_until_;
  bool harsh_ = false;  // something that a lease may notice has happened
  std::map<uint32_t, CellMap> merged_;
  std::optional<RunMerger> merger_;
  std::optional<AbortRules> abort_rules_;
  bool abort_posted_ = false;
  std::map<uint64_t, RunTime> numbers_;  // decided, and when they were due
  std::vector<std::unique_ptr<Process>> processes_;
  std::unique_ptr<RunSession> session_;
  std::ostringstream trace_;
  ClusterResult result_;
};

}  // namespace

ClusterResult RunCluster(const ClusterOptions& options) { return Cluster(options).Run(); }

}  // namespace muster
