#include "master/results/live.h"

#include <algorithm>

namespace muster {
namespace {

bool StillSends(LiveState state) { return state == LiveState::kWorking; }

// The first of the stage's segments holds its start, the last its end.
template <typename Segments, typename Level>
void LocateStage(const Segments& segments, uint16_t number, Level level, LiveStage* stage,
                 RunTime* start) {
  RunTime at;
  bool found = false;
  for (const auto& segment : segments) {
    if (segment.stage == number) {
      if (!found) {
        *start = at;
        stage->from = level(segment.from);
      }
      found = true;
      stage->to = level(segment.to);
    } else if (found) {
      break;
    }
    at = at + segment.length;
  }
}

LiveStage StageOf(const Plan& plan, RunTime at) {
  const uint16_t number = plan.StageAt(at);
  LiveStage stage;
  stage.name = plan.spec().stages[number].name;
  stage.number = number + size_t{1};
  stage.count = plan.spec().stages.size();
  RunTime start;
  if (plan.open()) {
    LocateStage(
        plan.rates().segments(), number, [](Rate rate) { return rate.per_second(); }, &stage,
        &start);
  } else {
    LocateStage(
        plan.users().segments(), number, [](uint32_t users) { return static_cast<double>(users); },
        &stage, &start);
  }
  const RunTime end = std::min(start + plan.StageLength(number), plan.load_end());
  stage.length = end - start;
  stage.elapsed = std::min(at - start, stage.length);
  return stage;
}

bool ExpectedBySome(const Plan& plan, uint16_t status) {
  return std::any_of(plan.spec().requests.begin(), plan.spec().requests.end(),
                     [&](const RequestSpec& request) { return request.expect.Contains(status); });
}

std::vector<LiveError> ErrorsOf(const RunMerger& merger) {
  const Duration interval = merger.plan().interval();
  const FirstSeen& seen = merger.first_seen();
  std::vector<LiveError> errors;
  const auto add = [&](std::string name, uint64_t count, std::optional<Sighting> first) {
    const uint32_t at = first ? first->interval : 0;
    errors.push_back({std::move(name), count, RunTime() + interval * at});
  };
  for (size_t i = 0; i < kErrorClasses; ++i) {
    const uint64_t count = merger.totals().errors[i];
    if (count == 0) continue;
    add(std::string(kErrorNames[i]), count, seen.Of(static_cast<ErrorClass>(i)));
  }
  for (const auto& [status, count] : merger.statuses().entries()) {
    if (ExpectedBySome(merger.plan(), status)) continue;
    add("status " + std::to_string(status), count, seen.OfStatus(status));
  }
  std::stable_sort(errors.begin(), errors.end(),
                   [](const LiveError& a, const LiveError& b) { return a.first > b.first; });
  return errors;
}

void AddTotals(const RunMerger& merger, LiveSnapshot* live) {
  const Counts& totals = merger.totals();
  live->due = totals.due;
  live->completed = totals.completed;
  live->failures = totals.failed + totals.unexpected;
  live->not_started = totals.not_started_total();
  for (size_t i = 0; i < kNotStartedReasons; ++i) {
    if (totals.not_started[i] == 0) continue;
    live->not_started_by.emplace_back(kNotStartedNames[i], totals.not_started[i]);
  }
  live->errors = ErrorsOf(merger);
}

}  // namespace

LiveFeed::LiveFeed(const RunMerger& merger) : merger_(merger), known_(merger.workers().size()) {}

// Up to where everything is merged of every worker that still sends.
RunTime LiveFeed::AccountedThrough(RunTime elapsed, std::span<const LiveMember> members) {
  RunTime least = elapsed;
  for (size_t i = 0; i < members.size() && i < known_.size(); ++i) {
    const WorkerTotals& worker = merger_.workers()[i];
    // A worker that has decided its last number accounts for the load's end at once, while requests
    // that end before then are still to be reported.
    if (worker.accounted_through != merger_.plan().load_end()) {
      known_[i] = worker.accounted_through;
    }
    if (worker.last || merger_.lost(static_cast<uint32_t>(i))) continue;
    if (StillSends(members[i].state)) least = std::min(least, known_[i]);
  }
  // A worker that is back may be behind what was shown without it.
  return through_ = std::max(through_, members.empty() ? RunTime() : least);
}

LiveSnapshot LiveFeed::Take(RunTime elapsed, std::span<const LiveMember> members) {
  const Plan& plan = merger_.plan();
  const RunTime at = std::clamp(elapsed, RunTime(), plan.load_end());
  LiveSnapshot live;
  live.name = plan.spec().name;
  live.elapsed = elapsed - RunTime();
  live.load_length = plan.load_end() - RunTime();
  live.draining = elapsed >= plan.load_end();
  live.open = plan.open();
  live.stage = StageOf(plan, at);
  if (plan.open()) {
    live.asked_per_s = plan.rates().At(elapsed).per_second();
  } else {
    live.users = plan.users().UsersAt(elapsed);
    live.limit = plan.spec().iterations;
  }
  AddTotals(merger_, &live);
  history_.Update(merger_.timeline(), AccountedThrough(elapsed, members));
  live.points = history_.points();
  if (live.now() != nullptr) live.in_flight = live.now()->in_flight;
  for (size_t i = 0; i < members.size(); ++i) {
    LiveWorker& shown = live.workers.emplace_back();
    shown.name = members[i].name;
    shown.state = members[i].state;
    if (i >= merger_.workers().size()) continue;
    const WorkerTotals& worker = merger_.workers()[i];
    const auto& latest = worker.watch.latest();
    if (latest && StillSends(shown.state) && elapsed - latest->until <= kFresh) {
      shown.latest = latest;
    }
    // What was in flight on a lost worker is lost, not in flight.
    const bool lost = shown.state == LiveState::kLost && live.now() != nullptr &&
                      worker.accounted_through <= live.now()->to;
    if (lost) live.in_flight -= std::min(live.in_flight, worker.in_flight);
  }
  return live;
}

}  // namespace muster
