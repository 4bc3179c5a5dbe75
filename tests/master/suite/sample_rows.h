// A made-up result of a suite with everything in it that a table can show.
#pragma once

#include "master/suite/suite_rows.h"
#include "tests/master/suite/sample_suite.h"

namespace muster {

inline SuiteResult SampleSuiteResult() {
  SuiteSpec suite = SampleSuite(1);
  suite.name = "sample <suite>";
  std::vector<CellRecord> cells = {MeasuredCell("alpha", "text", 1, 1234.5),
                                   MeasuredCell("beta", "text", 1, 98'765),
                                   SearchedCell("alpha", 1, 1890)};
  cells[1].figures->generator_limited = true;
  cells[1].figures->outcome = "generator_limited";
  cells[1].figures->reasons = {"the generator's core was busy, \"as said\""};
  cells[1].figures->findings = {"generator_saturated"};
  cells[1].not_enforced = {"memory: no memory controller of cgroups is there for this process"};
  cells[0].use.others_on_target_cores = 0.38;
  CellRecord least = SearchedCell("beta", 1, 1);
  least.figures->capacity = CapacityFigures{
      .axis = "rate",
      .per_s = {std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt, 40'000},
      .users = std::nullopt,
      .limited_by = "",
      .resolved = false,
      .text = "in words"};
  least.figures->outcome = "generator_limited";
  least.figures->generator_limited = true;
  least.figures->reasons = {"at least 40,000/s: add workers"};
  cells.push_back(least);
  for (const char* plan : {"text", "capacity"}) {
    cells.push_back(UnmeasuredCell("gamma", plan, 1, CellState::kNeedsMissing,
                                   "install: gamma (No module named 'gamma')"));
  }
  SuiteResult result;
  result.tool_version = "1.2.3";
  result.started_at = "2024-02-29T12:34:56.789Z";
  result.host = "bench";
  result.kernel = "Linux 6.1";
  result.cpu = "Made-up CPU";
  result.cores = 2;
  result.notes = {"a note"};
  FillRows(suite, cells, &result);
  return result;
}

}  // namespace muster
