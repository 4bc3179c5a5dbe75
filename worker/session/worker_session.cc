#include "worker/session/worker_session.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/base/random.h"
#include "common/wire/codec.h"

namespace muster {

WorkerSession::WorkerSession(Executor& executor, EngineGroup& engines, WorkerSessionOptions options,
                             Connector connect, DoneFn on_done, LogFn log)
    : executor_(executor),
      engines_(engines),
      options_(std::move(options)),
      connect_(std::move(connect)),
      on_done_(std::move(on_done)),
      log_(std::move(log)),
      clock_(options_.same_clock) {}

WorkerSession::~WorkerSession() {
  *alive_ = false;
  executor_.Cancel(ping_timer_);
  executor_.Cancel(link_timer_);
  executor_.Cancel(lease_timer_);
  if (run_) engines_.Finish();
  if (pipe_) pipe_->Close();
}

const std::string& WorkerSession::run_id() const {
  static const std::string kNone;
  return run_ ? run_->id : kNone;
}

void WorkerSession::Log(const std::string& text) {
  if (log_) log_(text);
}

// --- link

void WorkerSession::Start() {
  CHECK(link_ == LinkState::kDown && links_made_ == 0) << "Start is called once";
  Connect();
}

void WorkerSession::Connect() {
  pipe_ = connect_();
  link_ = LinkState::kGreeting;
  last_heard_ = executor_.Now();
  const uint64_t link = ++links_made_;
  pipe_->Open({.on_message =
                   [this, alive = alive_, link](MasterMessage message) {
                     if (*alive && link == links_made_ && pipe_) OnMessage(std::move(message));
                   },
               .on_closed =
                   [this, alive = alive_, link](const Status& why) {
                     if (*alive && link == links_made_ && pipe_) OnLinkLost(why);
                   }});
  SendHello();
  executor_.Cancel(ping_timer_);
  ping_timer_ = executor_.ScheduleAfter(kPingEvery, [this] { OnPingTimer(); });
}

void WorkerSession::SendHello() {
  Hello hello;
  hello.build = options_.build;
  hello.instance = options_.instance;
  hello.name = options_.name;
  hello.weight = options_.weight;
  hello.threads = options_.threads;
  hello.lease = options_.lease;
  hello.run_id = run_id();
  hello.group = options_.group;
  pipe_->Send(std::move(hello));
}

void WorkerSession::OnMessage(MasterMessage message) {
  if (bye_sent_) return;
  last_heard_ = executor_.Now();
  if (link_ == LinkState::kGreeting) {
    // Before the welcome nothing else has a meaning.
    if (const auto* welcome = std::get_if<Welcome>(&message)) On(*welcome);
    return;
  }
  if (std::holds_alternative<Welcome>(message)) return;
  std::visit([this](const auto& m) { On(m); }, message);
}

void WorkerSession::OnLinkLost(const Status& why) {
  if (bye_sent_) return EndSession(absl::OkStatus());
  // Before a welcome there was no link to lose: the reason says what was tried.
  if (link_ != LinkState::kUp) {
    Log(Message(why) + "; trying again");
  } else {
    Log(run_ ? "link to the master lost: " + Message(why)
             : "the master has left: awaiting the next");
  }
  RetirePipe();
  ScheduleReconnect();
}

void WorkerSession::DropLink(const std::string& why) {
  Log("closing the link to the master: " + why);
  RetirePipe();
  ScheduleReconnect();
}

// The pipe may be the one whose handler is running, so it goes after the present function; its
// handlers may be called until then, even after this session.
void WorkerSession::RetirePipe() {
  link_ = LinkState::kDown;
  executor_.Cancel(ping_timer_);
  if (!pipe_) return;
  executor_.Post([pipe = std::shared_ptr<WorkerPipe>(std::move(pipe_))] { pipe->Close(); });
  if (run_) run_->ready_sent = false;
}

void WorkerSession::ScheduleReconnect() {
  if (shutting_down_ && !run_) return EndSession(absl::OkStatus());
  Duration delay = kFirstBackOff;
  for (uint64_t i = 0; i < failed_attempts_ && delay < kLongestBackOff; ++i) delay = delay * 2;
  delay = std::min(delay, kLongestBackOff);
  // Between half and all of it, so that workers which lost one master together come back apart.
  const uint64_t half = static_cast<uint64_t>(delay.nanos()) / 2;
  const uint64_t jitter = RandomBelow(half, MixBits(options_.instance ^ MixBits(links_made_)));
  ++failed_attempts_;
  executor_.Cancel(link_timer_);
  link_timer_ = executor_.ScheduleAfter(Duration::Nanos(static_cast<int64_t>(half + jitter)),
                                        [this] { Connect(); });
}

Duration WorkerSession::silence_limit() const {
  return std::max(Duration::Seconds(1), options_.lease / 2);
}

void WorkerSession::SendPing() { pipe_->Send(Ping{next_ping_++, executor_.Now()}); }

void WorkerSession::OnPingTimer() {
  if (executor_.Now() - last_heard_ > silence_limit()) return DropLink("the master is silent");
  if (link_ == LinkState::kUp) SendPing();
  ping_timer_ = executor_.ScheduleAfter(kPingEvery, [this] { OnPingTimer(); });
}

void WorkerSession::EndSession(Status status) {
  if (link_ == LinkState::kClosed) return;
  link_ = LinkState::kClosed;  // before ForgetRun, which would say Bye
  if (run_) ForgetRun("the session ended");
  RetirePipe();
  link_ = LinkState::kClosed;
  executor_.Cancel(link_timer_);
  executor_.Cancel(lease_timer_);
  executor_.Post([alive = alive_, this, status = std::move(status)] {
    if (*alive && on_done_) on_done_(status);
  });
}

void WorkerSession::On(const Welcome& welcome) {
  if (!welcome.refused.empty()) {
    if (welcome.final) return EndSession(FailedPrecondition(welcome.refused));
    return DropLink("refused for now: " + welcome.refused);
  }
  link_ = LinkState::kUp;
  failed_attempts_ = 0;
  for (int i = 0; i < kPingBurst; ++i) SendPing();
  if (!run_) {
    if (shutting_down_) FinishShutdown();
    return;
  }
  run_->outbox.Rewind();
  SendReadyIfSynced();
  if (run_->holds_followed > 0) SendAmended("");
  SendBatches();
}

void WorkerSession::On(const Pong& pong) {
  if (!clock_.Add(pong, executor_.Now())) return;
  const MonoTime until = pong.ping_sent + options_.lease;
  if (!lease_until_ || until > *lease_until_) lease_until_ = until;
  if (!run_) return;
  if (run_->state == RunState::kRunning && !run_->cut) engines_.SetLease(*lease_until_);
  SendReadyIfSynced();
}

// --- run

void WorkerSession::On(const Prepare& prepare) {
  if (!run_) return PrepareRun(prepare);
  if (!Holds(prepare.run_id)) {
    Ready ready;
    ready.run_id = prepare.run_id;
    ready.error = "busy with run " + run_->id;
    return pipe_->Send(std::move(ready));
  }
  run_->ready_sent = false;
  SendReadyIfSynced();
}

void WorkerSession::PrepareRun(const Prepare& prepare) {
  run_.emplace(prepare.run_id, options_.outbox_bytes);
  ++runs_taken_;
  run_->prepared_at = executor_.Now();
  run_->plan_hash = HashPlan(prepare.plan);
  const Status status = PrepareEngines(prepare);
  if (!status.ok()) {
    run_->error = Message(status);
    Log("cannot run " + run_->id + ": " + run_->error);
  }
  SendReadyIfSynced();
}

Status WorkerSession::PrepareEngines(const Prepare& prepare) {
  if (run_->plan_hash != prepare.plan_hash) {
    return InvalidArgument("the plan arrived damaged: its hash is " + run_->plan_hash +
                           ", the master sent " + prepare.plan_hash);
  }
  if (prepare.assignment.worker >= prepare.assignment.weights.size()) {
    return InvalidArgument("the assignment names a worker beyond its weights");
  }
  ASSIGN_OR_RETURN(PlanSpec spec, DecodePlan(prepare.plan));
  ASSIGN_OR_RETURN(Plan plan, Plan::Create(std::move(spec)));
  run_->plan = std::make_shared<const Plan>(std::move(plan));
  run_->interval = run_->plan->interval();
  RETURN_IF_ERROR(engines_.Prepare(run_->plan, prepare.assignment, prepare.trace));
  run_->threads = engines_.threads();
  return absl::OkStatus();
}

void WorkerSession::SendReadyIfSynced() {
  if (run_->state != RunState::kPrepared || run_->ready_sent || link_ != LinkState::kUp) return;
  if (!clock_.synced()) return;
  const ClockSync::Estimate best = clock_.Best();
  // A hiccup of the link is waited out, a link that is always slow is not.
  const bool may_improve = executor_.Now() < run_->prepared_at + kClockWait;
  if (best.error > kGoodClock && may_improve) return;
  pipe_->Send(Ready{.run_id = run_->id,
                    .plan_hash = run_->plan_hash,
                    .error = run_->error,
                    .threads = run_->threads,
                    .clock_offset = best.offset,
                    .clock_error = best.error});
  run_->ready_sent = true;
}

void WorkerSession::On(const StartRun& start) {
  if (!Holds(start.run_id) || run_->state != RunState::kPrepared || !run_->error.empty()) return;
  if (!lease_until_) return;  // not answered yet, so never said ready
  run_->state = RunState::kRunning;
  Log("run " + run_->id + " starts with " + std::to_string(run_->threads) + " threads");
  run_->combiner.emplace(run_->threads, run_->interval);
  const uint64_t run = runs_taken_;
  engines_.Start(clock_.ToLocal(start.t0), [this, run](std::unique_ptr<EngineDelta> delta) {
    if (run_ && run == runs_taken_) OnDelta(std::move(delta));
  });
  engines_.SetLease(*lease_until_);
  ArmLeaseTimer();
  if (shutting_down_) engines_.Stop(StopMode::kDrain);
}

void WorkerSession::On(const AmendPlan& amend) {
  const bool at_work = run_ && run_->state >= RunState::kRunning;
  if (!Holds(amend.run_id) || !at_work) return;
  const size_t known = run_->plan->spec().holds.size();
  if (amend.holds.size() <= known) {
    if (run_->holds_followed == known) SendAmended("");  // else the engines' answer is on its way
    return;
  }
  StatusOr<Plan> plan = AmendedPlan(amend);
  if (!plan.ok()) return GiveUpAmending(Message(plan.status()));
  const RunTime before = run_->plan->load_end();
  run_->plan = std::make_shared<const Plan>(*std::move(plan));
  engines_.Amend(run_->plan, amend.holds[known].at,
                 [this, before, plan = run_->plan, run = runs_taken_](bool in_time) {
                   if (run_ && run == runs_taken_) OnEnginesAmended(*plan, before, in_time);
                 });
}

void WorkerSession::OnEnginesAmended(const Plan& plan, RunTime end_before, bool in_time) {
  if (!in_time) return GiveUpAmending("it learned of the hold after it began");
  run_->combiner->PutOffLoadEnd(end_before, plan.load_end());
  run_->holds_followed = static_cast<uint32_t>(plan.spec().holds.size());
  SendAmended("");
}

// Of the run's plan, further holds alone.
StatusOr<Plan> WorkerSession::AmendedPlan(const AmendPlan& amend) const {
  const std::vector<HandHold>& known = run_->plan->spec().holds;
  if (!std::equal(known.begin(), known.end(), amend.holds.begin())) {
    return InvalidArgument("it knows of other holds than the master");
  }
  ASSIGN_OR_RETURN(Plan plan, run_->plan->WithHolds(amend.holds));
  if (HashPlan(EncodePlan(plan.spec())) != amend.plan_hash) {
    return InvalidArgument("with the hold it has another plan than the master");
  }
  return plan;
}

void WorkerSession::SendAmended(const std::string& error) {
  if (link_ != LinkState::kUp) return;  // said again after the next welcome
  pipe_->Send(Amended{run_->id, run_->holds_followed, error});
}

// What the engines do from now on is not the run's load. Without a link the master finds that the
// run is no longer held.
void WorkerSession::GiveUpAmending(const std::string& why) {
  SendAmended(why);
  ForgetRun(why);
}

void WorkerSession::OnDelta(std::unique_ptr<EngineDelta> delta) {
  CHECK(run_->state == RunState::kRunning) << "a delta after the last";
  run_->combiner->Add(std::move(delta));
  while (std::optional<DeltaBatch> batch = run_->combiner->Next()) {
    if (batch->last) run_->state = RunState::kDelivering;
    for (DeltaBatch& piece : run_->splitter.Split(*std::move(batch))) {
      piece.sequence = run_->outbox.next_sequence();
      run_->outbox.Add(EncodeBatch(piece));
    }
  }
  UpdateSpool();
  SendBatches();
}

void WorkerSession::SendBatches() {
  if (link_ != LinkState::kUp) return;
  while (const Outbox::Entry* entry = run_->outbox.NextToSend()) {
    pipe_->Send(Batch{run_->id, entry->sequence, entry->bytes});
  }
}

void WorkerSession::UpdateSpool() {
  if (run_->state != RunState::kRunning || run_->outbox.full() == run_->spool_full) return;
  run_->spool_full = run_->outbox.full();
  engines_.SetSpoolFull(run_->spool_full);
}

void WorkerSession::On(const Ack& ack) {
  if (!Holds(ack.run_id)) return;
  const Status status = run_->outbox.Acknowledge(ack.through);
  if (!status.ok()) return DropLink(Message(status));
  UpdateSpool();
  SendBatches();
  if (run_->state == RunState::kDelivering && run_->outbox.empty()) ForgetRun("");
}

void WorkerSession::On(const StopRun& stop) {
  if (!Holds(stop.run_id) || run_->state != RunState::kRunning) return;
  engines_.Stop(stop.now ? StopMode::kNow : StopMode::kDrain);
}

void WorkerSession::On(const FinishRun& finish) {
  if (Holds(finish.run_id)) ForgetRun(finish.reason);
}

void WorkerSession::ForgetRun(const std::string& why) {
  Log("run " + run_->id + " ended: " + (why.empty() ? "all of it is delivered" : why));
  engines_.Finish();
  run_.reset();
  executor_.Cancel(lease_timer_);
  if (shutting_down_ && link_ != LinkState::kClosed) FinishShutdown();
}

void WorkerSession::ArmLeaseTimer() {
  executor_.Cancel(lease_timer_);
  const MonoTime when = run_->cut ? *lease_until_ + options_.give_up : *lease_until_;
  lease_timer_ = executor_.ScheduleAt(when, [this] { OnLeaseTimer(); });
}

// Re-armed when a pong has moved the lease on; first for its end, then for giving up.
void WorkerSession::OnLeaseTimer() {
  const MonoTime now = executor_.Now();
  if (now >= *lease_until_ + options_.give_up) {
    return ForgetRun("its results could not be delivered within " +
                     std::to_string(options_.give_up.nanos() / 1'000'000'000) +
                     " s after the lease: " + std::to_string(run_->outbox.size()) +
                     " batches dropped");
  }
  if (now >= *lease_until_ && !run_->cut) {
    run_->cut = true;
    if (run_->state == RunState::kRunning) {
      Log("the master was not heard for the lease: load stopped");
      engines_.Stop(StopMode::kNow);
    }
  }
  // When the lease was renewed after the cut, this timer has to follow it.
  ArmLeaseTimer();
}

// --- end

void WorkerSession::Shutdown() {
  if (link_ == LinkState::kClosed) return;
  const bool again = shutting_down_;
  shutting_down_ = true;
  if (!run_) return FinishShutdown();
  if (run_->state == RunState::kPrepared) return ForgetRun("shutting down");
  if (run_->state == RunState::kRunning) {
    engines_.Stop(again ? StopMode::kNow : StopMode::kDrain);
  }
}

// Nothing is left to deliver: say so and go. The master closes the link on Bye.
void WorkerSession::FinishShutdown() {
  if (bye_sent_) return;
  if (link_ != LinkState::kUp) return EndSession(absl::OkStatus());
  bye_sent_ = true;
  pipe_->Send(Bye{"shutting down"});
  link_timer_ = executor_.ScheduleAfter(kByeWait, [this] { EndSession(absl::OkStatus()); });
}

}  // namespace muster
