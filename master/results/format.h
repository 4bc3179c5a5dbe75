// Numbers as people read them, in reasons, thresholds and every report for people. Rounding never
// tells a lie that matters: a share below 100 % is never printed as 100 %, and a value on one side
// of a limit is printed with as many digits as it takes to stay on that side. Pure functions; any
// thread.
#pragma once

#include <cstdint>
#include <string>

#include "common/plan/run_text.h"
#include "common/plan/threshold.h"

namespace muster {

// "450ns", "12.1ms", "1.04s", "3600s"; zero is "0us". `digits` significant ones, 1 to 18.
std::string FormatLatency(int64_t ns, int digits = 3);
// "98.1 %", "0.04 %", "0 %", "100 %". `more` adds decimals.
std::string FormatShare(double share, int more = 0);
// "1,998/s" from 100 on, three significant digits below.
std::string FormatRatePerSecond(double per_second, int more = 0);

bool Satisfies(double observed, Threshold::Op op, double limit);
std::string FormatOp(Threshold::Op op);
// The observed value in the unit of the threshold's limit, on the right side of it.
std::string FormatObserved(const Threshold& threshold, double observed);
// "< 400ms", ">= 99 %", "< 400ms over 10s for 30s", "< 1 % with 95 % confidence"
std::string FormatWanted(const Threshold& threshold);

}  // namespace muster
