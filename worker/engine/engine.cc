#include "worker/engine/engine.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/check.h"
#include "worker/engine/deadline_queues.h"
#include "worker/engine/exchange.h"
#include "worker/engine/pacer.h"
#include "worker/engine/recorder.h"
#include "worker/engine/request.h"
#include "worker/engine/run_clock.h"
#include "worker/engine/share.h"
#include "worker/engine/slot_pool.h"
#include "worker/engine/user_schedule.h"

namespace muster {
namespace {

// How long a user whose iteration was not started pauses before its next one.
constexpr Duration kObstaclePause = Duration::Seconds(1);

std::vector<Duration> Timeouts(const Plan& plan) {
  std::vector<Duration> all;
  for (const RequestSpec& request : plan.spec().requests) all.push_back(request.timeout);
  return all;
}

}  // namespace

// Inside, all times are run times. Every entry ticks the clock.
class LoadEngine::Impl : private ExchangeOwner {
 public:
  Impl(std::shared_ptr<const Plan> plan, const EngineShare& share, std::vector<Endpoint> endpoints,
       MonoTime t0, Transport* transport, DeltaFunction on_delta)
      : first_plan_(std::move(plan)),
        plan_(first_plan_),
        share_(share),
        on_delta_(std::move(on_delta)),
        limits_(ThreadLimits(*plan_, share)),
        load_end_(plan_->load_end()),
        clock_(t0),
        deadlines_(Timeouts(*plan_)),
        recorder_(*first_plan_, share.thread, load_end_),
        exchange_(*first_plan_, {limits_.connections, limits_.open_spacing}, std::move(endpoints),
                  share.assignment.worker + share.thread, transport, &clock_, &requests_,
                  &recorder_, this) {
    CHECK_LT(share.thread, share.threads);
    for (const RequestSpec& request : plan_->spec().requests) {
      timeout_queues_.push_back(deadlines_.QueueOf(request.timeout));
    }
    if (plan_->open()) {
      pacer_.emplace(*plan_, NumbersOf(share));
      max_lateness_ = plan_->open_load().max_lateness;
    } else {
      users_.emplace(*first_plan_, NumbersOf(share));
    }
    next_handover_ = RunTime() + plan_->interval();
  }

  MonoTime Advance(MonoTime now) {
    if (done_) return MonoTime::Max();
    clock_.Tick(now);
    if (LeaseExpired()) CutAll();
    exchange_.ExpireConnects();
    ExpireRequests();
    StartDue();
    if (run_now() >= CutTime()) CutAll();
    if (NothingLeft()) {
      exchange_.CloseAll();
      done_ = true;
      HandOver();
      return MonoTime::Max();
    }
    if (run_now() >= next_handover_) HandOver();
    return clock_.ToMono(NextWake());
  }

  void Stop(StopMode mode, MonoTime now) {
    if (done_) return;
    clock_.Tick(now);
    if (mode == StopMode::kNow) cut_now_ = true;
    StartDue();
    if (!stopped_) {
      stopped_ = true;
      load_end_ = std::min(load_end_, run_now());
      recorder_.EndLoadAt(load_end_);
    }
    if (cut_now_) CutAll();
  }

  bool Amend(std::shared_ptr<const Plan> plan, RunTime from) {
    // A load that was stopped is over for any plan.
    const RunTime decided_through = stopped_ ? std::min(load_end_, run_now()) : run_now();
    if (decided_through > from) return false;
    if (!stopped_) {
      load_end_ = plan->load_end();
      recorder_.PutOffLoadEnd(load_end_);
    }
    if (pacer_) {
      const uint64_t taken = pacer_->taken();
      pacer_.emplace(*plan, NumbersOf(share_), taken);
    } else {
      users_->Amend(*plan);
    }
    plan_ = std::move(plan);
    return true;
  }

