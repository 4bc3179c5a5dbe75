#include "master/schedule/losses.h"

#include <algorithm>

namespace muster {
namespace {

// A worker's numbers in its own order 0, 1, 2, ..., with their due times.
class OwnNumbers {
 public:
  OwnNumbers(const Plan& plan, const OwnerTable& table, uint32_t worker)
      : arrivals_(plan.rates(), plan.open_load().arrivals, plan.spec().seed,
                  plan.total_iterations()),
        share_(table.period(), table.positions(worker), 0, 1),
        count_(table.CountOwned(worker, arrivals_.total())) {}

  uint64_t NumberAt(uint64_t own) const { return share_.NumberAt(own); }
  RunTime DueAt(uint64_t own) { return arrivals_.DueTime(share_.NumberAt(own)); }
  // How many are due before `t`; due times never decrease.
  uint64_t CountBefore(RunTime t) {
    uint64_t low = 0;
    uint64_t high = count_;
    while (low < high) {
      const uint64_t middle = low + (high - low) / 2;
      (DueAt(middle) < t) ? low = middle + 1 : high = middle;
    }
    return low;
  }

 private:
  Arrivals arrivals_;
  ThreadShare share_;
  uint64_t count_;
};

// How many intervals of the timeline share a cell, so that a long plan's loss stays small: at most
// kMaxLossCells, and one for each stage and name more.
uint32_t IntervalsPerCell(const Plan& plan) {
  const auto intervals =
      static_cast<uint64_t>((plan.load_end() - RunTime()).nanos() / plan.interval().nanos()) + 1;
  const uint64_t cells = intervals * plan.spec().requests.size();
  return static_cast<uint32_t>((cells + kMaxLossCells - 1) / kMaxLossCells);
}

void LoseNumbers(const Plan& plan, const OwnerTable& table, const WorkerEnd& end,
                 WorkerLoss* loss) {
  OwnNumbers own(plan, table, end.worker);
  const uint64_t expected = own.CountBefore(end.end);
  // A worker that was cut off did not hear of an interrupt and may have gone on beyond it.
  const uint64_t in_doubt = own.CountBefore(end.lost_at);
  const uint64_t startable = own.CountBefore(end.may_start_until);
  if (in_doubt > end.due) {
    loss->numbers = in_doubt - end.due;
    // Threads may be accounted for a little beyond accounted_through: no number from there is left
    // out.
    loss->first = own.NumberAt(std::min(own.CountBefore(end.accounted_through), end.due));
    loss->last = own.NumberAt(in_doubt - 1);
  }
  if (startable > end.due) loss->at_most += startable - end.due;
  const int64_t interval = plan.interval().nanos();
  const uint32_t step = IntervalsPerCell(plan);
  for (uint64_t i = end.due; i < expected; ++i) {
    const RunTime due = own.DueAt(i);
    const auto at = static_cast<uint32_t>(due.nanos() / interval);
    const CellKey key{at / step * step, plan.StageAt(due), plan.RequestOf(own.NumberAt(i))};
    Counts& counts = loss->not_started[key].counts;
    ++counts.due;
    ++counts.not_started[static_cast<size_t>(NotStarted::kWorkerLost)];
  }
}

void LoseUsers(const Plan& plan, const OwnerTable& table, uint32_t worker, WorkerLoss* loss) {
  const uint64_t users = table.CountOwned(worker, plan.users().peak());
  if (users == 0) return;
  const ThreadShare share(table.period(), table.positions(worker), 0, 1);
  loss->numbers = users;
  loss->first = share.NumberAt(0);
  loss->last = share.NumberAt(users - 1);
}

}  // namespace

WorkerLoss LossOf(const Plan& plan, const OwnerTable& table, const WorkerEnd& end) {
  WorkerLoss loss;
  loss.worker = end.worker;
  loss.from = end.accounted_through;
  loss.to = std::max(end.accounted_through, std::min(end.lost_at, plan.load_end()));
  loss.iterations_lost = end.in_flight;
  loss.requests_lost = end.requests_in_flight;
  loss.at_most = end.requests_in_flight;
  if (plan.open()) {
    LoseNumbers(plan, table, end, &loss);
  } else {
    LoseUsers(plan, table, end.worker, &loss);
  }
  return loss;
}

bool DidItsPart(const Plan& plan, const OwnerTable& table, uint32_t worker, uint64_t due,
                RunTime accounted_through) {
  if (plan.open()) return due >= table.CountOwned(worker, plan.total_iterations());
  const uint64_t peak = plan.users().peak();
  const uint64_t users = table.CountOwned(worker, peak);
  if (users == 0) return true;
  const ThreadShare share(table.period(), table.positions(worker), 0, 1);
  if (plan.spec().iterations) {
    uint64_t quota = 0;
    for (uint64_t i = 0; i < users; ++i) {
      quota += *plan.spec().iterations / peak +
               (share.NumberAt(i) < *plan.spec().iterations % peak ? 1 : 0);
    }
    if (due >= quota) return true;
  }
  // The lowest user joins first and leaves last.
  const std::vector<ActiveSpan> spans =
      plan.users().ActiveSpans(static_cast<uint32_t>(share.NumberAt(0)));
  return spans.empty() || accounted_through >= spans.back().to;
}

uint64_t OwnedBefore(const Plan& plan, const OwnerTable& table, uint32_t worker, RunTime end) {
  return OwnNumbers(plan, table, worker).CountBefore(end);
}

}  // namespace muster
