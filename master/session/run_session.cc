#include "master/session/run_session.h"

#include <utility>
#include <variant>

namespace muster {

RunSession::RunSession(Executor& executor, std::string build, RunRequest request, BatchSink sink,
                       Callbacks callbacks)
    : executor_(executor),
      callbacks_(std::move(callbacks)),
      registry_(std::move(build)),
      controller_(std::move(request), std::move(sink), executor.Now()),
      told_plan_(controller_.plan()) {
  OnTick();
}

RunSession::~RunSession() {
  *alive_ = false;
  executor_.Cancel(tick_);
  for (auto& [id, link] : links_) link.pipe->Close();
}

void RunSession::Log(const std::string& text) {
  if (callbacks_.log) callbacks_.log(text);
}

void RunSession::AddLink(std::unique_ptr<MasterPipe> pipe) {
  if (links_.size() >= kMaxLinks) return pipe->Close();
  const LinkId id = ++last_link_;
  Link& link = links_[id];
  link.pipe = std::move(pipe);
  link.since = executor_.Now();
  link.pipe->Open({.on_message =
                       [this, alive = alive_, id](WorkerMessage message) {
                         if (*alive && links_.contains(id)) OnMessage(id, std::move(message));
                       },
                   .on_closed =
                       [this, alive = alive_, id](const Status& why) {
                         if (*alive && links_.contains(id)) OnClosed(id, why);
                       }});
}

void RunSession::OnMessage(LinkId id, WorkerMessage message) {
  const Link& link = links_.at(id);
  if (link.refused) return;
  if (!link.worker) {
    const auto* hello = std::get_if<Hello>(&message);
    hello != nullptr ? OnHello(id, *hello) : Drop(id, true);
  } else {
    const WorkerId worker = *link.worker;
    registry_.Heard(worker, executor_.Now());
    controller_.OnHeard(worker, executor_.Now());
    std::visit([&](const auto& m) { On(worker, m); }, message);
    UpdateState(worker);
  }
  Apply();
}

void RunSession::OnHello(LinkId id, const Hello& hello) {
  const MonoTime now = executor_.Now();
  Link& link = links_.at(id);
  const std::string peer = link.pipe->Peer();
  const WorkerRegistry::Admission admission = registry_.Admit(hello, peer, now);
  link.pipe->Send(admission.welcome);
  if (!admission.id) {
    // The worker closes; its link goes with the next check if it does not.
    Log("worker " + hello.name + " from " + peer + " refused: " + admission.welcome.refused);
    link.refused = true;
    link.since = now;
    return;
  }
  const WorkerId worker = *admission.id;
  if (const LinkId old = LinkOf(worker); old != 0) Drop(old, false);
  link.worker = worker;
  link_of_[worker] = id;
  const bool first = !admission.resumed;
  controller_.OnConnected({worker, hello.name, hello.weight, hello.lease, hello.group},
                          hello.run_id, now);
  UpdateStates();
  Log("worker " + hello.name + " from " + peer + (first ? " is here; " : " is back; ") +
      LiveText());
}

void RunSession::On(WorkerId id, const Ping& ping) {
  links_.at(LinkOf(id)).pipe->Send(registry_.Answer(id, ping, executor_.Now()));
}

void RunSession::On(WorkerId id, const Ready& ready) {
  controller_.OnReady(id, ready, executor_.Now());
}

void RunSession::On(WorkerId id, const Batch& batch) {
  controller_.OnBatch(id, batch, executor_.Now());
}

void RunSession::On(WorkerId id, const Bye& bye) {
  Log("worker " + registry_.entry(id).name + " left: " + bye.reason);
  controller_.OnBye(id, executor_.Now());
  registry_.SetState(id, WorkerState::kLeft);
  Drop(LinkOf(id), true);
}

void RunSession::On(WorkerId id, const Amended& amended) {
  controller_.OnAmended(id, amended, executor_.Now());
}

void RunSession::OnClosed(LinkId id, const Status& why) {
  const std::optional<WorkerId> worker = links_.at(id).worker;
  if (worker) Log("link to worker " + registry_.entry(*worker).name + " lost: " + Message(why));
  Drop(id, true);
  Apply();
}

void RunSession::Stop() {
  controller_.Stop(executor_.Now());
  Apply();
}

void RunSession::Abort() {
  controller_.Abort(executor_.Now());
  Apply();
}

Status RunSession::Hold() {
  const Status status = controller_.Hold(executor_.Now());
  Apply();
  return status;
}

Status RunSession::Release() {
  const Status status = controller_.Release();
  Apply();
  return status;
}

void RunSession::OnTick() {
  const MonoTime now = executor_.Now();
  controller_.Tick(now);
  std::vector<LinkId> stale;
  for (const auto& [id, link] : links_) {
    if (!link.worker && now - link.since > kHelloLimit) stale.push_back(id);
  }
  for (const LinkId id : stale) Drop(id, true);
  Apply();
  UpdateStates();
  tick_ = executor_.ScheduleAfter(RunController::kTick, [this] { OnTick(); });
}

void RunSession::Apply() {
  if (told_plan_ != controller_.plan()) {
    told_plan_ = controller_.plan();
    if (callbacks_.on_amended) callbacks_.on_amended(told_plan_);
  }
  for (RunController::Action& action : controller_.TakeActions()) {
    const LinkId link = LinkOf(action.to);
    if (link == 0) continue;
    if (action.message) {
      links_.at(link).pipe->Send(std::move(*action.message));
    } else {
      Log("closing the link to worker " + registry_.entry(action.to).name + " to have it resend");
      Drop(link, true);
    }
  }
  if (!finished() || told_finished_) return;
  told_finished_ = true;
  UpdateStates();
  executor_.Post([alive = alive_, this] {
    if (*alive && callbacks_.on_finished) callbacks_.on_finished();
  });
}

void RunSession::UpdateState(WorkerId id) {
  if (phase() == RunPhase::kWaiting || !link_of_.contains(id)) return;
  if (registry_.entry(id).state == WorkerState::kLeft) return;
  const WorkerState state = controller_.TakesPart(id) ? WorkerState::kRunning
                            : controller_.IsLost(id)  ? WorkerState::kLost
                                                      : WorkerState::kSpare;
  registry_.SetState(id, state);
}

void RunSession::UpdateStates() {
  for (const auto& [worker, link] : link_of_) UpdateState(worker);
}

RunSession::LinkId RunSession::LinkOf(WorkerId id) const {
  const auto it = link_of_.find(id);
  return it == link_of_.end() ? 0 : it->second;
}

void RunSession::Drop(LinkId id, bool gone) {
  const auto it = links_.find(id);
  if (it == links_.end()) return;
  const std::optional<WorkerId> worker = it->second.worker;
  // The pipe may be the one whose handler is running, so it goes after the present function.
  executor_.Post(
      [pipe = std::shared_ptr<MasterPipe>(std::move(it->second.pipe))] { pipe->Close(); });
  links_.erase(it);
  if (!worker) return;
  link_of_.erase(*worker);
  if (!gone) return;
  registry_.Unlinked(*worker);
  controller_.OnUnlinked(*worker);
}

}  // namespace muster
