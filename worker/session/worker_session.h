// WorkerSession: one worker's side of the protocol (docs/protocol.md), as a state machine. It
// decides what is sent, when the engines are prepared, started and stopped, and what is kept for
// resending. It leaves load to the EngineGroup, bytes to the pipe and waiting to the executor. It
// serves run after run, one at a time, and is the same whether its pipe is gRPC, in memory or
// simulated.
//
// Two machines, side by side. The link breaks and is made again without touching the run; the run
// ends by its own rules, linked or not.
//
//   LinkState  kDown      no pipe; the next attempt is scheduled with back-off
//              kGreeting  Hello sent, no Welcome yet
//              kUp        welcomed
//              kClosed    ended for good (Shutdown done, or refused with `final`)
//   RunState   kIdle       no run
//              kPrepared   Prepare taken (or refused with an error): clocks, then StartRun awaited
//              kRunning    engines at work: loading, draining or cut, deltas still to come
//              kDelivering every delta is in the outbox, not all of it acknowledged
//
//   event      | kIdle         | kPrepared             | kRunning              | kDelivering
//   -----------+---------------+-----------------------+-----------------------+-------------------
//   Prepare    | prepare,Ready | same run: Ready again | same run: ignored     | same run: ignored
//              |               | other: Ready "busy"   | other: Ready "busy"   | other: "busy"
//   StartRun   | ignored       | start at t0           | ignored               | ignored
//   StopRun    | ignored       | ignored               | stop engines          | ignored
//   AmendPlan  | ignored       | ignored               | hold, then Amended;   | as kRunning
//              |               |                       | too late: Amended     |
//              |               |                       | says so, forget       |
//   Ack        | ignored       | ignored               | free, send more       | free; last: idle
//   FinishRun  | ignored       | forget the run        | stop, forget the run  | forget the run
//   delta      | -             | -                     | batch, send           | -
//   last delta | -             | -                     | batch, kDelivering    | -
//   lease ends | -             | -                     | cut the engines       | -
//   give-up    | -             | -                     | forget the run        | forget the run
//   link lost  | reconnect     | reconnect             | reconnect, load on    | reconnect
//   Welcome    | -             | Ready again           | Amended again, resend | as kRunning
//              |               |                       | unacknowledged        |
//   Shutdown   | Bye           | forget, Bye           | drain; again: cut     | Bye when delivered
//
// StartRun, StopRun, AmendPlan, Ack and FinishRun of another run are always ignored; an AmendPlan
// that came before is answered again.
//
// Lease: the engines may start work until (sending of the newest ping that was answered) + lease,
// on this host's clock. When it ends they are cut, for good in this run. Give-up: that long after
// the lease again, undelivered batches are dropped; with the outbox, the bound on what is kept for
// a lost master.
//
// Owner: the executor's thread. The executor and the engine group outlive the session. on_done
// never comes inside a call.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/session/pipe.h"
#include "common/time/executor.h"
#include "worker/engine/engine_group.h"
#include "worker/session/batch_splitter.h"
#include "worker/session/clock_sync.h"
#include "worker/session/delta_combiner.h"
#include "worker/session/outbox.h"

namespace muster {

struct WorkerSessionOptions {
  std::string build;      // tool version
  std::string name;       // unique among the master's workers
  uint64_t instance = 0;  // drawn once per process
  uint32_t weight = 1;
  uint32_t threads = 1;
  std::string group;  // for thresholds; empty: none
  Duration lease = Duration::Seconds(10);
  Duration give_up = Duration::Seconds(60);  // after the lease
  size_t outbox_bytes = Outbox::kDefaultLimitBytes;
  // The master's clock is this process's own (embedded worker): the offset is 0, not estimated.
  bool same_clock = false;
};

class WorkerSession {
 public:
  enum class LinkState : uint8_t { kDown, kGreeting, kUp, kClosed };
  enum class RunState : uint8_t { kIdle, kPrepared, kRunning, kDelivering };

  static constexpr Duration kPingEvery = Duration::Millis(200);
  static constexpr int kPingBurst = 8;
  static constexpr Duration kFirstBackOff = Duration::Millis(100);
  static constexpr Duration kLongestBackOff = Duration::Seconds(2);
  // Ready waits so long for a clock that is wrong by at most so much.
  static constexpr Duration kGoodClock = Duration::Millis(100);
  static constexpr Duration kClockWait = Duration::Seconds(5);
  static constexpr Duration kByeWait = Duration::Seconds(1);

