// What a capacity search came to, for other programs' eyes: Markdown for a merge request, CSV with
// a row for each level, JUnit XML for CI servers. Functions of the result alone; any thread.
#pragma once

#include <string>

#include "master/capacity_report/capacity_result.h"

namespace muster {

std::string CapacityMarkdown(const CapacityResult& result);

// Columns: search, purpose, load, unit, length_s, delivered_per_s, in_flight, p50_ms, p99_ms,
// errors, dropped_syns, verdict, reason. An unknown time is empty.
std::string CapacityCsv(const CapacityResult& result);

// One test, "capacity": failed when it is not resolved or --at-least is not sustained, an error
// when it says nothing of the target.
std::string CapacityJunit(const CapacityResult& result);

}  // namespace muster
