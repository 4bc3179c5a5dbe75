// RunMerger: every accepted batch of a run, added up. Decides nothing about sequences (the session
// accepts a worker's batches in order, once each); after Accept returns OK the batch is in, whole.
//
// Totals are kept where they are asked for, so that memory does not grow with the run: counters by
// (stage, name) and by worker; histograms by request name over the measured stages and over the
// others, and by each distinct filter of the plan's thresholds; one timeline of the whole run, one
// per such filter, and two per distinct window over one. All are sums: any partition of the same
// cells over workers and batches gives the same result, bit for bit.
//
// Limits: about 8 KiB per used octave of a histogram, at most 16 histograms for each of 200 names,
// twice where a stage is not measured, and 100 filters; timelines share one bound (timeline.h),
// those of the request names the same bound together: the more names, the longer their rows may
// become; kMaxTrace trace lines.
//
// Owner: the master's run thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/plan/plan.h"
#include "common/stats/delta_batch.h"
#include "master/results/first_seen.h"
#include "master/results/scope.h"
#include "master/results/timeline.h"
#include "master/results/worker_watch.h"

namespace muster {

// What the merger knows about one worker.
struct WorkerTotals {
  Counts counts;
  uint64_t batches = 0;
  uint64_t in_flight = 0;  // iterations, as of its latest batch
  uint64_t requests_in_flight = 0;
  uint64_t iterations_lost = 0;
  uint64_t requests_lost = 0;
  RunTime accounted_through;
  bool last = false;  // its last batch is in
  GeneratorHealth health;
  // Of the batches that begin after the first one and before the load's end: without the idle time
  // before T0 and in the drain, which would make a worker that could not keep up look at ease.
  GeneratorHealth load_health;
  Histogram lag;
  uint64_t services = 0;  // completed requests, and the sum of their service times
  Int128 service_sum = 0;
  WorkerWatch watch;
};

class RunMerger {
 public:
  static constexpr size_t kMaxTrace = 10'000'000;
  static constexpr uint64_t kMaxResponses = (uint64_t{1} << 48) - 1;  // of all workers

  // `workers`: how many there are, at most; they are numbered from 0.
  RunMerger(std::shared_ptr<const Plan> plan, uint32_t workers);

  // Refuses, and leaves everything as it was: an unknown worker, stage or request, a sequence that
  // does not follow, anything after the last batch or the loss, within-counters of another size,
  // more than kMaxResponses (no run has as many). A batch whose books do
  // not balance is merged and remembered in book_errors(): no measurement is dropped.
  Status Accept(uint32_t worker, const DeltaBatch& batch);
  // The run's plan has further holds, which begin later than anything accepted so far. What is kept
  // by stage, row and window stays: a hold changes the length of the load alone.
  void Amend(std::shared_ptr<const Plan> plan);
  // The group of a worker; before its first batch, or the same again.
  void SetGroup(uint32_t worker, const std::string& group);

  // The worker ended before its part of the plan did and sends no more: its last known in-flight
  // becomes lost, and `not_started` (due and not_started{worker_lost}, by key; empty in the closed
  // model) is added to its counts. Once per worker.
  void AddLoss(uint32_t worker, const CellMap& not_started);

