// RunController: decides one run on the master: which workers take part, what each is sent, when
// the run starts, which batches are accepted, who is lost, when it is over, and what it came to.
//
//   waiting    fewer workers than the run needs; gives up at the wait limit
//   preparing  the plan is with the chosen workers; waits for each one's Ready
//   syncing    StartRun is out, T0 lies ahead
//   running    T0 has passed
//   draining   load phase over, or stopped: last batches are awaited
//   finished   outcome() stands
//
// Inputs are what workers said, with `now` (master's clock); outputs are Actions, taken by the
// caller after each input, and calls of the sink. It knows no pipes, names workers by WorkerId,
// reads no clock.
//
// A worker is lost when nothing was heard of it for its lease + kLeaseMargin, whatever its link
// does; when it says itself that it gave the run up; or when what it sends cannot be true. A worker
// whose last batch comes before its part of the plan is over has left (SIGTERM, or its lease
// ended). Both are losses.
//
// Exactly once: a batch numbered accepted + 1 is decoded, checked against the books, given to the
// sink and only then acknowledged. A repeat is dropped and acknowledged again. A gap closes the
// link: the worker resends from the last acknowledgement.
//
// A hold by hand (held_plan.h) amends the plan from a moment on that is at least kHoldLead ahead,
// and every worker is told. The plan before and after agree up to that moment, and a worker that
// has not said by then that it follows is lost.
//
// Owner: the run thread. The sink outlives the controller. Limits: docs/protocol.md.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/plan/ownership.h"
#include "common/plan/plan.h"
#include "common/session/message.h"
#include "common/stats/delta_batch.h"
#include "master/schedule/held_plan.h"
#include "master/schedule/losses.h"
#include "master/schedule/worker_id.h"

namespace muster {

// Takes a batch of run worker `worker` (index in name order), in order, each once. OK: it is
// merged, or persisted; it is acknowledged then. Unavailable: not now; the worker sends it again.
// Any other error: the batch is not believable, and its worker is given up as lost.
using BatchSink = std::function<Status(uint32_t worker, DeltaBatch batch)>;

struct RunRequest {
  std::shared_ptr<const Plan> plan;
  std::string run_id;
  uint32_t workers = 1;
  Duration wait = Duration::Seconds(60);           // for enough workers
  Duration prepare_limit = Duration::Seconds(60);  // for their Ready
  bool trace = false;
};

enum class RunPhase : uint8_t { kWaiting, kPreparing, kSyncing, kRunning, kDraining, kFinished };
std::string_view NameOf(RunPhase phase);

// One worker's part, as far as the controller knows.
struct WorkerReport {
  WorkerId id = 0;
  std::string name;
  std::string group;    // empty: none
  std::string state;    // "running", and in the end "finished", "left" or "lost"
  uint32_t weight = 1;  // reduced
  uint32_t threads = 0;
  uint64_t batches = 0;  // merged
  uint64_t repeats = 0;  // dropped
  uint64_t gaps = 0;     // refused; a worker that keeps the protocol makes none
  Duration clock_offset, clock_error;
  Counts totals;  // sum over its merged batches
  RunTime accounted_through;
  uint64_t in_flight = 0;  // at its last merged batch; moved to the loss at the end
  uint64_t requests_in_flight = 0;
  std::string books_error;  // law 1, at the first batch that broke it
};

struct RunOutcome {
  bool began = false;                   // a start was sent: there is something to report
  std::string error;                    // the plan cannot be run like this: wrong usage (exit 2)
  std::vector<std::string> incomplete;  // why the result is incomplete (exit 3), worst first
  bool interrupted = false;             // stopped by the user
  bool aborted = false;                 // ended by a threshold
  bool cut = false;                     // stopped twice
  std::string plan_hash;                // of the plan as run, its holds included
  MonoTime t0;                          // master's clock
  RunTime load_end;                     // of the load phase as run
  RunTime ended;                        // when the last batch came, or was no longer awaited
  std::vector<WorkerReport> workers;  // by name; a worker's index is its number in the owner table
  std::vector<WorkerLoss> losses;     // by worker
};

class RunController {
 public:
  static constexpr Duration kLeaseMargin = Duration::Seconds(2);
  static constexpr Duration kLeastLead = Duration::Millis(200);  // from StartRun to T0
  static constexpr Duration kFinalMargin = Duration::Seconds(5);
  static constexpr Duration kTick = Duration::Millis(100);
  static constexpr Duration kHoldLead = Duration::Seconds(2);
  static constexpr Duration kHeardLately = Duration::Seconds(1);

  struct Worker {
    WorkerId id = 0;
    std::string name;
    uint32_t weight = 1;
    Duration lease;
    std::string group{};  // empty: none
  };
  // What the caller is to do. Without a message: close that worker's link.
  struct Action {
    WorkerId to = 0;
    std::optional<MasterMessage> message;
  };

  RunController(RunRequest request, BatchSink sink, MonoTime now);

