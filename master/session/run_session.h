// RunSession: one run on the master, put together: it owns the links, the registry and the
// controller, and moves messages between them. It decides nothing about load: who is admitted is
// the registry's, what happens in the run the controller's.
//
//   RunSession session(executor, build, request, sink, {.on_finished = ...});
//   session.AddLink(pipe) for each worker that connects  ->  on_finished  ->  session.outcome()
//
// Owner: the run thread (the executor's). The executor and what the sink touches outlive it. After
// the end it goes on answering the workers (pings, spares, late comers) until it is destroyed,
// which closes every link. Limits: kMaxLinks at once; a link without a Hello is closed after
// kHelloLimit.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/session/pipe.h"
#include "common/time/executor.h"
#include "master/schedule/run_controller.h"
#include "master/session/worker_registry.h"

namespace muster {

class RunSession {
 public:
  static constexpr size_t kMaxLinks = 2'000;
  static constexpr Duration kHelloLimit = Duration::Seconds(10);

  struct Callbacks {
    std::function<void()> on_finished;            // once; never inside a call
    std::function<void(const std::string&)> log;  // a line for people
    // The run's plan is another one: it has a further hold, which lies ahead.
    std::function<void(const std::shared_ptr<const Plan>&)> on_amended{};
  };

  // `build`: this program's version; workers must have the same.
  RunSession(Executor& executor, std::string build, RunRequest request, BatchSink sink,
             Callbacks callbacks);
  ~RunSession();
  RunSession(const RunSession&) = delete;
  RunSession& operator=(const RunSession&) = delete;

  // A worker's new link, not yet open.
  void AddLink(std::unique_ptr<MasterPipe> pipe);
  // The user wants it to end: once drains, twice cuts.
  void Stop();
  // A threshold ends it: drains.
  void Abort();
  // As RunController's.
  Status Hold();
  Status Release();

  RunPhase phase() const { return controller_.phase(); }
  bool finished() const { return controller_.finished(); }
  // Requires finished().
  const RunOutcome& outcome() const { return controller_.outcome(); }
  const RunController& controller() const { return controller_; }
  const WorkerRegistry& registry() const { return registry_; }
  // For the live display: "2/3 workers: a b".
  std::string LiveText() const { return registry_.LiveText(controller_.request().workers); }

 private:
  using LinkId = uint64_t;
  struct Link {
    std::unique_ptr<MasterPipe> pipe;
    std::optional<WorkerId> worker;
    bool refused = false;
    MonoTime since;
  };

  void OnMessage(LinkId id, WorkerMessage message);
  void OnClosed(LinkId id, const Status& why);
  void OnHello(LinkId id, const Hello& hello);
  void On(WorkerId id, const Ping& ping);
  void On(WorkerId id, const Ready& ready);
  void On(WorkerId id, const Batch& batch);
  void On(WorkerId id, const Bye& bye);
  void On(WorkerId id, const Amended& amended);
  void On(WorkerId, const Hello&) {}
  void OnTick();
  void Apply();  // what the controller wants done
  // What the registry shows of a worker, or of all: at each tick, and whenever all may change.
  void UpdateState(WorkerId id);
  void UpdateStates();
  LinkId LinkOf(WorkerId id) const;  // 0: none
  // Closes our end. `gone`: the worker counts as unlinked.
  void Drop(LinkId id, bool gone);
  void Log(const std::string& text);

  Executor& executor_;
  Callbacks callbacks_;
  WorkerRegistry registry_;
  RunController controller_;
  std::map<LinkId, Link> links_;
  std::map<WorkerId, LinkId> link_of_;
  LinkId last_link_ = 0;
  TimerId tick_ = 0;
  bool told_finished_ = false;
  std::shared_ptr<const Plan> told_plan_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace muster
