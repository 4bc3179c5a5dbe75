// The result as JSON, "muster-result/1": DESIGN.md's names, described by docs/result.schema.json
// and docs/output.md. A pure function of the summary; the same summary gives the same bytes: keys
// in a fixed order, times and sizes as whole numbers, null where there is no data. Any thread.
#pragma once

#include <string>

#include "master/results/summary.h"

namespace muster {

// Pretty-printed, with a line end. Text that is not UTF-8 (a name out of a plan) has its bad bytes
// replaced.
std::string JsonReport(const RunSummary& summary);

// "passed", "failed", "generator_limited", "incomplete", "interrupted", "internal_error".
std::string OutcomeName(Outcome outcome);
// "verdict", "warning", "note".
std::string SeverityName(Severity severity);

}  // namespace muster
