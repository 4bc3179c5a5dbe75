#include "worker/engine/engine.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/check.h"
#include "worker/engine/connection_pool.h"
#include "worker/engine/deadline_queues.h"
#include "worker/engine/pacer.h"
#include "worker/engine/recorder.h"
#include "worker/engine/request_bytes.h"
#include "worker/engine/share.h"
#include "worker/engine/slot_pool.h"
#include "worker/engine/user_schedule.h"

namespace muster {
namespace {

// How long a user whose iteration was not started pauses before its next one.
constexpr Duration kObstaclePause = Duration::Seconds(1);

// A request in flight: handled and not done.
struct Request {
  uint32_t connection = kNoIndex;  // none: it waits for one
  uint32_t user_slot = kNoIndex;   // closed model
  uint16_t stage = 0;
  uint16_t name = 0;
  RequestTimes times;
  uint64_t bytes_sent = 0;  // set at its end
  uint64_t bytes_received = 0;
};

// One of the plan's requests, as the hot path needs it.
struct RequestKind {
  std::string bytes;
  bool head = false;
  uint32_t timeout_queue = 0;
};

std::vector<Duration> Timeouts(const Plan& plan, Duration RequestSpec::*member) {
  std::vector<Duration> all;
  for (const RequestSpec& request : plan.spec().requests) all.push_back(request.*member);
  return all;
}

ErrorClass ErrorOfClose(CloseKind kind, bool any_bytes, bool served_before) {
  if (kind == CloseKind::kLocal) return ErrorClass::kLocalOther;
  if (served_before && !any_bytes) return ErrorClass::kReusedClosed;
  switch (kind) {
    case CloseKind::kReset:
      return ErrorClass::kReceiveReset;
    case CloseKind::kSendFailed:
      return ErrorClass::kSendReset;
    default:
      return ErrorClass::kEarlyClose;
  }
}

}  // namespace

// Inside, all times are run times. Every entry sets now_; no reading used below is older than one
// used before, except the instant at which a first byte was sent.
class LoadEngine::Impl {
 public:
  Impl(std::shared_ptr<const Plan> plan, const EngineShare& share, std::vector<Endpoint> endpoints,
       MonoTime t0, Transport* transport, DeltaFunction on_delta)
      : plan_(std::move(plan)),
        t0_(t0),
        transport_(transport),
        on_delta_(std::move(on_delta)),
        limits_(ThreadLimits(*plan_, share)),
        load_end_(plan_->load_end()),
        now_(RunTime::FromNanos(INT64_MIN / 2)),
        deadlines_(Timeouts(*plan_, &RequestSpec::timeout)),
        pool_(transport, std::move(endpoints), share.assignment.worker + share.thread,
              limits_.connections, Timeouts(*plan_, &RequestSpec::connect_timeout)),
        recorder_(*plan_, share.thread, load_end_) {
    CHECK_LT(share.thread, share.threads);
    StatusOr<std::vector<std::string>> bytes = SerializeRequests(*plan_);
    CHECK(bytes.ok()) << Message(bytes.status());
    for (size_t i = 0; i < bytes->size(); ++i) {
      const RequestSpec& spec = plan_->spec().requests[i];
      kinds_.push_back(
          {std::move((*bytes)[i]), spec.method == "HEAD", deadlines_.QueueOf(spec.timeout)});
    }
    if (plan_->open()) {
      pacer_.emplace(*plan_, NumbersOf(share));
      max_lateness_ = plan_->open_load().max_lateness;
    } else {
      users_.emplace(*plan_, NumbersOf(share));
    }
    next_handover_ = RunTime() + plan_->interval();
  }

  MonoTime Advance(MonoTime now) {
    if (done_) return MonoTime::Max();
    Tick(now);
    if (LeaseExpired()) CutAll();
    ExpireConnects();
    ExpireRequests();
    StartDue();
    if (now_ >= CutTime()) CutAll();
    if (NothingLeft()) {
      CloseAll();
      done_ = true;
      HandOver();
      return MonoTime::Max();
    }
    if (now_ >= next_handover_) HandOver();
    return t0_ + (NextWake() - RunTime());
  }

