#include "master/schedule/losses.h"

#include <algorithm>
#include <vector>

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
  // The first one after `i` that is due at `t` or later, at most `last`. In growing steps, then
  // halving the one that went too far: a due time costs more than all else.
  uint64_t NextDueFrom(RunTime t, uint64_t i, uint64_t last) {
    uint64_t step = 1;
    while (i + step < last && DueAt(i + step) < t) {
      i += step;
      step *= 2;
    }
    uint64_t low = i + 1;
    uint64_t high = std::min(i + step, last);
    while (low < high) {
      const uint64_t middle = low + (high - low) / 2;
      (DueAt(middle) < t) ? low = middle + 1 : high = middle;
    }
    return high;
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

// The end of the segment that holds `t`: up to there the stage is the same.
RunTime SegmentEnd(const LoadProfile& profile, RunTime t) {
  RunTime end;
  for (const RateSegment& segment : profile.segments()) {
    end += segment.length;
    if (t < end) break;
  }
  return end;
}

// How many of the own numbers [from, to) run each request.
std::vector<uint64_t> CountByName(const Plan& plan, const OwnNumbers& own, uint64_t from,
                                  uint64_t to) {
  std::vector<uint64_t> counts(plan.spec().requests.size());
  if (counts.size() == 1) {
    counts[0] = to - from;
    return counts;
  }
  for (uint64_t i = from; i < to; ++i) ++counts[plan.RequestOf(own.NumberAt(i))];
  return counts;
}

// All own numbers [from, to) as due and not started.
void LoseCells(const Plan& plan, OwnNumbers* own, uint64_t from, uint64_t to, CellMap* cells) {
  const int64_t length = plan.interval().nanos() * IntervalsPerCell(plan);
  while (from < to) {
    const RunTime due = own->DueAt(from);
    const int64_t place = due.nanos() / length;
    const RunTime place_end = RunTime::FromNanos((place + 1) * length);
    const RunTime end = std::min(place_end, SegmentEnd(plan.rates(), due));
    const uint64_t next = own->NextDueFrom(end, from, to);
    const std::vector<uint64_t> by_name = CountByName(plan, *own, from, next);
    for (uint16_t name = 0; name < by_name.size(); ++name) {
      if (by_name[name] == 0) continue;
      const auto interval = static_cast<uint32_t>(place * IntervalsPerCell(plan));
      Counts& counts = (*cells)[CellKey{interval, plan.StageAt(due), name}].counts;
      counts.due += by_name[name];
      counts.not_started[static_cast<size_t>(NotStarted::kWorkerLost)] += by_name[name];
    }
    from = next;
  }
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
  LoseCells(plan, &own, end.due, expected, &loss->not_started);
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
