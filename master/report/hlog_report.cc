#include "master/report/hlog_report.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include "common/stats/hlog.h"

namespace muster {

std::string HlogReport(const RunSummary& s) {
  std::vector<HlogInterval> intervals;
  const auto add = [&](const std::string& tag, const std::vector<TimelineRow>& rows) {
    for (const TimelineRow& row : rows) {
      // The run's own empty rows stay, so that no time is missing from the log.
      if (!tag.empty() && row.response.count == 0) continue;
      intervals.push_back({tag, row.start, row.end - row.start, HistogramOf(row.response)});
    }
  };
  add("", s.timeline);
  for (const NameSummary& name : s.by_name) add(name.name, name.timeline);
  std::stable_sort(intervals.begin(), intervals.end(),
                   [](const auto& a, const auto& b) { return a.start < b.start; });
  std::ostringstream out;
  WriteHlog(s.started_at, intervals, out);
  return std::move(out).str();
}

}  // namespace muster