  void Stop(StopMode mode, MonoTime now) {
    if (done_) return;
    Tick(now);
    if (mode == StopMode::kNow) cut_now_ = true;
    StartDue();
    if (!stopped_) {
      stopped_ = true;
      load_end_ = std::min(load_end_, now_);
      recorder_.EndLoadAt(load_end_);
    }
    if (cut_now_) CutAll();
  }

  void SetLease(MonoTime until) {
    lease_ = until == MonoTime::Max() ? RunTime::Max() : ToRun(until);
  }
  void SetSpoolFull(bool full) { spool_full_ = full; }
  void EnableTrace() { trace_ = true; }
  bool done() const { return done_; }
  Recorder& recorder() { return recorder_; }

  void OnConnected(ConnectionId id, const ConnectReport& report, MonoTime now) {
    Tick(now);
    const uint32_t slot = SlotOf(id);
    const ConnectionPool::Connection& connection = pool_[slot];
    recorder_.Connected(now_, connection.asker.stage, connection.asker.name,
                        now_ - connection.connect_start, report.retransmitted_syn);
    const uint32_t request = pool_.Connected(slot);
    if (request != kNoIndex) Send(slot, request);
  }

  void OnConnectFailed(ConnectionId id, ErrorClass error, MonoTime now) {
    Tick(now);
    FailConnect(SlotOf(id), error);
    Settle();
  }

  void OnFirstByteSent(ConnectionId id, MonoTime now) {
    const ConnectionPool::Connection& connection = pool_[SlotOf(id)];
    CHECK(connection.state == ConnectionPool::State::kBusy);
    RequestTimes& times = requests_[connection.request].times;
    times.sent = std::max(ToRun(now), times.handled);
    now_ = std::max(now_, times.sent);
  }

  void OnData(ConnectionId id, std::string_view data, MonoTime now) {
    Tick(now);
    const uint32_t slot = SlotOf(id);
    ConnectionPool::Connection& connection = pool_[slot];
    if (connection.state == ConnectionPool::State::kIdle) {
      pool_.Close(slot);  // nobody asked for these bytes: what comes next would not be ours either
    } else {
      Receive(slot, &connection, data);
    }
    Settle();
  }

  void OnClosed(ConnectionId id, CloseKind kind, MonoTime now) {
    Tick(now);
    const uint32_t slot = SlotOf(id);
    ConnectionPool::Connection& connection = pool_[slot];
    if (connection.state == ConnectionPool::State::kIdle) {
      pool_.Forget(slot);
    } else {
      EndBusy(slot, &connection, kind);
    }
    Settle();
  }

 private:
  void Tick(MonoTime now) { now_ = std::max(now_, ToRun(now)); }
  RunTime ToRun(MonoTime t) const { return RunTime() + (t - t0_); }
  bool LeaseExpired() const { return now_ >= lease_; }

  uint32_t SlotOf(ConnectionId id) {
    const auto slot = static_cast<uint32_t>(transport_->UserData(id));
    CHECK_EQ(pool_[slot].id, id);
    return slot;
  }

  // ---- What is due ----

  // Nothing due after this is ours to decide.
  RunTime DueLimit() const { return stopped_ ? std::min(now_, load_end_) : now_; }
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
    pool_.OpenWanted(now_);
  }

