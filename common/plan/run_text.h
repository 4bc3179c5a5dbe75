// Counts and times of a run as people read them, the same in what the run's own log says and in
// every report. Rounded; what parses back exactly is in units.h. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "common/time/time.h"

namespace muster {

// Thousands separators in the number that `text` begins with: "290112.5/s" becomes "290,112.5/s".
std::string GroupDigits(std::string text);
// "290,112"
std::string FormatCount(uint64_t n);
// A span of a run, to a tenth of a second: "2m10s", "5s", "0.8s"; below a tenth in whole "30ms".
std::string FormatSpan(Duration span);
// A point of a run: "0:47", "1:02:03"; with a decimal below ten seconds of it: "0:04.2".
std::string FormatRunClock(RunTime at);

}  // namespace muster