  void SetLease(MonoTime until) {
    lease_ = until == MonoTime::Max() ? RunTime::Max() : clock_.ToRun(until);
  }
  void SetSpoolFull(bool full) { spool_full_ = full; }
  void EnableTrace() { trace_ = true; }
  bool done() const { return done_; }
  Recorder& recorder() { return recorder_; }

  void OnConnected(ConnectionId id, const ConnectReport& report, MonoTime now) {
    clock_.Tick(now);
    exchange_.OnConnected(id, report);
    Settle();
  }
  void OnConnectFailed(ConnectionId id, ErrorClass error, MonoTime now) {
    clock_.Tick(now);
    exchange_.OnConnectFailed(id, error);
    Settle();
  }
  void OnFirstByteSent(ConnectionId id, MonoTime now) { exchange_.OnFirstByteSent(id, now); }
  void OnAllSent(ConnectionId id, MonoTime now) {
    clock_.Tick(now);
    exchange_.OnAllSent(id);
  }
  void OnData(ConnectionId id, std::string_view data, MonoTime now) {
    clock_.Tick(now);
    exchange_.OnData(id, data);
    Settle();
  }
  void OnClosed(ConnectionId id, CloseKind kind, MonoTime now) {
    clock_.Tick(now);
    exchange_.OnClosed(id, kind);
    Settle();
  }

 private:
  RunTime run_now() const { return clock_.now(); }
  bool LeaseExpired() const { return run_now() >= lease_; }

  // ---- What is due ----

  // Nothing due after this is ours to decide.
  RunTime DueLimit() const { return stopped_ ? std::min(run_now(), load_end_) : run_now(); }
  RunTime NextDue() const { return pacer_ ? pacer_->next_due() : users_->next_due(); }
  bool AllDecided() const {
    const bool none_left = pacer_ ? pacer_->exhausted() : users_->finished();
    return none_left || (stopped_ && NextDue() > load_end_);
  }

  void StartDue() {
    if (!LeaseExpired()) {
      if (pacer_) {
        for (; pacer_->next_due() <= DueLimit(); pacer_->Advance()) DecideNumber();
      } else {
        UserSchedule::Ready ready;
        while (users_->Take(DueLimit(), &ready)) DecideUser(ready);
      }
    }
    exchange_.Settle();
  }

  // After an event: it may have freed a connection's place or a user.
  void Settle() {
    if (users_) {
      StartDue();
    } else {
      exchange_.Settle();
    }
  }

  void DecideNumber() {
    const uint64_t k = pacer_->k();
    const RunTime due = pacer_->due();
    const uint16_t stage = pacer_->stage();
    const uint16_t name = plan_->RequestOf(k);
    recorder_.Due(due, stage, name);
    const std::optional<NotStarted> obstacle = ObstacleTo(due);
    if (obstacle.has_value()) {
      recorder_.NotBegun(due, stage, name, *obstacle);
    } else {
      Start(due, stage, name, kNoIndex);
    }
    if (trace_) recorder_.Trace({k, due, !obstacle.has_value()});
  }

  std::optional<NotStarted> ObstacleTo(RunTime due) const {
    if (run_now() >= CutTime()) return NotStarted::kLate;  // it would be cut at once
    if (pacer_ && run_now() - due > max_lateness_) return NotStarted::kLate;
    if (pacer_ && recorder_.in_flight() >= limits_.max_in_flight) return NotStarted::kMaxInFlight;
    if (spool_full_) return NotStarted::kSpoolFull;
    return std::nullopt;
  }

  void DecideUser(const UserSchedule::Ready& ready) {
    const uint16_t stage = plan_->StageAt(ready.due);
    const uint16_t name = plan_->RequestOf(ready.user, ready.n);
    recorder_.Due(ready.due, stage, name);
    const std::optional<NotStarted> obstacle = ObstacleTo(ready.due);
    if (obstacle.has_value()) {
      recorder_.NotBegun(ready.due, stage, name, *obstacle);
      users_->Ended(ready.slot, run_now(), kObstaclePause);
    } else {
      Start(ready.due, stage, name, ready.slot);
    }
  }

