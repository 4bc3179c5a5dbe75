// Numbers as people read them, in reasons, thresholds and every report for people. Rounding never
// tells a lie that matters: a share below 100 % is never printed as 100 %, and a value on one side
// of a limit is printed with as many digits as it takes to stay on that side. Pure functions; any
// thread.
#pragma once

#include <cstdint>
#include <string>

#include "common/plan/threshold.h"
#include "common/time/time.h"

namespace muster {

// Thousands separators in the number that `text` begins with: "290112.5/s" becomes "290,112.5/s".
std::string GroupDigits(std::string text);
// "290,112"
std::string FormatCount(uint64_t n);
// "450ns", "12.1ms", "1.04s", "3600s"; zero is "0us". `digits` significant ones, 1 to 18.
std::string FormatLatency(int64_t ns, int digits = 3);
// "98.1 %", "0.04 %", "0 %", "100 %". `more` adds decimals.
std::string FormatShare(double share, int more = 0);
// "1,998/s" from 100 on, three significant digits below.
std::string FormatRatePerSecond(double per_second, int more = 0);
// A span of a run, to a tenth of a second: "2m10s", "5s", "0.8s"; below a tenth in whole "30ms".
std::string FormatSpan(Duration span);
// A point of a run: "0:47", "1:02:03"; with a decimal below ten seconds of it: "0:04.2".
std::string FormatRunClock(RunTime at);

bool Satisfies(double observed, Threshold::Op op, double limit);
std::string FormatOp(Threshold::Op op);
// The observed value in the unit of the threshold's limit, on the right side of it.
std::string FormatObserved(const Threshold& threshold, double observed);
// "< 400ms", ">= 99 %", "< 400ms over 10s for 30s", "< 1 % with 95 % confidence"
std::string FormatWanted(const Threshold& threshold);

}  // namespace muster