  // A worker was welcomed on a new link. `held_run`: the run it says it holds results of.
  void OnConnected(const Worker& worker, const std::string& held_run, MonoTime now);
  void OnUnlinked(WorkerId id);
  // Any message came from it.
  void OnHeard(WorkerId id, MonoTime now);
  void OnReady(WorkerId id, const Ready& ready, MonoTime now);
  void OnBatch(WorkerId id, const Batch& batch, MonoTime now);
  void OnAmended(WorkerId id, const Amended& amended, MonoTime now);
  void OnBye(WorkerId id, MonoTime now);
  // The user wants it to end: once drains, twice cuts.
  void Stop(MonoTime now);
  // A threshold ends it: drains. Of no effect before T0's batches, after a stop and at the end.
  void Abort(MonoTime now);
  // The user wants the load held: rate or users stay what they are at held()->from. Refused as by
  // HeldPlan, with the reason for people, and but while the load phase is on and every worker is
  // linked and lively.
  Status Hold(MonoTime now);
  // It goes on when what is agreed on ends, at held()->until.
  Status Release() { return plan_.Release(); }
  const std::optional<HandHeldLoad>& held() const { return plan_.held(); }
  // The run's plan, its holds included.
  const std::shared_ptr<const Plan>& plan() const { return plan_.plan(); }
  // To be called every kTick.
  void Tick(MonoTime now);
  std::vector<Action> TakeActions() { return std::exchange(actions_, {}); }

  RunPhase phase() const { return phase_; }
  bool finished() const { return phase_ == RunPhase::kFinished; }
  // Time of the run; negative before T0. Requires that a start was sent.
  RunTime TimeOf(MonoTime now) const { return RunTime::FromNanos((now - t0_).nanos()); }
  const RunRequest& request() const { return request_; }
  std::vector<WorkerReport> Reports() const;  // of the chosen workers, by name
  // The group of a chosen worker, by its index.
  const std::string& GroupOf(uint32_t worker) const { return members_.at(worker).report.group; }
  // True for a worker that takes part and is not done.
  bool TakesPart(WorkerId id) const;
  bool IsLost(WorkerId id) const;
  // Requires finished().
  const RunOutcome& outcome() const { return outcome_; }

 private:
  enum class Part : uint8_t { kPreparing, kReady, kRunning, kFinished, kLeft, kLost };
  struct Candidate {  // connected, whether chosen or not
    Worker worker;
    bool linked = true;
    MonoTime last_heard;
  };
  struct Member {  // chosen
    Part part = Part::kPreparing;
    Assignment assignment;
    WorkerReport report;
    MonoTime lost_at;
    MonoTime may_start_until;
    std::string lost_why;
    uint64_t accepted = 0;      // sequence of the last merged batch
    size_t holds_followed = 0;  // of the plan's, as it has said
  };

  Member* FindMember(WorkerId id);
  const Member* FindMember(WorkerId id) const;
  static bool Active(const Member& m) { return m.part <= Part::kRunning; }
  void Send(WorkerId to, MasterMessage message) { actions_.push_back({to, std::move(message)}); }

  void MaybeChoose(MonoTime now);
  Status CheckSplit(const std::vector<uint32_t>& weights) const;
  void SendPrepare(const Member& m);
  void MaybeStart(MonoTime now);
  void Resume(Member& m, const std::string& held_run, MonoTime now);
  Status Merge(Member& m, const Batch& batch, MonoTime now);
  Status CheckAgreed(const Member& m, const DeltaBatch& delta, MonoTime now) const;
  void EndPart(Member& m, MonoTime now);
  void Lose(Member& m, const std::string& why, MonoTime now);
  void LoseTheSilent(MonoTime now);
  // The first moment from which on the plan may be another one.
  RunTime EarliestHold(MonoTime now) const;
  Status MayAmend(MonoTime now) const;
  void SendAmend(const Member& m);
  void TellAmended();  // where the plan is another one than was told last
  std::optional<RunTime> Unagreed(const Member& m) const {
    return plan_.Unfollowed(m.holds_followed);
  }
  void AbortBeforeStart(const std::string& why, MonoTime now);
  void TellStop();
  void MaybeFinish(MonoTime now);
  void Finish(MonoTime now);
  void CloseBooks(MonoTime now);
  void CheckMember(Member& m);
  WorkerLoss LossOfMember(const Member& m) const;
  bool EndedEarly(const Member& m) const;
  WorkerEnd EndOf(const Member& m) const;
  MonoTime LoadEnd() const;
  MonoTime FinalLimit() const;

  const RunRequest request_;
  const BatchSink sink_;
  const std::string plan_bytes_;
  const std::string plan_hash_;  // as prepared
  HeldPlan plan_;
  size_t holds_told_ = 0;

  RunPhase phase_ = RunPhase::kWaiting;
  MonoTime phase_since_;
  MonoTime last_tick_;
  MonoTime grace_until_;  // after a stall of this process: nobody is declared lost before
  std::map<WorkerId, Candidate> candidates_;
  std::vector<Member> members_;           // by name
  std::map<WorkerId, size_t> member_of_;  // index in members_
  std::optional<OwnerTable> table_;
  MonoTime t0_;
  std::optional<MonoTime> stopped_at_;
  std::optional<MonoTime> cut_at_;
  std::vector<Action> actions_;
  RunOutcome outcome_;
};

}  // namespace muster
