#include "master/schedule/run_controller.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/base/check.h"
#include "common/plan/run_text.h"
#include "common/wire/codec.h"

namespace muster {
namespace {

constexpr Duration kStall = Duration::Seconds(1);
constexpr Duration kGrace = Duration::Millis(500);

Counts TotalsOf(const CellMap& cells) {
  Counts totals;
  for (const auto& [key, cell] : cells) totals.Add(cell.counts);
  return totals;
}

// What the books lack for it. Which numbers are in doubt is the result's to say (losses).
std::string CostOf(const WorkerLoss& loss) {
  std::string text;
  const uint64_t not_started = TotalsOf(loss.not_started).due;
  if (not_started > 0) {
    text += "; " + FormatCount(not_started) + " of its iterations were not started";
  }
  if (loss.iterations_lost > 0) {
    text += (text.empty() ? "; " : ", ") + FormatCount(loss.iterations_lost) +
            " in flight on it, outcome unknown";
  }
  return text;
}

}  // namespace

std::string_view NameOf(RunPhase phase) {
  switch (phase) {
    case RunPhase::kWaiting:
      return "waiting";
    case RunPhase::kPreparing:
      return "preparing";
    case RunPhase::kSyncing:
      return "syncing";
    case RunPhase::kRunning:
      return "running";
    case RunPhase::kDraining:
      return "draining";
    case RunPhase::kFinished:
      return "finished";
  }
  return "?";
}

RunController::RunController(RunRequest request, BatchSink sink, MonoTime now)
    : request_(std::move(request)),
      sink_(std::move(sink)),
      plan_bytes_(EncodePlan(request_.plan->spec())),
      plan_hash_(HashPlan(plan_bytes_)),
      plan_(request_.plan),
      phase_since_(now),
      last_tick_(now) {
  CHECK_GE(request_.workers, 1U);
  outcome_.plan_hash = plan_hash_;
  Status status = CheckPlanSize(plan_bytes_.size());
  // Weights are not known yet, but fewer than one each cannot be split whatever they are.
  if (status.ok()) status = CheckSplit(std::vector<uint32_t>(request_.workers, 1));
  if (status.ok()) return;
  outcome_.error = Message(status);
  Finish(now);
}

// --- who takes part

void RunController::OnConnected(const Worker& worker, const std::string& held_run, MonoTime now) {
  candidates_[worker.id] = Candidate{worker, true, now};
  if (!held_run.empty() && held_run != request_.run_id) {
    Send(worker.id, FinishRun{held_run, "this master does not know that run"});
  }
  if (Member* m = FindMember(worker.id)) return Resume(*m, held_run, now);
  if (held_run == request_.run_id) Send(worker.id, FinishRun{held_run, "not a worker of this run"});
  if (phase_ == RunPhase::kWaiting) MaybeChoose(now);
}

void RunController::OnUnlinked(WorkerId id) {
  const auto it = candidates_.find(id);
  if (it != candidates_.end()) it->second.linked = false;
}

void RunController::OnHeard(WorkerId id, MonoTime now) {
  const auto it = candidates_.find(id);
  if (it != candidates_.end()) it->second.last_heard = now;
}

void RunController::MaybeChoose(MonoTime now) {
  std::vector<const Worker*> linked;
  for (const auto& [id, candidate] : candidates_) {
    if (candidate.linked) linked.push_back(&candidate.worker);
  }
  if (linked.size() < request_.workers) return;
  std::sort(linked.begin(), linked.end(),
            [](const Worker* a, const Worker* b) { return a->name < b->name; });
  linked.resize(request_.workers);
  std::vector<uint32_t> asked;
  for (const Worker* worker : linked) asked.push_back(worker->weight);
  StatusOr<std::vector<uint32_t>> weights = ReduceWeights(asked);
  const Status status = weights.ok() ? CheckSplit(*weights) : weights.status();
  if (!status.ok()) {
    outcome_.error = Message(status);
    return Finish(now);
  }
  table_.emplace(*weights);
  for (uint32_t i = 0; i < linked.size(); ++i) {
    member_of_[linked[i]->id] = i;
    Member& m = members_.emplace_back();
    m.assignment = Assignment{i, *weights};
    m.report.id = linked[i]->id;
    m.report.name = linked[i]->name;
    m.report.group = linked[i]->group;
    m.report.weight = (*weights)[i];
    SendPrepare(m);
  }
  phase_ = RunPhase::kPreparing;
  phase_since_ = now;
}

Status RunController::CheckSplit(const std::vector<uint32_t>& weights) const {
  const Plan& plan = *request_.plan;
  const auto check = [&](const char* what, uint64_t total, const std::vector<uint64_t>& parts) {
    if (std::all_of(parts.begin(), parts.end(), [](uint64_t part) { return part >= 1; })) {
      return absl::OkStatus();
    }
    return InvalidArgument(absl::StrFormat(
        "%s: %d cannot be split over %d workers so that each has at least one: raise %s or use "
        "fewer workers",
        what, total, weights.size(), what));
  };
  if (plan.open()) {
    const uint64_t total = plan.max_in_flight();
    RETURN_IF_ERROR(check("max_in_flight", total, SplitByLargestRemainder(total, weights)));
  } else {
    // Users are owned by number, like iterations, not split.
    const OwnerTable table(weights);
    std::vector<uint64_t> users;
    for (uint32_t i = 0; i < weights.size(); ++i) {
      users.push_back(table.CountOwned(i, plan.users().peak()));
    }
    RETURN_IF_ERROR(check("users", plan.users().peak(), users));
  }
  return check("connections", plan.connections(),
               SplitByLargestRemainder(plan.connections(), weights));
}

void RunController::SendPrepare(const Member& m) {
  Send(m.report.id, Prepare{.run_id = request_.run_id,
                            .plan = plan_bytes_,
                            .plan_hash = plan_hash_,
                            .assignment = m.assignment,
                            .trace = request_.trace});
}

void RunController::OnReady(WorkerId id, const Ready& ready, MonoTime now) {
  Member* m = FindMember(id);
  if (phase_ != RunPhase::kPreparing || m == nullptr || m->part != Part::kPreparing) return;
  if (ready.run_id != request_.run_id) return;
  if (!ready.error.empty()) {
    outcome_.error = "worker " + m->report.name + " cannot run this plan: " + ready.error;
    return Finish(now);
  }
  if (ready.plan_hash != plan_hash_ || ready.threads == 0) {
    return AbortBeforeStart("worker " + m->report.name + " has another plan than the master", now);
  }
  m->part = Part::kReady;
  m->report.threads = ready.threads;
  m->report.clock_offset = ready.clock_offset;
  m->report.clock_error = ready.clock_error;
  MaybeStart(now);
}

void RunController::MaybeStart(MonoTime now) {
  Duration worst_round_trip;
  for (const Member& m : members_) {
    if (m.part != Part::kReady) return;
    worst_round_trip = std::max(worst_round_trip, m.report.clock_error * 2);
  }
  t0_ = now + std::max(worst_round_trip * 3, kLeastLead);
  outcome_.began = true;
  outcome_.t0 = t0_;
  for (Member& m : members_) {
    m.part = Part::kRunning;
    Send(m.report.id, StartRun{request_.run_id, t0_});
  }
  phase_ = RunPhase::kSyncing;
  phase_since_ = now;
}

// A worker of the run is back on a new link: whatever it may have missed is said again.
void RunController::Resume(Member& m, const std::string& held_run, MonoTime now) {
  const WorkerId id = m.report.id;
  const bool holds = held_run == request_.run_id;
  switch (m.part) {
    case Part::kPreparing:
    case Part::kReady:
      if (finished()) {
        if (holds) Send(id, FinishRun{request_.run_id, "the run was given up"});
        return;
      }
      if (!holds) m.part = Part::kPreparing;
      if (m.part == Part::kPreparing) SendPrepare(m);
      return;
    case Part::kRunning:
      if (!holds) return Lose(m, "it gave the run up", now);
      Send(id, Ack{request_.run_id, m.accepted});
      Send(id, StartRun{request_.run_id, t0_});
      if (Unagreed(m)) SendAmend(m);
      if (stopped_at_) Send(id, StopRun{request_.run_id, cut_at_.has_value()});
      return;
    case Part::kFinished:
    case Part::kLeft:
      if (!holds) return;
      Send(id, Ack{request_.run_id, m.accepted});
      Send(id, FinishRun{request_.run_id, ""});
      return;
    case Part::kLost:
      if (holds) Send(id, FinishRun{request_.run_id, "lost"});
      return;
  }
}

// --- batches

void RunController::OnBatch(WorkerId id, const Batch& batch, MonoTime now) {
  Member* m = FindMember(id);
  if (m == nullptr || batch.run_id != request_.run_id) {
    return Send(id, FinishRun{batch.run_id, "not a worker of this run"});
  }
  if (m->part == Part::kLost) return Send(id, FinishRun{batch.run_id, "lost"});
  if (batch.sequence <= m->accepted) {
    ++m->report.repeats;
    return Send(id, Ack{request_.run_id, m->accepted});
  }
  if (m->part != Part::kRunning) return;  // nothing can follow the last one
  if (batch.sequence > m->accepted + 1) {
    ++m->report.gaps;
    return actions_.push_back({id, std::nullopt});
  }
  const Status status = Merge(*m, batch, now);
  if (absl::IsUnavailable(status)) return actions_.push_back({id, std::nullopt});
  if (!status.ok()) return Lose(*m, Message(status), now);
  Send(id, Ack{request_.run_id, m->accepted});
  if (m->part != Part::kRunning) {
    Send(id, FinishRun{request_.run_id, ""});
    MaybeFinish(now);
  }
}

// Law 3: nothing is acknowledged before the sink has it.
Status RunController::Merge(Member& m, const Batch& batch, MonoTime now) {
  ASSIGN_OR_RETURN(DeltaBatch delta, DecodeBatch(batch.bytes));
  if (delta.sequence != batch.sequence) return InvalidArgument("a batch with two numbers");
  if (delta.accounted_through < m.report.accounted_through) {
    return InvalidArgument("its account went back in time");
  }
  RETURN_IF_ERROR(CheckAgreed(m, delta, now));
  Counts totals = m.report.totals;
  totals.Add(TotalsOf(delta.cells));
  // No measurement is dropped for it, but the run cannot be complete.
  Status books = CheckBooks(totals, delta.in_flight, 0, delta.requests_in_flight, 0);
  if (books.ok() && delta.last && (delta.in_flight != 0 || delta.requests_in_flight != 0)) {
    books = InvalidArgument("books do not balance: in flight after the last batch");
  }
  const RunTime accounted_through = delta.accounted_through;
  const uint64_t in_flight = delta.in_flight, requests_in_flight = delta.requests_in_flight;
  const bool last = delta.last;
  RETURN_IF_ERROR(sink_(m.assignment.worker, std::move(delta)));
  WorkerReport& report = m.report;
  if (report.books_error.empty()) report.books_error = Message(books);
  report.totals = totals;
  report.accounted_through = accounted_through;
  report.in_flight = in_flight;
  report.requests_in_flight = requests_in_flight;
  ++report.batches;
  m.accepted = batch.sequence;
  if (last) m.part = Part::kFinished;
  return absl::OkStatus();
}

void RunController::OnBye(WorkerId id, MonoTime now) {
  OnUnlinked(id);
  Member* m = FindMember(id);
  if (m != nullptr && Active(*m)) Lose(*m, "it left without its last batch", now);
  candidates_.erase(id);
}

// --- holds

RunTime RunController::EarliestHold(MonoTime now) const {
  Duration lead = kHoldLead;
  RunTime known = TimeOf(now);
  for (const Member& m : members_) {
    if (!Active(m)) continue;
    lead = std::max(lead, m.report.clock_error * 6);  // three round trips
    known = std::max(known, m.report.accounted_through);
  }
  return known + lead;
}

Status RunController::MayAmend(MonoTime now) const {
  if (stopped_at_) return FailedPrecondition("the run is being stopped");
  if (phase_ != RunPhase::kRunning) return FailedPrecondition("the load phase is not on");
  for (const Member& m : members_) {
    if (!Active(m)) continue;
    const Candidate& candidate = candidates_.at(m.report.id);
    const std::string who = "worker " + m.report.name;
    if (!candidate.linked) return FailedPrecondition(who + " has no link now");
    if (now - candidate.last_heard > kHeardLately) {
      return FailedPrecondition(who + " was not heard for " +
                                FormatSpan(now - candidate.last_heard));
    }
    if (Unagreed(m)) return FailedPrecondition(who + " has not agreed to the hold before yet");
  }
  return absl::OkStatus();
}

void RunController::SendAmend(const Member& m) {
  Send(m.report.id, AmendPlan{request_.run_id, plan_->spec().holds, outcome_.plan_hash});
}

Status RunController::Hold(MonoTime now) {
  const Status status = plan_.Hold(EarliestHold(now), MayAmend(now));
  TellAmended();
  return status;
}

void RunController::TellAmended() {
  if (plan_->spec().holds.size() == holds_told_) return;
  holds_told_ = plan_->spec().holds.size();
  outcome_.plan_hash = HashPlan(EncodePlan(plan_->spec()));
  for (const Member& m : members_) {
    if (Active(m)) SendAmend(m);
  }
}

void RunController::OnAmended(WorkerId id, const Amended& amended, MonoTime now) {
  Member* m = FindMember(id);
  if (m == nullptr || amended.run_id != request_.run_id || m->part != Part::kRunning) return;
  if (!amended.error.empty()) return Lose(*m, amended.error, now);
  const size_t followed = std::min<size_t>(amended.holds, plan_->spec().holds.size());
  m->holds_followed = std::max(m->holds_followed, followed);
}

// What a worker did from a hold on without having agreed to it is not this plan's. One that has
// done its part or left accounts for all of the load, whatever it knows of.
Status RunController::CheckAgreed(const Member& m, const DeltaBatch& delta, MonoTime now) const {
  const std::optional<RunTime> unagreed = Unagreed(m);
  if (!unagreed || delta.accounted_through < *unagreed) return absl::OkStatus();
  if (delta.last && TimeOf(now) < *unagreed) return absl::OkStatus();
  return InvalidArgument("it went past a hold to which it had not agreed");
}

// --- the end

void RunController::Stop(MonoTime now) {
  if (finished()) return;
  outcome_.interrupted = true;
  plan_.GiveUp("the run is stopped");
  if (phase_ <= RunPhase::kPreparing) return Finish(now);
  if (stopped_at_) {
    cut_at_ = cut_at_.value_or(now);
    outcome_.cut = true;
  } else {
    stopped_at_ = now;
  }
  TellStop();
}

void RunController::Abort(MonoTime now) {
  if (phase_ != RunPhase::kRunning || stopped_at_) return;
  outcome_.aborted = true;
  plan_.GiveUp("the run is stopped");
  stopped_at_ = now;
  TellStop();
}

void RunController::TellStop() {
  for (const Member& m : members_) {
    if (Active(m)) Send(m.report.id, StopRun{request_.run_id, cut_at_.has_value()});
  }
  phase_ = RunPhase::kDraining;
}

void RunController::Tick(MonoTime now) {
  // After a stall of this process the workers' messages are still on their way: hear them first.
  if (now - last_tick_ > kStall) grace_until_ = now + kGrace;
  last_tick_ = now;
  if (phase_ == RunPhase::kWaiting && now - phase_since_ >= request_.wait) {
    return AbortBeforeStart(absl::StrFormat("%d workers were wanted, fewer were there after %s",
                                            request_.workers, FormatSpan(request_.wait)),
                            now);
  }
  if (phase_ == RunPhase::kPreparing && now - phase_since_ >= request_.prepare_limit) {
    return AbortBeforeStart(
        "not every worker was ready within " + FormatSpan(request_.prepare_limit), now);
  }
  if (phase_ == RunPhase::kSyncing && now >= t0_) phase_ = RunPhase::kRunning;
  if (phase_ == RunPhase::kRunning && now >= LoadEnd()) {
    phase_ = RunPhase::kDraining;
    plan_.GiveUp("the load phase is over");
  }
  if (held() && held()->wanted) {
    plan_.Lengthen(TimeOf(now), EarliestHold(now), EarliestHold(now + kTick * 2), MayAmend(now));
    TellAmended();
  }
  if (now >= grace_until_) LoseTheSilent(now);
}

void RunController::LoseTheSilent(MonoTime now) {
  const bool too_late = outcome_.began && now >= FinalLimit();
  for (Member& m : members_) {
    if (finished()) return;
    if (!Active(m)) continue;
    const Candidate& candidate = candidates_.at(m.report.id);
    const Duration silence = now - candidate.last_heard;
    if (silence > candidate.worker.lease + kLeaseMargin) {
      Lose(m, "nothing was heard of it for " + FormatSpan(silence), now);
    } else if (Unagreed(m) && TimeOf(now) >= *Unagreed(m)) {
      Lose(m, "it had not agreed to a hold when that began", now);
    } else if (too_late) {
      Lose(m, "its last batch did not come in time", now);
    }
  }
}

void RunController::Lose(Member& m, const std::string& why, MonoTime now) {
  if (phase_ == RunPhase::kPreparing) {
    return AbortBeforeStart("worker " + m.report.name + " was lost before the start: " + why, now);
  }
  m.part = Part::kLost;
  m.lost_at = now;
  const Candidate& candidate = candidates_.at(m.report.id);
  m.may_start_until = candidate.last_heard + candidate.worker.lease;
  m.lost_why = why;
  Send(m.report.id, FinishRun{request_.run_id, "lost"});
  MaybeFinish(now);
}

void RunController::AbortBeforeStart(const std::string& why, MonoTime now) {
  outcome_.incomplete.push_back(why);
  Finish(now);
}

void RunController::MaybeFinish(MonoTime now) {
  if (std::none_of(members_.begin(), members_.end(), Active)) Finish(now);
}

void RunController::Finish(MonoTime now) {
  for (const Member& m : members_) {
    if (Active(m)) Send(m.report.id, FinishRun{request_.run_id, "the run was given up"});
  }
  if (outcome_.began) CloseBooks(now);
  outcome_.workers = Reports();
  phase_ = RunPhase::kFinished;
}

void RunController::CloseBooks(MonoTime now) {
  const RunTime start;
  outcome_.ended = std::max(start, TimeOf(now));
  outcome_.load_end = plan_->load_end();
  if (stopped_at_) {
    outcome_.load_end = std::clamp(TimeOf(*stopped_at_), start, outcome_.load_end);
  }
  for (Member& m : members_) CheckMember(m);
}

// Law 1 at the end: a worker's batches and its loss together are its part of the plan.
void RunController::CheckMember(Member& m) {
  const Plan& plan = *plan_;
  const uint32_t index = m.assignment.worker;
  const Counts& totals = m.report.totals;
  const std::string who = "worker " + m.report.name;
  if (!m.report.books_error.empty()) {
    outcome_.incomplete.push_back(who + ": " + m.report.books_error);
  }
  if (plan.open() && totals.due > table_->CountOwned(index, plan.total_iterations())) {
    outcome_.incomplete.push_back(
        absl::StrFormat("books do not balance: %s had %d iterations due, its share is %d", who,
                        totals.due, table_->CountOwned(index, plan.total_iterations())));
  }
  if (m.part == Part::kFinished && EndedEarly(m)) m.part = Part::kLeft;
  if (m.part != Part::kLeft && m.part != Part::kLost) return;
  WorkerLoss loss = LossOfMember(m);
  m.report.in_flight = 0;
  m.report.requests_in_flight = 0;
  const std::string what =
      m.part == Part::kLeft
          ? "ended its part early, at " + FormatRunClock(loss.from)
          : "was lost at " + FormatRunClock(TimeOf(m.lost_at)) + ": " + m.lost_why;
  outcome_.incomplete.push_back(who + " " + what + CostOf(loss));
  outcome_.losses.push_back(std::move(loss));
}

// A worker that does not follow the last hold may have gone on without it.
WorkerLoss RunController::LossOfMember(const Member& m) const {
  WorkerLoss loss = LossOf(*plan_, *table_, EndOf(m));
  if (!Unagreed(m)) return loss;
  const WorkerLoss other = LossOf(plan_.AsFollowed(m.holds_followed), *table_, EndOf(m));
  loss.at_most = std::max(loss.at_most, other.at_most);
  if (other.numbers > loss.numbers) {
    loss.first = other.first;
    loss.last = other.last;
    loss.numbers = other.numbers;
  }
  return loss;
}

// A worker that was told to stop does so a little after the master decided it, on its own clock.
bool RunController::EndedEarly(const Member& m) const {
  const bool did = DidItsPart(*plan_, *table_, m.assignment.worker, m.report.totals.due,
                              m.report.accounted_through);
  if (did || !stopped_at_) return !did;
  const Duration tolerance = request_.plan->interval() + m.report.clock_error;
  return m.report.accounted_through + tolerance < outcome_.load_end;
}

WorkerEnd RunController::EndOf(const Member& m) const {
  WorkerEnd end;
  end.worker = m.assignment.worker;
  end.due = m.report.totals.due;
  end.accounted_through = m.report.accounted_through;
  end.in_flight = m.report.in_flight;
  end.requests_in_flight = m.report.requests_in_flight;
  end.end = outcome_.load_end;
  if (m.part == Part::kLost) {
    end.lost_at = TimeOf(m.lost_at);
    end.may_start_until = TimeOf(m.may_start_until) + m.report.clock_error;
  } else {
    end.lost_at = outcome_.load_end;
    end.may_start_until = m.report.accounted_through;
  }
  return end;
}

MonoTime RunController::LoadEnd() const { return t0_ + (plan_->load_end() - RunTime()); }

MonoTime RunController::FinalLimit() const {
  Duration longest_lease;
  for (const Member& m : members_) {
    const auto it = candidates_.find(m.report.id);
    if (it != candidates_.end()) longest_lease = std::max(longest_lease, it->second.worker.lease);
  }
  const Duration margin = longest_lease + kFinalMargin;
  const Duration drain = request_.plan->spec().drain;
  MonoTime limit = LoadEnd() + drain + margin;
  if (stopped_at_) limit = std::min(limit, *stopped_at_ + drain + margin);
  if (cut_at_) limit = std::min(limit, *cut_at_ + margin);
  return limit;
}

// --- what the outside sees

RunController::Member* RunController::FindMember(WorkerId id) {
  const auto it = member_of_.find(id);
  return it == member_of_.end() ? nullptr : &members_[it->second];
}

const RunController::Member* RunController::FindMember(WorkerId id) const {
  return const_cast<RunController*>(this)->FindMember(id);
}

bool RunController::TakesPart(WorkerId id) const {
  const Member* m = FindMember(id);
  return m != nullptr && Active(*m);
}

bool RunController::IsLost(WorkerId id) const {
  const Member* m = FindMember(id);
  return m != nullptr && m->part == Part::kLost;
}

std::vector<WorkerReport> RunController::Reports() const {
  std::vector<WorkerReport> reports;
  for (const Member& m : members_) {
    WorkerReport& report = reports.emplace_back(m.report);
    switch (m.part) {
      case Part::kPreparing:
        report.state = "preparing";
        break;
      case Part::kReady:
        report.state = "ready";
        break;
      case Part::kRunning:
        report.state = "running";
        break;
      case Part::kFinished:
        report.state = "finished";
        break;
      case Part::kLeft:
        report.state = "left";
        break;
      case Part::kLost:
        report.state = "lost";
        break;
    }
  }
  return reports;
}

}  // namespace muster
