// OneRun: one run over a RunHost, from its plan to its summary: session, merger, rules that end it
// early, and what a live view wants to know. It prints nothing and writes nothing; who began it
// does (`muster run` for the one, `muster find-capacity` for each level).
//
// Owner: the run thread. The host outlives it; while it lives the host's links are its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/plan/plan.h"
#include "master/results/abort_rules.h"
#include "master/results/live.h"
#include "master/results/merger.h"
#include "master/results/summary.h"
#include "master/results/summary_builder.h"
#include "master/run_host_app.h"
#include "master/session/run_session.h"

namespace muster {

class OneRun {
 public:
  struct Request {
    std::shared_ptr<const Plan> plan;
    std::vector<std::string> threshold_places{};  // by the plan's thresholds
    Duration wait;                                // for workers
    bool trace = false;
  };
  struct Callbacks {
    std::function<void()> on_finished;                     // once; never inside a call
    std::function<void(const std::string&)> on_abort;      // why a threshold ends it
    std::function<void(const std::string&)> on_log_entry;  // of workers elsewhere, for people
  };

  OneRun(RunHost& host, Request request, Callbacks callbacks);
  ~OneRun();  // as CloseLinks
  OneRun(const OneRun&) = delete;
  OneRun& operator=(const OneRun&) = delete;

  const std::string& id() const { return id_; }
  const RunMerger& merger() const { return merger_; }
  const RunSession& session() const { return *session_; }
  RunPhase phase() const { return session_->phase(); }

  // Once drains, twice cuts. `by`: "SIGINT"; the first stands in the report.
  void Interrupt(const std::string& by);
  // By hand: the load stays what it is in two or three seconds, until Release and a few seconds
  // more. Errors are for the user to read.
  Status Hold();
  Status Release();
  // Empty: it was not.
  const std::string& interrupted_by() const { return interrupted_by_; }
  // A stop or an abort is on its way.
  bool stopping() const { return !interrupted_by_.empty() || abort_posted_; }
  // To be called a few times a second.
  void Tick();
  LiveSnapshot Snapshot();

  // Requires a finished session.
  const RunOutcome& outcome() const { return session_->outcome(); }
  // Requires outcome().began. Once.
  RunSummary Summarize(const Environment& environment);
  // The session says goodbye to its workers and is gone; what was measured stays.
  void CloseLinks();

 private:
  Status Take(uint32_t worker, const DeltaBatch& batch);
  void AddEvent(const std::string& text);
  void OnLog(const std::string& line);
  void MaybeAbort();
  void Amend(const std::shared_ptr<const Plan>& plan);
  void TellHoldEnd();
  SessionFacts Facts() const;

  RunHost& host_;
  const Callbacks callbacks_;
  std::shared_ptr<const Plan> plan_;  // its holds included
  std::vector<std::string> threshold_places_;
  const std::string id_;
  RunMerger merger_;
  AbortRules abort_rules_;
  bool abort_posted_ = false;
  LiveFeed feed_;
  bool hold_told_ = false;  // it is on, as far as the events say
  std::string interrupted_by_;
  std::vector<RunEvent> events_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for posted functions
  std::optional<RunSession> session_;
};

}  // namespace muster