  // After an event: it may have freed a connection's place or a user.
  void Settle() {
    if (users_) {
      StartDue();
    } else {
      pool_.OpenWanted(now_);
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
    if (now_ >= CutTime()) return NotStarted::kLate;  // it would be cut at once
    if (pacer_ && now_ - due > max_lateness_) return NotStarted::kLate;
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
      users_->Ended(ready.slot, now_, kObstaclePause);
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
    request.times.handled = now_;
    deadlines_.Add(index, kinds_[name].timeout_queue, now_);
    recorder_.Started(now_, stage, name);
    const uint32_t slot = pool_.Acquire(index, {stage, name});
    if (slot != kNoIndex) Send(slot, index);
  }

  void Send(uint32_t slot, uint32_t index) {
    Request& request = requests_[index];
    ConnectionPool::Connection& connection = pool_[slot];
    request.connection = slot;
    connection.parser.Reset(kinds_[request.name].head);
    transport_->Send(connection.id, kinds_[request.name].bytes);
  }

  // ---- What becomes of it ----

  void Receive(uint32_t slot, ConnectionPool::Connection* connection, std::string_view data) {
    Request& request = requests_[connection->request];
    request.bytes_received += data.size();
    if (request.times.sent == RequestTimes::kNever) {
      // An answer to nothing: it was on its way before the request was.
      FailBusy(slot, ErrorClass::kProtocol);
      return;
    }
    if (request.times.first_byte == RequestTimes::kNever) request.times.first_byte = now_;
    const Http1ResponseParser::Result result = connection->parser.Feed(data, nullptr);
    if (result.state == Http1ResponseParser::State::kError) {
      FailBusy(slot, ErrorClass::kProtocol);
    } else if (result.state == Http1ResponseParser::State::kDone) {
      NoteSent(&request);
      const bool all_sent = request.bytes_sent == kinds_[request.name].bytes.size();
      const bool reuse = connection->parser.keep_alive() && result.consumed == data.size() &&
                         plan_->spec().reuse_connections && all_sent;
      Complete(connection->request, connection->parser.status());
      if (!reuse) {
        pool_.Close(slot);
      } else {
        const uint32_t next = pool_.Release(slot);
        if (next != kNoIndex) Send(slot, next);
      }
    }
  }

  void EndBusy(uint32_t slot, ConnectionPool::Connection* connection, CloseKind kind) {
    const uint32_t index = connection->request;
    const bool any_bytes = connection->parser.any_bytes();
    const bool served_before = connection->served_before;
    const bool whole = kind == CloseKind::kEnd && any_bytes &&
                       connection->parser.OnEof() == Http1ResponseParser::State::kDone;
    const int status = connection->parser.status();
    NoteSent(&requests_[index]);
    pool_.Forget(slot);
    if (whole) {
      Complete(index, status);
    } else {
      Fail(index, ErrorOfClose(kind, any_bytes, served_before), /*cut=*/false);
    }
  }

  void FailBusy(uint32_t slot, ErrorClass error) {
    const uint32_t index = pool_[slot].request;
    NoteSent(&requests_[index]);
    pool_.Close(slot);
    Fail(index, error, /*cut=*/false);
  }

  void FailConnect(uint32_t slot, ErrorClass error) {
    NoteIfSlow(slot);
    const uint32_t request = pool_.ConnectFailed(slot);
    if (request != kNoIndex) Fail(request, error, /*cut=*/false);
  }

  // An attempt that ends without a connection may have been a slow one all the same.
  void NoteIfSlow(uint32_t slot) {
    const ConnectionPool::Connection& connection = pool_[slot];
    if (now_ - connection.connect_start < Recorder::kSlowConnect) return;
    recorder_.SlowConnect(now_, connection.asker.stage, connection.asker.name);
  }

  void GiveUpAttempt(uint32_t slot) {
    NoteIfSlow(slot);
    pool_.Close(slot);
  }

  void ExpireConnects() {
    for (uint32_t slot; (slot = pool_.ExpiredConnect(now_)) != kNoIndex;) {
      transport_->Close(pool_[slot].id);
      FailConnect(slot, ErrorClass::kConnectTimeout);
    }
  }

  void ExpireRequests() {
    for (uint32_t index; (index = deadlines_.Expired(now_)) != kNoIndex;) {
      const uint32_t slot = requests_[index].connection;
      if (slot != kNoIndex) {
        FailBusy(slot, ErrorClass::kTimeout);
      } else {
        const bool connecting = pool_.StopWaiting(index);
        const uint32_t surplus = connecting ? pool_.surplus_attempt() : kNoIndex;
        if (surplus != kNoIndex) GiveUpAttempt(surplus);
        Fail(index, connecting ? ErrorClass::kConnectTimeout : ErrorClass::kTimeout,
             /*cut=*/false);
      }
    }
  }

  // The request's part on its connection is over. When it is we who end it, the news that the first
  // byte was sent may still be on its way: the target may get the request.
  void NoteSent(Request* request) {
    request->bytes_sent =
        kinds_[request->name].bytes.size() - transport_->UnsentBytes(pool_[request->connection].id);
    const bool news = request->bytes_sent > 0 && request->times.sent == RequestTimes::kNever;
    if (news) request->times.sent = now_;
  }

  // Ends what is in flight and every connection.
  void CutAll() {
    for (uint32_t index; (index = deadlines_.any()) != kNoIndex;) {
      if (requests_[index].connection != kNoIndex) NoteSent(&requests_[index]);
      Fail(index, ErrorClass::kDrainCut, /*cut=*/true);
    }
    CloseAll();
  }

  void CloseAll() {
    for (uint32_t slot; (slot = pool_.oldest_attempt()) != kNoIndex;) GiveUpAttempt(slot);
    pool_.CloseAll();
  }

  RequestOutcome OutcomeOf(const Request& request) const {
    return {request.stage, request.name, request.bytes_sent, request.bytes_received};
  }

  void Complete(uint32_t index, int status) {
    const Request& request = requests_[index];
    recorder_.Completed(now_, request.times, OutcomeOf(request), status);
    EndIteration(index);
  }

  // The request neither waits nor has a connection any longer.
  void Fail(uint32_t index, ErrorClass error, bool cut) {
    const Request& request = requests_[index];
    recorder_.Failed(now_, request.times, OutcomeOf(request), error, cut);
    EndIteration(index);
  }

  void EndIteration(uint32_t index) {
    deadlines_.Remove(index);
    if (users_) users_->Ended(requests_[index].user_slot, now_);
    requests_.Release(index);
  }

  // ---- When ----

  // What is in flight then is cut.
  RunTime CutTime() const {
    if (cut_now_) return now_;
    const Duration drain = plan_->spec().drain;
    return drain > RunTime::Max() - std::max(load_end_, RunTime()) ? RunTime::Max()
                                                                   : load_end_ + drain;
  }

  bool NothingLeft() const {
    if (recorder_.in_flight() > 0) return false;
    if (now_ >= CutTime()) return true;
    if (stopped_ && LeaseExpired()) return true;
    // A run with a limit on iterations ends with the last one; any other lasts as long as its load.
    return AllDecided() && (plan_->spec().iterations.has_value() || now_ >= load_end_);
  }

  // Every own iteration due before this has been decided. A stop moves the load's end back, even
  // before T0, but what was accounted for stays so.
  RunTime AccountedThrough() {
    const RunTime decided = AllDecided() ? std::max(now_, load_end_) : std::min(now_, NextDue());
    return accounted_through_ = std::max(accounted_through_, decided);
  }

  void HandOver() {
    const Duration interval = plan_->interval();
    next_handover_ = RunTime() + interval * ((now_ - RunTime()).nanos() / interval.nanos() + 1);
    on_delta_(recorder_.Take(AccountedThrough(), done_));
  }

  RunTime NextWake() const {
    RunTime wake = std::min({next_handover_, deadlines_.next(), pool_.next_deadline(), CutTime()});
    if (now_ < load_end_) wake = std::min(wake, load_end_);
    if (!LeaseExpired()) {
      wake = std::min(wake, lease_);
      if (!stopped_) wake = std::min(wake, NextDue());
    }
    return wake;
  }

  const std::shared_ptr<const Plan> plan_;
  const MonoTime t0_;
  Transport* const transport_;
  const DeltaFunction on_delta_;
  const EngineLimits limits_;
  Duration max_lateness_;
  std::vector<RequestKind> kinds_;

  RunTime load_end_;  // or the stop before it
  RunTime now_;
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
  ConnectionPool pool_;
  Recorder recorder_;
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
void LoadEngine::OnData(ConnectionId id, std::string_view data, MonoTime now) {
  impl_->OnData(id, data, now);
}
void LoadEngine::OnClosed(ConnectionId id, CloseKind kind, MonoTime now) {
  impl_->OnClosed(id, kind, now);
}

}  // namespace muster
