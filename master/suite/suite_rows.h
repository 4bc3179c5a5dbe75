// The rows of a suite's table: one for each target under each plan, out of the cells that were run.
// Decides which repeat a row shows, its verdict, its reason, and its rank:
//
// - All figures of a row are of one repeat: the median one by the plan's ranking figure (of an even
//   number the worse of the two in the middle), so that they belong together.
// - A row is ranked if every repeat was measured, none was limited by the generator, and every run
//   passed (a search: was resolved). Ranks are ranking.h's, over the rows that can be.
// - A row is disturbed when something else took more than a tenth of a core of its cores.
// - A row with a generator-limited repeat is generator-limited: such a figure is not the target's.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "master/suite/cell_record.h"
#include "master/suite/suite_spec.h"

namespace muster {

// One repeat, as the row's `repeats` list it.
struct SuiteRepeat {
  uint32_t repeat = 0;
  CellState state = CellState::kNotMeasured;
  std::string reason;
  std::optional<CellFigures> figures;
  HostUse use;
};

struct SuiteRow {
  std::string target, plan, version;
  std::string command;  // "run", "find-capacity"
  std::string load;     // "50 users", "2,000/s"
  uint32_t repeats_wanted = 0, repeats_measured = 0;
  uint32_t shown_repeat = 0;           // whose figures these are; 0: none was measured
  std::optional<CellFigures> figures;  // of that repeat
  HostUse use;                         // likewise
  // "passed", "failed", "generator_limited", ... as a run's; "needs_missing", "not_measured",
  // "interrupted": not measured.
  std::string verdict;
  std::string reason;  // why it is not passed, not whole or not ranked; empty: nothing to say
  std::string rank;    // "1", "2–4"; empty: none
  std::vector<std::string> not_enforced;
  std::string disturbed;  // by what else ran on the cores while it was measured; empty: by nothing
  std::vector<SuiteRepeat> repeats;
};

// What is said of a plan as a whole.
struct SuitePlanNote {
  std::string plan;
  std::string rank_by;
  std::string text;  // why there are no ranks; empty: there are, or none were wanted
};

struct SuiteResult {
  std::string name, tool_version, started_at;  // UTC
  uint64_t seed = 0;
  bool quick = false;
  bool interrupted = false;
  std::string target_cores, generator_cores;
  std::string host, kernel, cpu;
  int cores = 0;
  std::vector<SuiteRow> rows;  // plan by plan, in the file's order
  std::vector<SuitePlanNote> plans;
  std::vector<std::string> notes;
  int exit_code = 0;
};

// Fills in rows, plans, exit_code and what the suite itself says. `cells`: at most one for each
// target, plan and repeat; what is missing wasn't run. `interrupted` is given.
void FillRows(const SuiteSpec& suite, const std::vector<CellRecord>& cells, SuiteResult* result);

// The ranking figure of one run; nullopt: it has none.
std::optional<double> RankFigure(RankBy by, const CellFigures& figures);

}  // namespace muster
