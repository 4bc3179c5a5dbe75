// In which order a suite's cells run: repeat by repeat, within it plan by plan, and the targets in
// an order of their own each time, drawn from the suite's seed. So what drifts with time (a warming
// machine, a neighbour) falls on every target alike. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "master/suite/suite_spec.h"

namespace muster {

// One target under one plan, once.
struct SuiteCell {
  size_t target = 0, plan = 0;  // of the spec
  uint32_t repeat = 0;          // from 1
  bool operator==(const SuiteCell&) const = default;
};

std::vector<SuiteCell> ScheduleCells(const SuiteSpec& suite);

// The seed of a run whose plan has none: the same for every target, so that all are sent the same.
uint64_t SeedOfCell(const SuiteSpec& suite, const SuiteCell& cell);

// At least so long: loads and pauses, without starts, drains and stops.
Duration LeastTime(const SuiteSpec& suite, const std::vector<SuiteCell>& cells);

// What a cell's figures depend on, as 16 digits: the target, the plan with its text and flags, the
// cores, the program. Another text, another key, with what FNV-1a leaves to chance.
std::string KeyOfCell(const SuiteSpec& suite, const SuiteCell& cell);

}  // namespace muster