  const Plan& plan() const { return *plan_; }
  const std::vector<WorkerTotals>& workers() const { return workers_; }
  bool lost(uint32_t worker) const { return lost_[worker]; }
  // The whole run, unmeasured stages included.
  const Counts& totals() const { return totals_; }
  const StatusCounts& statuses() const { return statuses_; }
  const std::map<std::pair<uint16_t, uint16_t>, Counts>& by_stage_and_name() const {
    return by_stage_and_name_;
  }
  const Timeline& timeline() const { return timeline_; }
  const FirstSeen& first_seen() const { return first_seen_; }
  // Of one request, in measured stages.
  const Cell& OfName(uint16_t request) const { return by_name_[request]; }
  // In the other stages; null when the plan measures all.
  const Cell* UnmeasuredOfName(uint16_t request) const {
    return unmeasured_.empty() ? nullptr : &unmeasured_[request];
  }
  // Of all requests that share a name with `request`, in all stages. The run's own for a plan of
  // one name.
  const Timeline& TimelineOfName(uint16_t request) const {
    return name_timelines_.empty() ? timeline_ : name_timelines_[name_of_[request]];
  }
  std::optional<Scope> ScopeOf(const Threshold& threshold) const {
    return muster::ScopeOf(*plan_, threshold);
  }
  // Requires a scope of one of the plan's thresholds, or one without a stage and group.
  Cell Select(const Scope& scope) const;
  // Null when no threshold of the plan has this scope.
  const Timeline* TimelineOf(const Scope& scope) const;
  // What ended in each window of a threshold, as it was and as it would have been with a perfect
  // generator (generator_faults.h): rows are windows, or several if there are too many. Null when
  // the plan has no such threshold, or no window in it.
  const Timeline* WindowsOf(const Threshold& threshold) const;
  const Timeline* PerfectWindowsOf(const Threshold& threshold) const;
  // Sorted by k.
  std::vector<TraceEntry> SortedTrace() const;
  uint64_t trace_dropped() const { return trace_dropped_; }
  const std::vector<std::string>& book_errors() const { return book_errors_; }
  // Laws 1, 2 and 6 over everything merged: each worker's books, the merged books, that the totals,
  // the parts by stage and name, the timelines and what the headline and the thresholds are made of
  // are each the sum of the workers', and that every request that ended is in the histograms once.
  // `at_end`: nothing is in flight. Empty when all hold.
  std::vector<std::string> AuditBooks(bool at_end) const;

 private:
  struct Selection {  // of one threshold scope
    Cell cell;
    Timeline timeline;
  };
  struct WindowKey {
    Scope scope;
    Duration length;
    bool absolute = false;  // a rate or a count, which has its own idea of a perfect generator
    bool operator<(const WindowKey& other) const {
      return std::tie(scope, length, absolute) <
             std::tie(other.scope, other.length, other.absolute);
    }
  };
  struct Windows {
    Timeline as_run, as_perfect;
  };

  Status Check(uint32_t worker, const DeltaBatch& batch) const;
  void AddCell(uint32_t worker, const CellKey& key, const Cell& cell);
  std::optional<WindowKey> WindowKeyOf(const Threshold& threshold) const;
  const Windows* FindWindows(const Threshold& threshold) const;
  // After what may have been the last cells: rows no longer depend on the order of batches.
  void SettleTimelines();
  uint32_t IntervalOf(RunTime t) const;
  void AuditWorkers(bool at_end, std::vector<std::string>* errors) const;
  void AuditParts(std::vector<std::string>* errors) const;
  void AuditMeasurements(std::vector<std::string>* errors) const;
  Counts PartsOf(const Scope& scope) const;

  std::shared_ptr<const Plan> plan_;
  std::vector<WorkerTotals> workers_;
  std::vector<bool> lost_;
  std::vector<std::string> groups_;  // by worker
  Counts totals_;
  StatusCounts statuses_;
  FirstSeen first_seen_;
  std::map<std::pair<uint16_t, uint16_t>, Counts> by_stage_and_name_;
  std::vector<Cell> by_name_;
  std::vector<Cell> unmeasured_;  // by request; empty when the plan measures all stages
  std::map<Scope, Selection> selections_;
  std::map<WindowKey, Windows> windows_;
  Timeline timeline_;
  std::vector<uint16_t> name_of_;         // by request: index of its name
  std::vector<Timeline> name_timelines_;  // by name; none for a plan of one
  std::vector<TraceEntry> trace_;
  uint64_t trace_dropped_ = 0;
  uint64_t responses_ = 0;  // records of response in all accepted batches
  std::vector<std::string> book_errors_;
};

}  // namespace muster
