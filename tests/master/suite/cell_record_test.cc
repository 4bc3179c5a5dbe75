#include "master/suite/cell_record.h"

#include <gtest/gtest.h>

#include "tests/master/suite/sample_suite.h"

namespace muster {
namespace {

TEST(CellRecordTest, EveryStateReadsBackAsItWasWritten) {
  CellRecord run = MeasuredCell("alpha", "text", 2, 100);
  run.figures->reasons = {"threshold failed: \"x\"", "another"};
  run.figures->findings = {"think_time_bound"};
  run.figures->generator_limited = true;
  run.figures->exit_code = 4;
  run.use.others_on_target_cores = 0.5;
  run.use.others_on_generator_cores = 0.25;
  run.not_enforced = {"cores: 9 asked"};
  for (const CellRecord& cell :
       {run, SearchedCell("beta", 1, 1890),
        UnmeasuredCell("gamma", "text", 1, CellState::kNeedsMissing, "install: it"),
        UnmeasuredCell("gamma", "text", 1, CellState::kNotMeasured, "port 1 is in use"),
        UnmeasuredCell("gamma", "text", 1, CellState::kInterrupted, "interrupted")}) {
    const auto back = ReadCell(CellJson(cell));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, cell);
  }
}

TEST(CellRecordTest, WhatIsTornOrSomethingElseIsRefused) {
  const std::string good = CellJson(MeasuredCell("alpha", "text", 1, 100));
  for (size_t cut = 0; cut < good.size() - 2; cut += 7) {
    EXPECT_FALSE(ReadCell(good.substr(0, cut)).ok()) << cut;
  }
  EXPECT_FALSE(ReadCell("{}").ok());
  EXPECT_FALSE(ReadCell("[]").ok());
  std::string other = good;
  other.replace(other.find("muster-suite-cell/1"), 19, "muster-suite-cell/9");
  EXPECT_FALSE(ReadCell(other).ok());
  CellRecord empty = UnmeasuredCell("alpha", "text", 1, CellState::kMeasured, "");
  EXPECT_FALSE(ReadCell(CellJson(empty)).ok());
}

}  // namespace
}  // namespace muster
