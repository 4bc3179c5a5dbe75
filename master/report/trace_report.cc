#include "master/report/trace_report.h"

#include <algorithm>

#include "common/base/check.h"

namespace muster {

std::string TraceReport(std::span<const TraceEntry> entries) {
  CHECK(std::is_sorted(entries.begin(), entries.end()));
  std::string text;
  text.reserve(entries.size() * 24);
  for (const TraceEntry& entry : entries) {
    text += std::to_string(entry.k);
    text += ' ';
    text += std::to_string(entry.due.nanos());
    text += entry.started ? " 1\n" : " 0\n";
  }
  return text;
}

}  // namespace muster
