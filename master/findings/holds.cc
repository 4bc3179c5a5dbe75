#include "master/findings/holds.h"

#include <algorithm>
#include <utility>

namespace muster {
namespace {

double LevelOf(Rate rate) { return rate.per_second(); }
double LevelOf(uint32_t users) { return users; }

template <typename Segments>
std::vector<Hold> HoldsIn(const Segments& segments, const Plan& plan, RunTime load_end) {
  std::vector<Hold> holds;
  RunTime at;
  for (const auto& segment : segments) {
    const RunTime from = std::exchange(at, at + segment.length);
    if (from >= load_end || segment.from != segment.to) continue;
    const bool measured = plan.spec().stages[segment.stage].measure;
    const Hold hold{from, std::min(at, load_end), LevelOf(segment.to), measured};
    const bool goes_on = !holds.empty() && holds.back().to == from &&
                         holds.back().level == hold.level && holds.back().measured == measured;
    if (goes_on) {
      holds.back().to = hold.to;
    } else {
      holds.push_back(hold);
    }
  }
  return holds;
}

}  // namespace

std::vector<Hold> HoldsOf(const Plan& plan, RunTime load_end) {
  return plan.open() ? HoldsIn(plan.rates().segments(), plan, load_end)
                     : HoldsIn(plan.users().segments(), plan, load_end);
}

std::span<const TimelineRow> RowsIn(const RunSummary& summary, RunTime from, RunTime to) {
  const std::vector<TimelineRow>& rows = summary.timeline;
  const auto first = std::find_if(rows.begin(), rows.end(),
                                  [&](const TimelineRow& row) { return row.start >= from; });
  const auto last =
      std::find_if(first, rows.end(), [&](const TimelineRow& row) { return row.end > to; });
  return {first, last};
}

}  // namespace muster
