// HdrHistogram's interval log, format 1.3 (.hlog): one line per interval with its times, its
// maximum and its histogram as base64 of the compressed V2 encoding. Read and written by
// HdrHistogram's own tools. Pure functions; a hostile log gives a Status. Limit: 100,000 intervals.
#pragma once

#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/stats/histogram.h"
#include "common/time/time.h"

namespace muster {

// One line of an .hlog file.
struct HlogInterval {
  std::string tag;  // empty: none; written with '_' for commas, spaces and control characters
  RunTime start;    // >= 0
  Duration length;  // >= 0
  Histogram histogram;
};

// Writes the log with its header; times are seconds after `base`, to the nanosecond, and the
// maximum is in milliseconds.
void WriteHlog(WallTime base, std::span<const HlogInterval> intervals, std::ostream& out);

// Starts are those in the file: after its base time, or after its start time if they are absolute,
// in which case none may lie before it. Sum, min and max are as DecodeV2 makes them. Errors name
// the 1-based line.
StatusOr<std::vector<HlogInterval>> ReadHlog(std::string_view text);

}  // namespace muster