  void Start(RunTime due, uint16_t stage, uint16_t name, uint32_t user_slot) {
    const uint32_t index = requests_.Acquire();
    Request& request = requests_[index];
    request = Request();
    request.user_slot = user_slot;
    request.stage = stage;
    request.name = name;
    request.times.due = due;
    request.times.handled = run_now();
    deadlines_.Add(index, timeout_queues_[name], run_now());
    recorder_.Started(run_now(), stage, name);
    exchange_.Start(index);
  }

  // ---- What becomes of it ----

  void OnRequestCompleted(uint32_t index, int status) override {
    const Request& request = requests_[index];
    recorder_.Completed(run_now(), request.times, OutcomeOf(request), status);
    EndIteration(index);
  }

  void OnRequestFailed(uint32_t index, ErrorClass error) override {
    Fail(index, error, /*cut=*/false);
  }

  void Fail(uint32_t index, ErrorClass error, bool cut) {
    const Request& request = requests_[index];
    recorder_.Failed(run_now(), request.times, OutcomeOf(request), error, cut);
    EndIteration(index);
  }

  RequestOutcome OutcomeOf(const Request& request) const {
    return {request.stage,          request.name,  request.bytes_sent,
            request.bytes_received, request.marks, request.fields};
  }

  void EndIteration(uint32_t index) {
    deadlines_.Remove(index);
    if (users_) users_->Ended(requests_[index].user_slot, run_now());
    requests_.Release(index);
  }

  void ExpireRequests() {
    for (uint32_t index; (index = deadlines_.Expired(run_now())) != kNoIndex;) {
      Fail(index, exchange_.TakeBack(index), /*cut=*/false);
    }
  }

  // Ends what is in flight and every connection.
  void CutAll() {
    for (uint32_t index; (index = deadlines_.any()) != kNoIndex;) {
      exchange_.TakeBack(index);
      Fail(index, ErrorClass::kDrainCut, /*cut=*/true);
    }
    exchange_.CloseAll();
  }

  // ---- When ----

  // What is in flight then is cut.
  RunTime CutTime() const {
    if (cut_now_) return run_now();
    const Duration drain = plan_->spec().drain;
    return drain > RunTime::Max() - std::max(load_end_, RunTime()) ? RunTime::Max()
                                                                   : load_end_ + drain;
  }

  bool NothingLeft() const {
    if (recorder_.in_flight() > 0) return false;
    if (run_now() >= CutTime()) return true;
    if (stopped_ && LeaseExpired()) return true;
    // A run that reaches its limit of iterations ends with the last one; any other lasts as long as
    // its load.
    return AllDecided() && (LimitReached() || run_now() >= load_end_);
  }

  bool LimitReached() const {
    const std::optional<uint64_t> limit = plan_->spec().iterations;
    if (!limit) return false;
    return pacer_ ? pacer_->exhausted() && plan_->total_iterations() == *limit : users_->spent();
  }

  // Every own iteration due before this has been decided. A stop moves the load's end back, even
  // before T0, but what was accounted for stays so. Where none is left the account runs with the
  // clock all the same, because a hold may bring further ones.
  RunTime AccountedThrough() {
    RunTime decided = run_now();
    if (!AllDecided()) {
      decided = std::min(decided, NextDue());
    } else if (done_ || stopped_) {
      decided = std::max(decided, load_end_);
    }
    return accounted_through_ = std::max(accounted_through_, decided);
  }

  void HandOver() {
    const Duration interval = plan_->interval();
    next_handover_ =
        RunTime() + interval * ((run_now() - RunTime()).nanos() / interval.nanos() + 1);
    on_delta_(recorder_.Take(AccountedThrough(), done_));
  }

