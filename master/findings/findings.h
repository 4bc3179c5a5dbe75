// Findings: what a reader of a run's numbers has to know, found by Muster itself. Each is a pure
// function of the plan and the summary, so that an old run gives the same findings again. They
// decide nothing: the verdict is results/verdict's. What each means and when it is silent:
// docs/findings.md. Any thread.
#pragma once

#include <vector>

#include "common/plan/plan.h"
#include "master/results/summary.h"

namespace muster {

// Worst first, by number within a severity. `summary.findings` is not looked at.
std::vector<Finding> FindAll(const Plan& plan, const RunSummary& summary);

// What every detector gets, and where its finding goes.
struct FindingInput {
  const Plan& plan;
  const RunSummary& summary;
};

// Shares and counts in sentences: "1 connection", "2 connections".
std::string CountOf(uint64_t n, const std::string& one);

}  // namespace muster
