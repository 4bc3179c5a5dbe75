#include "tests/sim/sim_run.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "common/base/check.h"
#include "common/base/int128.h"
#include "common/plan/ownership.h"

namespace muster {
namespace {

void Describe(const char* what, const LatencySet& set, std::ostream& out) {
  for (size_t kind = 0; kind < kLatencyKinds; ++kind) {
    const Histogram& histogram = set[kind];
    if (histogram.count() == 0) continue;
    out << ' ' << what << '.' << kLatencyNames[kind] << '=' << histogram.count() << '/'
        << ToString(histogram.sum()) << '/' << histogram.min() << '/' << histogram.max();
    histogram.ForEachSlot([&](size_t slot, uint64_t n) { out << ',' << slot << ':' << n; });
  }
}

void Describe(const Counts& c, std::ostream& out) {
  out << " due=" << c.due << " started=" << c.started << " finished=" << c.finished
      << " cut=" << c.cut << " requests=" << c.requests_started << " completed=" << c.completed
      << '/' << c.load_completed << " failed=" << c.failed << '/' << c.failed_after_send
      << " unexpected=" << c.unexpected << " bytes=" << c.bytes_sent << '/' << c.bytes_received
      << " connects=" << c.connects << '/' << c.slow_connect << " not_started";
  for (const uint64_t n : c.not_started) out << ':' << n;
  out << " errors";
  for (const uint64_t n : c.errors) out << ':' << n;
}

}  // namespace

std::string Describe(const EngineDelta& delta) {
  std::ostringstream out;
  out << "thread " << delta.thread << " through " << delta.accounted_through << " in flight "
      << delta.in_flight << '/' << delta.requests_in_flight << (delta.last ? " last" : "") << '\n';
  for (const auto& [key, cell] : delta.cells) {
    out << "  " << key.interval << '.' << key.stage << '.' << key.name;
    Describe(cell.counts, out);
    for (const auto& [status, n] : cell.statuses.entries()) out << ' ' << status << '=' << n;
    for (const uint64_t n : cell.within) out << " within " << n;
    for (const uint64_t n : cell.within_onset) out << " within_onset " << n;
    Describe("ok", cell.latency, out);
    Describe("failed", cell.latency_failed, out);
    out << '\n';
  }
  for (const TraceEntry& entry : delta.trace) {
    out << "  " << entry.k << ' ' << entry.due << ' ' << entry.started << '\n';
  }
  return out.str();
}

SimRun::SimRun(std::shared_ptr<const Plan> plan, SimRunOptions options)
    : plan_(std::move(plan)),
      network_(&executor_, options.network_delay),
      server_(&executor_, std::move(options.server)),
      http2_(&executor_, options.http2.value_or(SimHttp2ServerOptions())) {
  SimServer* const listener =
      options.http2.has_value() ? static_cast<SimServer*>(&http2_) : &server_;
  std::vector<Endpoint> endpoints;
  for (size_t i = 0; i < options.endpoints; ++i) {
    endpoints.push_back({Endpoint::Family::kIpv4, "192.0.2." + std::to_string(i + 1), 80});
    if (options.listen) network_.Listen(endpoints.back(), listener);
  }
  Assignment assignment;
  assignment.weights = ReduceWeights(options.weights).value();
  for (size_t i = 0; i < options.weights.size(); ++i) {
    const uint32_t threads = options.threads[std::min(i, options.threads.size() - 1)];
    auto& worker = workers_.emplace_back(
        std::make_unique<SimEngineGroup>(&executor_, &network_, endpoints, threads));
    assignment.worker = static_cast<uint32_t>(i);
    const Status status = worker->Prepare(plan_, assignment, options.trace);
    CHECK(status.ok()) << Message(status);
    engines_left_ += worker->threads();
  }
}

void SimRun::At(Duration after, std::function<void()> fn) {
  executor_.ScheduleAt(kT0 + after, std::move(fn));
}

bool SimRun::Run() {
  for (size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->Start(kT0, [this, i](std::unique_ptr<EngineDelta> delta) { OnDelta(i, *delta); });
  }
  const Duration length = plan_->load_end() - RunTime() + plan_->spec().drain;
  return executor_.RunUntilTrue([this] { return engines_left_ == 0; },
                                kT0 + length + Duration::Seconds(5));
}

void SimRun::OnDelta(size_t worker, const EngineDelta& delta) {
  ++deltas_;
  RunTime& through = through_[{worker, delta.thread}];
  CHECK_GE(delta.accounted_through, through) << "worker " << worker << " took its account back";
  through = delta.accounted_through;
  log_ += "worker " + std::to_string(worker) + ' ' + Describe(delta);
  MergeCells(delta.cells, &cells_);
  trace_.insert(trace_.end(), delta.trace.begin(), delta.trace.end());
  if (delta.last) {
    --engines_left_;
    ended_ = RunTime() + (executor_.Now() - kT0);
  }
}

Counts SimRun::totals() const {
  Counts totals;
  for (const auto& [key, cell] : cells_) totals.Add(cell.counts);
  return totals;
}

Histogram SimRun::Latency(LatencyKind kind) const {
  Histogram merged;
  for (const auto& [key, cell] : cells_) merged.Merge(cell.latency[static_cast<size_t>(kind)]);
  return merged;
}

Histogram SimRun::FailedLatency(LatencyKind kind) const {
  Histogram merged;
  for (const auto& [key, cell] : cells_) {
    merged.Merge(cell.latency_failed[static_cast<size_t>(kind)]);
  }
  return merged;
}

StatusCounts SimRun::Statuses() const {
  StatusCounts merged;
  for (const auto& [key, cell] : cells_) merged.Merge(cell.statuses);
  return merged;
}

std::vector<TraceEntry> SimRun::Trace() const {
  std::vector<TraceEntry> sorted = trace_;
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

}  // namespace muster
