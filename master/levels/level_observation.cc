#include "master/levels/level_observation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "common/base/check.h"
#include "master/results/format.h"
#include "master/results/generator_faults.h"
#include "master/results/threshold_eval.h"
#include "master/results/verdict.h"

namespace muster {
namespace {

using Metric = Threshold::Metric;

// Rows of all time lines of a level: as long as the longest's. Those of one time line are 2^n
// intervals, so longer ones are made of whole shorter ones.
struct Grid {
  Duration row;
  size_t rows = 0;  // whole ones in the load phase, one at least
};

size_t Each(const Timeline& timeline, const Grid& grid) {
  return static_cast<size_t>(grid.row.nanos() / timeline.row_length().nanos());
}

// Row `i` of the grid; the last one takes in what comes after it.
Timeline::Row RowOf(const Timeline& timeline, const Grid& grid, size_t i) {
  const size_t each = Each(timeline, grid);
  const size_t all = timeline.rows().size();
  const size_t first = std::min(all, i * each);
  const size_t last = i + 1 == grid.rows ? all : std::min(all, (i + 1) * each);
  return timeline.Window(first, last);
}

uint64_t InFlightAt(const Timeline& timeline, const Grid& grid, size_t i) {
  const size_t each = Each(timeline, grid);
  if (timeline.rows().empty()) return 0;
  return timeline.InFlightAtEnd(std::min((i + 1) * each, timeline.rows().size()) - 1);
}

const Timeline& TimelineOf(const RunMerger& merger, const Threshold& share) {
  const std::optional<Scope> scope = merger.ScopeOf(share);
  const Timeline* timeline = scope ? merger.TimelineOf(*scope) : nullptr;
  CHECK(timeline != nullptr) << "a threshold without a time line: " << share.expression;
  return *timeline;
}

uint64_t CutByDrain(const RunMerger& merger, const Threshold& share) {
  const std::optional<Scope> scope = merger.ScopeOf(share);
  CHECK(scope.has_value());
  return merger.Select(*scope).counts.errors[static_cast<size_t>(ErrorClass::kDrainCut)];
}

bool OnTime(const Objective& objective) {
  return objective.kind == Objective::Kind::kShare && objective.share.metric == Metric::kWithin;
}

ShareCount BadIn(const Timeline::Row& row, const Threshold& share, size_t within_index) {
  switch (share.metric) {
    case Metric::kWithin: {
      const uint64_t judged = row.completed + row.failed + row.not_started;
      const uint64_t in_time = within_index < row.within.size() ? row.within[within_index] : 0;
      return {judged - std::min(judged, in_time), judged};
    }
    case Metric::kErrorRate:
      return {row.failed + row.unexpected, row.completed + row.failed};
    default:
      return {row.not_started, std::max(row.due, row.not_started)};
  }
}

uint64_t DroppedSyns(const Counts& counts) {
  return counts.slow_connect + counts.errors[static_cast<size_t>(ErrorClass::kConnectTimeout)];
}

// By rows, the share of one objective.
std::vector<ShareCount> BadByRow(const RunMerger& merger, const Objective& objective,
                                 const Grid& grid, bool cut_is_late) {
  std::vector<ShareCount> bad(grid.rows);
  if (objective.kind == Objective::Kind::kDroppedSyns) {
    const Counts& counts = merger.totals();
    bad.back() = {DroppedSyns(counts), std::max(DroppedSyns(counts), counts.connects)};
    return bad;
  }
  const Timeline& timeline = TimelineOf(merger, objective.share);
  const size_t index = WithinIndex(merger.plan(), objective.share);
  for (size_t i = 0; i < grid.rows; ++i) {
    bad[i] = BadIn(RowOf(timeline, grid, i), objective.share, index);
  }
  if (cut_is_late && objective.share.metric == Metric::kErrorRate) {
    const uint64_t cut = std::min(CutByDrain(merger, objective.share), bad.back().hits);
    bad.back().hits -= cut;
    bad.back().all -= cut;
  }
  return bad;
}

Grid GridOf(const RunMerger& merger, std::span<const Objective> objectives, Duration length) {
  Grid grid{merger.timeline().row_length(), 0};
  for (const Objective& objective : objectives) {
    if (objective.kind != Objective::Kind::kShare) continue;
    grid.row = std::max(grid.row, TimelineOf(merger, objective.share).row_length());
  }
  grid.rows = static_cast<size_t>(std::max<int64_t>(1, length.nanos() / grid.row.nanos()));
  return grid;
}

// Rows after the first quarter, which is warm-up.
size_t FirstKept(const Grid& grid) { return grid.rows / 4; }

void AddMeans(const Timeline& timeline, const Grid& grid, LevelObservation* level) {
  double in_flight = 0;
  const size_t each = Each(timeline, grid);
  const size_t all = timeline.rows().size();
  const Timeline::Row kept =
      timeline.Window(std::min(all, FirstKept(grid) * each), std::min(all, grid.rows * each));
  const uint64_t delivered = kept.completed - std::min(kept.completed, kept.unexpected);
  for (size_t i = FirstKept(grid); i < grid.rows; ++i) {
    in_flight += static_cast<double>(level->rows[i].in_flight);
  }
  const auto rows = static_cast<double>(grid.rows - FirstKept(grid));
  level->in_flight_mean = in_flight / rows;
  const Duration span = grid.row * static_cast<int64_t>(grid.rows - FirstKept(grid));
  level->delivered_per_s = static_cast<double>(delivered) * 1e9 / static_cast<double>(span.nanos());
}

double OrInfinity(const std::optional<int64_t>& ns, uint64_t count) {
  if (ns) return static_cast<double>(*ns);
  return count == 0 ? 0 : std::numeric_limits<double>::infinity();
}

// The shortest time of the objectives that are broken; nullopt: none on time is.
std::optional<Duration> BrokenTime(const RunSummary& summary,
                                   std::span<const Objective> objectives) {
  std::optional<Duration> shortest;
  for (const Objective& objective : objectives) {
    if (!OnTime(objective)) continue;
    const bool broken =
        std::any_of(summary.thresholds.begin(), summary.thresholds.end(),
                    [&](const auto& t) { return t.threshold == objective.share && !t.passed; });
    const Duration time = objective.share.within;
    if (broken && (!shortest || time < *shortest)) shortest = time;
  }
  return shortest;
}

// Why a broken objective on time may be this worker's doing; empty: it is not.
std::string WorkerReason(const WorkerSummary& worker, bool open, Duration time) {
  if (worker.busy > kBusyShare) {
    return worker.name + " was busy " + FormatShare(worker.busy) +
           " of its time: the times hold its own waiting";
  }
  const int64_t lag = worker.lag.p99_ns.value_or(0);
  if (open && lag > time.nanos() / kLagPart) {
    return worker.name + " was " + FormatLatency(lag) +
           " late at p99: it may have been as late to read what had come";
  }
  const double red = worker.seconds == 0 ? 0
                                         : static_cast<double>(worker.red_seconds) /
                                               static_cast<double>(worker.seconds);
  if (open || red <= kRedLevelShare) return "";
  return worker.name + " could not keep up for " + FormatShare(red) + " of its seconds";
}

// Each objective holds over the rows that are kept.
bool Holds(const LevelObservation& level, std::span<const Objective> objectives, size_t first) {
  for (size_t o = 0; o < objectives.size(); ++o) {
    ShareCount kept;
    for (size_t i = first; i < level.rows.size(); ++i) kept.Add(level.rows[i].bad[o]);
    const bool share = objectives[o].kind == Objective::Kind::kShare;
    if (kept.share() > (share ? AllowedBad(objectives[o]) : 0)) return false;
  }
  return true;
}

// Why the generator could have changed the answer; empty: it could not. `holds`: the level kept to
// the objectives, so that all that matters is whether the load was there.
std::string GeneratorReason(const RunSummary& summary, std::span<const Objective> objectives,
                            bool holds) {
  const Counts& counts = summary.counts;
  const uint64_t undelivered = NotStartedByGenerator(counts) + FailedByGenerator(counts);
  const bool delivered =
      static_cast<double>(undelivered) <= kNotDeliveredShare * static_cast<double>(counts.due);
  if (!delivered || (!holds && summary.verdict.generator_limited)) {
    // In its own words where there are some.
    for (const std::string& reason : summary.verdict.reasons) {
      if (reason.find("generator") != reason.npos) return reason;
    }
    return "the generator could have changed the answer";
  }
  const std::optional<Duration> time = holds ? std::nullopt : BrokenTime(summary, objectives);
  if (!time) return "";
  for (const WorkerSummary& worker : summary.workers) {
    const std::string reason = WorkerReason(worker, summary.model == "open", *time);
    if (!reason.empty()) return reason;
  }
  return "";
}

}  // namespace

LevelObservation ObserveLevel(const RunMerger& merger, const RunSummary& summary,
                              std::span<const Objective> objectives, double load, Duration spent) {
  LevelObservation level;
  level.load = load;
  level.length = summary.load_duration;
  level.spent = spent;
  const Grid grid = GridOf(merger, objectives, level.length);
  level.row_length = grid.row;
  const Timeline& timeline = merger.timeline();
  for (size_t i = 0; i < grid.rows; ++i) {
    const Timeline::Row row = RowOf(timeline, grid, i);
    level.rows.push_back({.due = row.due,
                          .started = row.started,
                          .completed = row.completed,
                          .failed = row.failed,
                          .not_started = row.not_started,
                          .in_flight = InFlightAt(timeline, grid, i),
                          .bad = {}});
  }
  const bool cut_is_late = std::any_of(objectives.begin(), objectives.end(), OnTime);
  for (const Objective& objective : objectives) {
    const std::vector<ShareCount> bad = BadByRow(merger, objective, grid, cut_is_late);
    for (size_t i = 0; i < grid.rows; ++i) level.rows[i].bad.push_back(bad[i]);
  }
  AddMeans(timeline, grid, &level);
  const Counts& counts = merger.totals();
  level.dropped_syns = DroppedSyns(counts);
  level.completed = counts.load_completed;
  level.errors =
      counts.failed + counts.unexpected - counts.errors[static_cast<size_t>(ErrorClass::kDrainCut)];
  const LatencySummary& response = summary.latency.response_all;
  level.p50_ns = OrInfinity(response.p50_ns, response.count);
  level.p99_ns = OrInfinity(response.p99_ns, response.count);
  level.generator_reason =
      GeneratorReason(summary, objectives, Holds(level, objectives, FirstKept(grid)));
  level.generator_limited = !level.generator_reason.empty();
  level.interrupted = summary.verdict.outcome == Outcome::kInterrupted;
  return level;
}

}  // namespace muster
