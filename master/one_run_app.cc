#include "master/one_run_app.h"

#include <algorithm>
#include <cstdio>
#include <random>
#include <utility>

#include "common/base/version.h"
#include "common/wire/plan_codec.h"
#include "master/findings/findings.h"
#include "master/findings/sample_findings.h"
#include "master/process_app.h"
#include "master/results/format.h"
#include "master/results/summary_builder.h"

namespace muster {
namespace {

std::string DrawRunId() {
  std::random_device device;
  char digits[16];
  std::snprintf(digits, sizeof(digits), "%08x", device());
  return digits;
}

LiveState LiveStateOf(const std::string& state) {
  return state == "lost"       ? LiveState::kLost
         : state == "left"     ? LiveState::kLeft
         : state == "finished" ? LiveState::kDone
                               : LiveState::kWorking;
}

}  // namespace

OneRun::OneRun(RunHost& host, Request request, Callbacks callbacks)
    : host_(host),
      callbacks_(std::move(callbacks)),
      plan_(request.plan),
      threshold_places_(std::move(request.threshold_places)),
      id_(DrawRunId()),
      merger_(plan_, host.workers()),
      abort_rules_(plan_, host.workers()),
      feed_(merger_) {
  session_.emplace(
      host_.executor(), std::string(kVersion),
      RunRequest{.plan = plan_,
                 .run_id = id_,
                 .workers = host_.workers(),
                 .wait = request.wait,
                 .trace = request.trace},
      [this](uint32_t worker, const DeltaBatch& batch) { return Take(worker, batch); },
      RunSession::Callbacks{.on_finished = callbacks_.on_finished,
                            .log = [this](const std::string& line) { OnLog(line); },
                            .on_amended = [this](const auto& plan) { Amend(plan); }});
  host_.Attach(&*session_);
}

OneRun::~OneRun() {
  *alive_ = false;
  CloseLinks();
}

void OneRun::CloseLinks() {
  if (!session_) return;
  host_.Detach();
  session_.reset();
}

Status OneRun::Take(uint32_t worker, const DeltaBatch& batch) {
  const std::string& group = session_->controller().GroupOf(worker);
  merger_.SetGroup(worker, group);
  RETURN_IF_ERROR(merger_.Accept(worker, batch));
  abort_rules_.OnBatch(worker, group, batch);
  MaybeAbort();
  return absl::OkStatus();
}

// An event without end, as of a link that comes and goes, must not fill the memory.
void OneRun::AddEvent(const std::string& text) {
  if (events_.size() == kMaxEvents) return;
  const RunController& run = session_->controller();
  const bool began = run.phase() == RunPhase::kRunning || run.phase() == RunPhase::kDraining;
  const RunTime now = began ? run.TimeOf(host_.executor().Now()) : RunTime();
  events_.push_back({std::max(now, RunTime()), text});
}

// The embedded worker's comings and goings are nobody's business.
void OneRun::OnLog(const std::string& line) {
  if (host_.embedded()) return;
  if (session_) AddEvent(line);
  if (callbacks_.on_log_entry) callbacks_.on_log_entry(line);
}

// Not at once: the session is in the middle of a message.
void OneRun::MaybeAbort() {
  if (!abort_rules_.decision() || std::exchange(abort_posted_, true)) return;
  host_.executor().Post([this, alive = alive_] {
    if (!*alive || session_->phase() != RunPhase::kRunning) return;
    const AbortDecision& decision = *abort_rules_.decision();
    const std::string why = plan_->spec().thresholds[decision.threshold].expression +
                            " is broken (" + decision.observed_text + ")";
    AddEvent("stopping: " + why);
    if (callbacks_.on_abort) callbacks_.on_abort(why);
    session_->Abort();
  });
}

void OneRun::Interrupt(const std::string& by) {
  AddEvent((stopping() ? "stopping at once: " : "stopping: ") + by);
  if (interrupted_by_.empty()) interrupted_by_ = by;
  session_->Stop();
}

void OneRun::Amend(const std::shared_ptr<const Plan>& plan) {
  plan_ = plan;
  merger_.Amend(plan);
  abort_rules_.Amend(plan);
}

Status OneRun::Hold() {
  RETURN_IF_ERROR(session_->Hold());
  const HandHeldLoad& held = *session_->controller().held();
  hold_told_ = true;
  AddEvent("by hand: " + HeldText(*plan_, held.from) + " from " + FormatRunClock(held.from));
  return absl::OkStatus();
}

Status OneRun::Release() {
  RETURN_IF_ERROR(session_->Release());
  TellHoldEnd();
  return absl::OkStatus();
}

// Once for each hold, whoever or whatever ends it.
void OneRun::TellHoldEnd() {
  const std::optional<HandHeldLoad>& held = session_->controller().held();
  if (!hold_told_ || !held || held->wanted) return;
  hold_told_ = false;
  if (stopping()) return;  // which is told
  AddEvent((held->why.empty() ? "by hand: " : "the hold is not lengthened, " + held->why + ": ") +
           "the load goes on at " + FormatRunClock(held->until));
}

void OneRun::Tick() {
  TellHoldEnd();
  const std::vector<WorkerReport> reports = session_->controller().Reports();
  for (uint32_t i = 0; i < reports.size(); ++i) {
    if (reports[i].state == "lost") abort_rules_.OnLost(i);
  }
  MaybeAbort();
}

LiveSnapshot OneRun::Snapshot() {
  const RunController& run = session_->controller();
  std::vector<LiveMember> members;
  for (const WorkerReport& worker : run.Reports()) {
    members.push_back({worker.name, LiveStateOf(worker.state)});
  }
  LiveSnapshot live = feed_.Take(run.TimeOf(host_.executor().Now()), members);
  live.draining = run.phase() == RunPhase::kDraining;
  const std::optional<HandHeldLoad>& held = run.held();
  if (held && RunTime() + live.elapsed < held->until) {
    live.hold = LiveHold{held->from, held->until, held->wanted};
  }
  live.insecure_control = host_.insecure_control();
  live.insecure_target = plan_->insecure_target();
  return live;
}

RunSummary OneRun::Summarize(const Environment& environment) {
  for (const WorkerLoss& loss : outcome().losses) merger_.AddLoss(loss.worker, loss.not_started);
  RunSummary summary = BuildSummary(merger_, Facts());
  summary.environment = environment;
  summary.events = events_;
  summary.findings = FindAll(*plan_, summary);
  summary.few_samples = PercentilesOfFewSamples({*plan_, summary});
  return summary;
}

SessionFacts OneRun::Facts() const {
  const RunOutcome& outcome = session_->outcome();
  SessionFacts facts;
  facts.tool_version = std::string(kVersion);
  facts.run_id = id_;
  facts.plan_hash = outcome.plan_hash;
  facts.load_hash = HashLoad(plan_->spec());
  facts.started_at = WallNow() - (host_.executor().Now() - outcome.t0);
  facts.load_end = outcome.load_end;
  facts.ended = outcome.ended;
  for (const WorkerReport& worker : outcome.workers) {
    facts.workers.push_back(
        {worker.name, worker.state, worker.clock_offset, worker.clock_error, worker.group});
  }
  for (const WorkerLoss& loss : outcome.losses) {
    Loss& listed = facts.losses.emplace_back();
    listed.worker = outcome.workers[loss.worker].name;
    listed.from = loss.from;
    listed.to = loss.to;
    if (loss.numbers > 0) {
      listed.first = loss.first;
      listed.last = loss.last;
    }
    listed.at_most = loss.at_most;
  }
  facts.incomplete_reasons = outcome.incomplete;
  if (outcome.interrupted) facts.interrupted_by = interrupted_by_;
  if (outcome.aborted) facts.aborted = abort_rules_.decision();
  facts.insecure_control = host_.insecure_control();
  facts.threshold_places = threshold_places_;
  return facts;
}

}  // namespace muster
