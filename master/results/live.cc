#include "master/results/live.h"

#include <algorithm>

#include "master/results/per_second.h"

namespace muster {
namespace {

// Up to where every worker that still sends has accounted for everything.
RunTime AccountedThrough(const RunMerger& merger) {
  RunTime least = RunTime::Max();
  bool someone = false;
  for (uint32_t i = 0; i < merger.workers().size(); ++i) {
    const WorkerTotals& worker = merger.workers()[i];
    if (worker.last || merger.lost(i)) continue;
    least = std::min(least, worker.accounted_through);
    someone = true;
  }
  return someone ? least : RunTime::Max();
}

void AddWindow(const Timeline& timeline, RunTime through, LiveSnapshot* live) {
  const int64_t row_ns = timeline.row_length().nanos();
  const size_t rows = timeline.rows().size();
  // Accounted rows beyond the last one that holds anything are silence, and count as such.
  const size_t complete = through == RunTime::Max()
                              ? rows
                              : static_cast<size_t>(std::max<int64_t>(0, through.nanos()) / row_ns);
  const auto wanted = static_cast<size_t>(std::max<int64_t>(1, kLiveWindow.nanos() / row_ns));
  const size_t first = complete > wanted ? complete - wanted : 0;
  if (complete == first || rows == 0) return;
  const size_t last = std::min(rows, complete);
  const Timeline::Row window = timeline.Window(std::min(first, last), last);
  const Duration length = timeline.row_length() * static_cast<int64_t>(complete - first);
  live->started_per_s = PerSecond(window.started, length);
  live->completed_per_s = PerSecond(window.completed, length);
  live->in_flight = timeline.InFlightAtEnd(last - 1);
  const Histogram response = timeline.WindowResponse(std::min(first, last), last);
  if (response.count() == 0) return;
  live->p50_ns = response.ValueAtPercentile(50'000);
  live->p99_ns = response.ValueAtPercentile(99'000);
}

}  // namespace

LiveSnapshot LiveFromMerger(const RunMerger& merger, RunTime elapsed) {
  const Plan& plan = merger.plan();
  const RunTime at = std::clamp(elapsed, RunTime(), plan.load_end());
  LiveSnapshot live;
  live.name = plan.spec().name;
  live.elapsed = elapsed - RunTime();
  live.load_length = plan.load_end() - RunTime();
  live.draining = elapsed >= plan.load_end();
  live.open = plan.open();
  live.stage = plan.spec().stages[plan.StageAt(at)].name;
  if (plan.open()) {
    live.asked_per_s = plan.rates().At(elapsed).per_second();
  } else {
    live.users = plan.users().UsersAt(elapsed);
  }
  const Counts& totals = merger.totals();
  live.due = totals.due;
  live.completed = totals.completed;
  live.errors = totals.failed + totals.unexpected;
  live.not_started = totals.not_started_total();
  // A worker that has decided its last number says so by a time in the future.
  const RunTime through = AccountedThrough(merger);
  AddWindow(merger.timeline(), through == RunTime::Max() ? through : std::min(through, elapsed),
            &live);
  return live;
}

}  // namespace muster