  // A new pipe to the master, not yet open. A connection that fails is a pipe that closes.
  using Connector = std::function<std::unique_ptr<WorkerPipe>()>;
  // Ended for good: OK after Shutdown, else why the master refused this worker.
  using DoneFn = std::function<void(Status)>;
  using LogFn = std::function<void(const std::string&)>;

  WorkerSession(Executor& executor, EngineGroup& engines, WorkerSessionOptions options,
                Connector connect, DoneFn on_done, LogFn log);
  ~WorkerSession();
  WorkerSession(const WorkerSession&) = delete;
  WorkerSession& operator=(const WorkerSession&) = delete;

  void Start();
  // Drain what runs, deliver it, say Bye, then done. Called again: cut what runs.
  void Shutdown();

  LinkState link_state() const { return link_; }
  RunState run_state() const { return run_ ? run_->state : RunState::kIdle; }
  const std::string& run_id() const;  // empty when idle
  // Of the present run; 0 when idle.
  size_t unacknowledged() const { return run_ ? run_->outbox.size() : 0; }
  uint64_t links_made() const { return links_made_; }

 private:
  struct Run {
    Run(std::string run_id, size_t outbox_bytes) : id(std::move(run_id)), outbox(outbox_bytes) {}
    RunState state = RunState::kPrepared;
    std::string id;
    std::string plan_hash;
    std::shared_ptr<const Plan> plan;  // as the engines were told
    uint32_t holds_followed = 0;       // as all of them have answered
    std::string error;
    uint32_t threads = 0;
    Duration interval;
    MonoTime prepared_at;
    bool ready_sent = false;  // on the present link
    bool cut = false;         // by the end of the lease
    bool spool_full = false;
    Outbox outbox;
    std::optional<DeltaCombiner> combiner;
    BatchSplitter splitter;
  };

  // --- link
  void Connect();
  void OnMessage(MasterMessage message);
  void OnLinkLost(const Status& why);
  void DropLink(const std::string& why);  // close our end, then as if lost
  void RetirePipe();
  void ScheduleReconnect();
  void SendHello();
  void SendPing();
  void OnPingTimer();
  void EndSession(Status status);
  Duration silence_limit() const;

  void On(const Welcome& welcome);
  void On(const Pong& pong);
  void On(const Prepare& prepare);
  void On(const StartRun& start);
  void On(const Ack& ack);
  void On(const AmendPlan& amend);
  void On(const StopRun& stop);
  void On(const FinishRun& finish);

  // --- run
  void PrepareRun(const Prepare& prepare);
  Status PrepareEngines(const Prepare& prepare);
  void SendReadyIfSynced();
  StatusOr<Plan> AmendedPlan(const AmendPlan& amend) const;
  void OnEnginesAmended(const Plan& plan, RunTime end_before, bool in_time);
  void SendAmended(const std::string& error);
  void GiveUpAmending(const std::string& why);
  void OnDelta(std::unique_ptr<EngineDelta> delta);
  void SendBatches();
  void UpdateSpool();
  void ForgetRun(const std::string& why);
  void ArmLeaseTimer();
  void OnLeaseTimer();
  void FinishShutdown();
  bool Holds(const std::string& run_id) const { return run_ && run_->id == run_id; }
  void Log(const std::string& text);

  Executor& executor_;
  EngineGroup& engines_;
  const WorkerSessionOptions options_;
  const Connector connect_;
  const DoneFn on_done_;
  const LogFn log_;

  LinkState link_ = LinkState::kDown;
  std::unique_ptr<WorkerPipe> pipe_;
  uint64_t links_made_ = 0;  // also tells a stale pipe's late news from the present one's
  uint64_t failed_attempts_ = 0;
  MonoTime last_heard_;
  uint64_t next_ping_ = 1;
  ClockSync clock_;
  std::optional<MonoTime> lease_until_;
  bool shutting_down_ = false;
  bool bye_sent_ = false;
  std::optional<Run> run_;
  uint64_t runs_taken_ = 0;  // also tells deltas of a forgotten run

  TimerId ping_timer_ = 0;
  TimerId link_timer_ = 0;  // reconnecting, or the wait after Bye
  TimerId lease_timer_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for posted functions
};

}  // namespace muster