  RunTime NextWake() const {
    RunTime wake =
        std::min({next_handover_, deadlines_.next(), exchange_.next_deadline(), CutTime()});
    if (run_now() < load_end_) wake = std::min(wake, load_end_);
    if (!LeaseExpired()) {
      wake = std::min(wake, lease_);
      if (!stopped_) wake = std::min(wake, NextDue());
    }
    return wake;
  }

  // Holds change when iterations are due and nothing else, so what looks at other things keeps the
  // first plan.
  const std::shared_ptr<const Plan> first_plan_;
  std::shared_ptr<const Plan> plan_;
  const EngineShare share_;
  const DeltaFunction on_delta_;
  const EngineLimits limits_;
  Duration max_lateness_;
  std::vector<uint32_t> timeout_queues_;  // in deadlines_, by request name

  RunTime load_end_;  // or the stop before it
  RunClock clock_;
  RunTime lease_ = RunTime::Max();
  RunTime next_handover_;
  RunTime accounted_through_;  // as handed over last; nothing is due before 0
  bool spool_full_ = false;
  bool trace_ = false;
  bool stopped_ = false;
  bool cut_now_ = false;
  bool done_ = false;

  std::optional<Pacer> pacer_;         // open model
  std::optional<UserSchedule> users_;  // closed model
  SlotPool<Request> requests_;
  DeadlineQueues deadlines_;  // of requests_
  Recorder recorder_;
  Exchange exchange_;
};

uint32_t LoadEngine::MaxThreads(const Plan& plan, const Assignment& assignment) {
  const EngineLimits limits = WorkerLimits(plan, assignment);
  const uint64_t load =
      plan.open()
          ? limits.max_in_flight
          : OwnerTable(assignment.weights).CountOwned(assignment.worker, plan.users().peak());
  return static_cast<uint32_t>(std::min(load, limits.connections));
}

LoadEngine::LoadEngine(std::shared_ptr<const Plan> plan, const EngineShare& share,
                       std::vector<Endpoint> endpoints, MonoTime t0, Transport* transport,
                       DeltaFunction on_delta)
    : impl_(std::make_unique<Impl>(std::move(plan), share, std::move(endpoints), t0, transport,
                                   std::move(on_delta))) {}
LoadEngine::~LoadEngine() = default;

MonoTime LoadEngine::Advance(MonoTime now) { return impl_->Advance(now); }
bool LoadEngine::done() const { return impl_->done(); }
void LoadEngine::Stop(StopMode mode, MonoTime now) { impl_->Stop(mode, now); }
bool LoadEngine::Amend(std::shared_ptr<const Plan> plan, RunTime from) {
  return impl_->Amend(std::move(plan), from);
}
void LoadEngine::SetLease(MonoTime until) { impl_->SetLease(until); }
void LoadEngine::SetSpoolFull(bool full) { impl_->SetSpoolFull(full); }
void LoadEngine::EnableTrace() { impl_->EnableTrace(); }
void LoadEngine::Recycle(std::unique_ptr<EngineDelta> delta) {
  impl_->recorder().Recycle(std::move(delta));
}
void LoadEngine::AddHealth(const GeneratorHealth& health) { impl_->recorder().AddHealth(health); }

void LoadEngine::OnConnected(ConnectionId id, const ConnectReport& report, MonoTime now) {
  impl_->OnConnected(id, report, now);
}
void LoadEngine::OnConnectFailed(ConnectionId id, ErrorClass error, MonoTime now) {
  impl_->OnConnectFailed(id, error, now);
}
void LoadEngine::OnFirstByteSent(ConnectionId id, MonoTime now) { impl_->OnFirstByteSent(id, now); }
void LoadEngine::OnAllSent(ConnectionId id, MonoTime now) { impl_->OnAllSent(id, now); }
void LoadEngine::OnData(ConnectionId id, std::string_view data, MonoTime now) {
  impl_->OnData(id, data, now);
}
void LoadEngine::OnClosed(ConnectionId id, CloseKind kind, MonoTime now) {
  impl_->OnClosed(id, kind, now);
}

}  // namespace muster
