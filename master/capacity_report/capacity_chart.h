// Latency against load, drawn with characters: p99 and p50 of each level, and the line of an
// objective on time. Both axes are logarithmic. Pure; any thread.
//
//   ● or o  a level that held    × or x  one that failed    ?  one that says nothing of the target
//   · or .  its p50              ─ or -  the objective's time
//
// A p99 that falls among the failed stands at the top.
#pragma once

#include <string>

#include "master/capacity_report/capacity_result.h"
#include "master/report/text_style.h"

namespace muster {

inline constexpr size_t kChartRows = 12;

// Lines with their ends; empty for levels of fewer than two loads.
std::string CapacityChart(const TextStyle& style, const CapacityResult& result);

}  // namespace muster
