#include "master/results/merger.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "common/base/check.h"
#include "master/results/generator_faults.h"
#include "master/results/request_groups.h"

namespace muster {
namespace {

constexpr size_t kMaxBookErrors = 20;

std::string WorkerLabel(uint32_t worker) { return "worker " + std::to_string(worker); }

// What a timeline takes in of a cell, as it was and with a perfect generator.
Cell ForTimeline(const Cell& cell) {
  Cell slim;
  slim.counts = cell.counts;
  slim.within = cell.within;
  slim.within_onset = cell.within_onset;
  for (const LatencyKind kind : {LatencyKind::kResponse, LatencyKind::kOnset}) {
    slim.latency[static_cast<size_t>(kind)] = cell.latency[static_cast<size_t>(kind)];
  }
  return slim;
}

// Its cell is no sum over those by name.
bool KeptApart(const Scope& scope) { return scope.stage.has_value() || !scope.group.empty(); }

Counts SumOfWorkers(const std::vector<WorkerTotals>& workers) {
  Counts sum;
  for (const WorkerTotals& worker : workers) sum.Add(worker.counts);
  return sum;
}

bool SameSums(const Timeline& timeline, const Counts& counts) {
  const size_t rows = timeline.rows().size();
  const Timeline::Row row = timeline.Window(0, rows);
  return row.due == counts.due && row.not_started == counts.not_started_total() &&
         row.started == counts.started && row.completed == counts.completed &&
         row.load_completed == counts.load_completed && row.failed == counts.failed &&
         row.unexpected == counts.unexpected &&
         timeline.WindowResponse(0, rows).count() == counts.completed;
}

// The latencies that every completed request has, and those that every failed one has.
constexpr std::array kOfCompleted = {LatencyKind::kResponse, LatencyKind::kService,
                                     LatencyKind::kWait,     LatencyKind::kLag,
                                     LatencyKind::kOnset,    LatencyKind::kFirstByte};
constexpr std::array kOfFailed = {LatencyKind::kResponse, LatencyKind::kWait, LatencyKind::kLag,
                                  LatencyKind::kOnset};

// What in a cell's histograms and within-counters contradicts its counts; empty: nothing.
std::string WrongMeasurement(const Cell& cell) {
  const auto differs = [](const char* what, LatencyKind kind, uint64_t records, uint64_t counted) {
    return std::string(what) + " " + std::to_string(counted) + ", in the histogram of " +
           std::string(NameOf(kLatencyNames, kind)) + " " + std::to_string(records);
  };
  for (const LatencyKind kind : kOfCompleted) {
    const uint64_t records = cell.latency[static_cast<size_t>(kind)].count();
    if (records != cell.counts.completed) {
      return differs("completed", kind, records, cell.counts.completed);
    }
  }
  for (const LatencyKind kind : kOfFailed) {
    const uint64_t records = cell.latency_failed[static_cast<size_t>(kind)].count();
    if (records != cell.counts.failed) return differs("failed", kind, records, cell.counts.failed);
  }
  for (const auto* within : {&cell.within, &cell.within_onset}) {
    for (const uint64_t count : *within) {
      if (count > cell.counts.completed) return "more within() than completed";
    }
  }
  return "";
}

}  // namespace

RunMerger::RunMerger(std::shared_ptr<const Plan> plan, uint32_t workers)
    : plan_(std::move(plan)),
      workers_(workers),
      lost_(workers, false),
      groups_(workers),
      by_name_(plan_->spec().requests.size()),
      timeline_(plan_->interval()) {
  const std::vector<Stage>& stages = plan_->spec().stages;
  if (!std::all_of(stages.begin(), stages.end(), [](const Stage& s) { return s.measure; })) {
    unmeasured_.resize(by_name_.size());
  }
  std::set<Scope> scopes;
  std::set<WindowKey> windows;
  for (const Threshold& threshold : plan_->spec().thresholds) {
    const std::optional<Scope> scope = ScopeOf(threshold);
    if (scope) scopes.insert(*scope);
    const std::optional<WindowKey> window = WindowKeyOf(threshold);
    if (window) windows.insert(*window);
  }
  const size_t share =
      Timeline::kMaxBytes / std::max<size_t>(1, scopes.size() + 2 * windows.size());
  const auto timeline = [&](Duration interval) {
    return Timeline(interval, Timeline::kMaxRows, share);
  };
  for (const Scope& scope : scopes) {
    selections_.emplace(scope, Selection{Cell(), timeline(plan_->interval())});
  }
  for (const WindowKey& key : windows) {
    windows_.emplace(key, Windows{timeline(key.length), timeline(key.length)});
  }
  const std::vector<NameGroup> names = GroupByName(plan_->spec().requests);
  if (names.size() == 1) return;
  name_of_.resize(plan_->spec().requests.size());
  for (uint16_t name = 0; name < names.size(); ++name) {
    for (const uint16_t request : names[name].requests) name_of_[request] = name;
    name_timelines_.emplace_back(plan_->interval(), Timeline::kMaxRows,
                                 Timeline::kMaxBytes / names.size());
  }
}

void RunMerger::Amend(std::shared_ptr<const Plan> plan) {
  CHECK(plan->interval() == plan_->interval());
  CHECK_EQ(plan->spec().stages.size(), plan_->spec().stages.size());
  plan_ = std::move(plan);
}

void RunMerger::SetGroup(uint32_t worker, const std::string& group) {
  CHECK_LT(worker, workers_.size());
  CHECK(workers_[worker].batches == 0 || groups_[worker] == group) << WorkerLabel(worker);
  groups_[worker] = group;
}

Status RunMerger::Check(uint32_t worker, const DeltaBatch& batch) const {
  if (worker >= workers_.size()) return InvalidArgument(WorkerLabel(worker) + ": unknown");
  const WorkerTotals& known = workers_[worker];
  if (lost_[worker]) return FailedPrecondition(WorkerLabel(worker) + ": was given up as lost");
  if (known.last) return FailedPrecondition(WorkerLabel(worker) + ": a batch after its last one");
  if (batch.sequence != known.batches + 1) {
    return FailedPrecondition(WorkerLabel(worker) + ": batch " + std::to_string(batch.sequence) +
                              " does not follow batch " + std::to_string(known.batches));
  }
  const size_t limits = plan_->within_limits().size();
  uint64_t responses = responses_;
  for (const auto& [key, cell] : batch.cells) {
    if (key.stage >= plan_->spec().stages.size() || key.name >= plan_->spec().requests.size()) {
      return InvalidArgument(WorkerLabel(worker) + ": a cell of an unknown stage or request");
    }
    const bool sizes_fit = (cell.within.empty() || cell.within.size() == limits) &&
                           (cell.within_onset.empty() || cell.within_onset.size() == limits);
    if (!sizes_fit) return InvalidArgument(WorkerLabel(worker) + ": within() of another plan");
    const uint64_t records = cell.latency[static_cast<size_t>(LatencyKind::kResponse)].count();
    if (records > kMaxResponses - responses) {
      return InvalidArgument(WorkerLabel(worker) + ": more responses than a run can have");
    }
    responses += records;
  }
  return absl::OkStatus();
}

Status RunMerger::Accept(uint32_t worker, const DeltaBatch& batch) {
  RETURN_IF_ERROR(Check(worker, batch));
  WorkerTotals& totals = workers_[worker];
  for (const auto& [key, cell] : batch.cells) {
    totals.counts.Add(cell.counts);
    totals.lag.Merge(cell.latency[static_cast<size_t>(LatencyKind::kLag)]);
    const Histogram& service = cell.latency[static_cast<size_t>(LatencyKind::kService)];
    totals.services += service.count();
    totals.service_sum += service.sum();
    AddCell(worker, key, cell);
    responses_ += cell.latency[static_cast<size_t>(LatencyKind::kResponse)].count();
  }
  const bool of_load = totals.batches > 0 && totals.accounted_through < plan_->load_end();
  if (of_load) totals.load_health.Add(batch.health);
  ++totals.batches;
  totals.in_flight = batch.in_flight;
  totals.requests_in_flight = batch.requests_in_flight;
  // A stop may move it back: what was said to be accounted for stays so.
  totals.accounted_through = std::max(totals.accounted_through, batch.accounted_through);
  totals.last = batch.last;
  if (batch.last) SettleTimelines();
  totals.health.Add(batch.health);
  totals.watch.Add(batch, plan_->load_end());
  for (const TraceEntry& entry : batch.trace) {
    if (trace_.size() < kMaxTrace) {
      trace_.push_back(entry);
    } else {
      ++trace_dropped_;
    }
  }
  const Status books = CheckBooks(totals.counts, totals.in_flight, 0, totals.requests_in_flight, 0);
  if (!books.ok() && book_errors_.size() < kMaxBookErrors) {
    book_errors_.push_back(WorkerLabel(worker) + ", batch " + std::to_string(batch.sequence) +
                           ": " + Message(books));
  }
  return absl::OkStatus();
}

void RunMerger::AddCell(uint32_t worker, const CellKey& key, const Cell& cell) {
  totals_.Add(cell.counts);
  statuses_.Merge(cell.statuses);
  first_seen_.Add(worker, key, cell);
  by_stage_and_name_[{key.stage, key.name}].Add(cell.counts);
  timeline_.Add(key.interval, cell);
  if (!name_timelines_.empty()) name_timelines_[name_of_[key.name]].Add(key.interval, cell);
  const bool measured = plan_->spec().stages[key.stage].measure;
  (measured ? by_name_ : unmeasured_)[key.name].Merge(cell);
  for (auto& [scope, selection] : selections_) {
    if (!scope.Holds(*plan_, key, groups_[worker])) continue;
    selection.timeline.Add(key.interval, cell);
    if (KeptApart(scope)) selection.cell.Merge(cell);  // the others are sums over by_name_
  }
  for (auto& [window, windows] : windows_) {
    if (!window.scope.Holds(*plan_, key, groups_[worker])) continue;
    const int64_t at = key.interval * plan_->interval().nanos() / window.length.nanos();
    const auto index = static_cast<uint32_t>(at);
    const Cell slim = ForTimeline(cell);
    windows.as_run.Add(index, cell);
    windows.as_perfect.Add(index,
                           window.absolute ? AsIfDelivered(slim) : WithoutGeneratorFaults(slim));
  }
}

std::optional<RunMerger::WindowKey> RunMerger::WindowKeyOf(const Threshold& threshold) const {
  const std::optional<Scope> scope = ScopeOf(threshold);
  if (!scope || threshold.window <= Duration()) return std::nullopt;
  const bool absolute =
      threshold.metric == Threshold::Metric::kRate || threshold.metric == Threshold::Metric::kCount;
  return WindowKey{*scope, threshold.window, absolute};
}

uint32_t RunMerger::IntervalOf(RunTime t) const {
  const int64_t interval = std::max<int64_t>(0, t.nanos()) / plan_->interval().nanos();
  return static_cast<uint32_t>(std::min<int64_t>(interval, UINT32_MAX));
}

void RunMerger::AddLoss(uint32_t worker, const CellMap& not_started) {
  CHECK_LT(worker, workers_.size());
  CHECK(!lost_[worker]) << WorkerLabel(worker);
  lost_[worker] = true;
  WorkerTotals& totals = workers_[worker];
  totals.iterations_lost = std::exchange(totals.in_flight, 0);
  totals.requests_lost = std::exchange(totals.requests_in_flight, 0);
  timeline_.AddLost(IntervalOf(totals.accounted_through), totals.iterations_lost);
  for (const auto& [key, cell] : not_started) {
    totals.counts.Add(cell.counts);
    AddCell(worker, key, cell);
  }
  SettleTimelines();
}

void RunMerger::SettleTimelines() {
  timeline_.Settle();
  for (Timeline& timeline : name_timelines_) timeline.Settle();
  for (auto& [scope, selection] : selections_) selection.timeline.Settle();
  for (auto& [key, windows] : windows_) {
    windows.as_run.Settle();
    windows.as_perfect.Settle();
  }
}

Cell RunMerger::Select(const Scope& scope) const {
  if (KeptApart(scope)) {
    const auto found = selections_.find(scope);
    CHECK(found != selections_.end()) << "no threshold has this filter";
    return found->second.cell;
  }
  Cell sum;
  for (uint16_t name = 0; name < by_name_.size(); ++name) {
    if (scope.HasRequest(name)) sum.Merge(by_name_[name]);
  }
  return sum;
}

const Timeline* RunMerger::TimelineOf(const Scope& scope) const {
  const auto found = selections_.find(scope);
  return found == selections_.end() ? nullptr : &found->second.timeline;
}

const RunMerger::Windows* RunMerger::FindWindows(const Threshold& threshold) const {
  const std::optional<WindowKey> key = WindowKeyOf(threshold);
  const auto found = key ? windows_.find(*key) : windows_.end();
  return found == windows_.end() ? nullptr : &found->second;
}

const Timeline* RunMerger::WindowsOf(const Threshold& threshold) const {
  const Windows* windows = FindWindows(threshold);
  return windows == nullptr ? nullptr : &windows->as_run;
}

const Timeline* RunMerger::PerfectWindowsOf(const Threshold& threshold) const {
  const Windows* windows = FindWindows(threshold);
  return windows == nullptr ? nullptr : &windows->as_perfect;
}

std::vector<TraceEntry> RunMerger::SortedTrace() const {
  std::vector<TraceEntry> sorted = trace_;
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

std::vector<std::string> RunMerger::AuditBooks(bool at_end) const {
  std::vector<std::string> errors = book_errors_;
  AuditWorkers(at_end, &errors);
  AuditParts(&errors);
  AuditMeasurements(&errors);
  return errors;
}

void RunMerger::AuditWorkers(bool at_end, std::vector<std::string>* errors) const {
  uint64_t in_flight = 0, lost = 0, requests_in_flight = 0, requests_lost = 0;
  for (uint32_t i = 0; i < workers_.size(); ++i) {
    const WorkerTotals& worker = workers_[i];
    const Status books = CheckBooks(worker.counts, worker.in_flight, worker.iterations_lost,
                                    worker.requests_in_flight, worker.requests_lost);
    if (!books.ok()) errors->push_back(WorkerLabel(i) + ": " + Message(books));
    if (at_end && (worker.in_flight > 0 || worker.requests_in_flight > 0)) {
      errors->push_back(WorkerLabel(i) + ": " + std::to_string(worker.in_flight) +
                        " iterations still in flight at the end");
    }
    in_flight += worker.in_flight;
    lost += worker.iterations_lost;
    requests_in_flight += worker.requests_in_flight;
    requests_lost += worker.requests_lost;
  }
  const Status merged = CheckBooks(totals_, in_flight, lost, requests_in_flight, requests_lost);
  if (!merged.ok()) errors->push_back("all workers: " + Message(merged));
  const uint64_t done = timeline_.Window(0, timeline_.rows().size()).done;
  if (!SameSums(timeline_, totals_) || done != totals_.finished + totals_.cut + lost) {
    errors->push_back("the totals are not the sum of the timeline");
  }
}

Counts RunMerger::PartsOf(const Scope& scope) const {
  Counts sum;
  for (const auto& [part, counts] : by_stage_and_name_) {
    if (scope.Holds(*plan_, CellKey{0, part.first, part.second}, scope.group)) sum.Add(counts);
  }
  return sum;
}

void RunMerger::AuditParts(std::vector<std::string>* errors) const {
  if (!(totals_ == SumOfWorkers(workers_))) {
    errors->push_back("the totals are not the sum of the workers' batches");
  }
  Counts parts;
  for (const auto& [key, counts] : by_stage_and_name_) parts.Add(counts);
  if (!(totals_ == parts)) errors->push_back("the totals are not the sum of stages and requests");
  for (uint16_t name = 0; name < by_name_.size(); ++name) {
    if (by_name_[name].counts == PartsOf(Scope{{}, {name}, {}})) continue;
    errors->push_back("request " + plan_->spec().requests[name].name +
                      " is not the sum of its measured stages");
  }
  for (const auto& [scope, selection] : selections_) {
    // Parts are not kept by group: there the cell itself is held against its timeline.
    const Counts sum = scope.group.empty() ? PartsOf(scope) : selection.cell.counts;
    const bool cell_fits = !KeptApart(scope) || selection.cell.counts == sum;
    if (cell_fits && SameSums(selection.timeline, sum)) continue;
    errors->push_back("a threshold's filter is not the sum of its stages and requests");
  }
  for (const auto& [key, windows] : windows_) {
    if (SameSums(windows.as_run, Select(key.scope).counts)) continue;
    errors->push_back("a threshold's windows are not the sum of its requests");
  }
}

void RunMerger::AuditMeasurements(std::vector<std::string>* errors) const {
  uint64_t with_status = 0;
  for (const auto& [status, times] : statuses_.entries()) with_status += times;
  if (with_status != totals_.completed) {
    errors->push_back("completed " + std::to_string(totals_.completed) + ", with a status " +
                      std::to_string(with_status));
  }
  for (const std::vector<Cell>* cells : {&by_name_, &unmeasured_}) {
    for (size_t i = 0; i < cells->size(); ++i) {
      const std::string wrong = WrongMeasurement((*cells)[i]);
      if (!wrong.empty()) {
        errors->push_back("request " + plan_->spec().requests[i].name + ": " + wrong);
      }
    }
  }
}

}  // namespace muster
