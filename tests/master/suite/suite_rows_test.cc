#include "master/suite/suite_rows.h"

#include <gtest/gtest.h>

#include "tests/master/suite/sample_suite.h"

namespace muster {
namespace {

// Of the plan "text" alone.
SuiteResult RowsFor(std::vector<CellRecord> cells, uint32_t repeats = 1, bool interrupted = false) {
  SuiteSpec suite = SampleSuite(repeats);
  suite.plans.pop_back();
  SuiteResult result;
  result.interrupted = interrupted;
  FillRows(suite, cells, &result);
  return result;
}

// Repeats of a target, one for each rate.
void AddRuns(const std::string& target, const std::vector<double>& rates,
             std::vector<CellRecord>* cells) {
  for (size_t i = 0; i < rates.size(); ++i) {
    cells->push_back(MeasuredCell(target, "text", static_cast<uint32_t>(i + 1), rates[i]));
  }
}

TEST(SuiteRowsTest, AllFiguresOfARowAreOfItsMedianRepeat) {
  std::vector<CellRecord> cells;
  AddRuns("alpha", {300, 100, 200}, &cells);
  cells[2].use.target_cpu = 0.77;
  const SuiteRow row = RowsFor(cells, 3).rows[0];
  EXPECT_EQ(row.shown_repeat, 3u);
  EXPECT_EQ(row.figures, cells[2].figures);
  EXPECT_EQ(row.use.target_cpu, 0.77);
  EXPECT_EQ(row.repeats.size(), 3u);
  EXPECT_EQ(row.repeats[0].figures->rate_per_s, 300);
  EXPECT_EQ(row.version, "alpha 1.0");
}

TEST(SuiteRowsTest, OfAnEvenNumberTheWorseOfTheMiddleIsShown) {
  std::vector<CellRecord> cells;
  AddRuns("alpha", {400, 100, 300, 200}, &cells);
  EXPECT_EQ(RowsFor(cells, 4).rows[0].figures->rate_per_s, 200);
}

TEST(SuiteRowsTest, ARunWithoutTheFigureIsTheWorst) {
  SuiteSpec suite = SampleSuite(3);
  suite.plans[0].rank_by = RankBy::kP99;
  std::vector<CellRecord> cells;
  AddRuns("alpha", {100, 200, 300}, &cells);
  cells[1].figures->p99_ns = std::nullopt;  // among the failed
  SuiteResult result;
  FillRows(suite, cells, &result);
  EXPECT_EQ(result.rows[0].shown_repeat, 1u);  // p99: 300/s has the best, 200/s none
}

TEST(SuiteRowsTest, RanksAreBySignificance) {
  std::vector<CellRecord> cells;
  AddRuns("alpha", {100, 101, 102, 103, 104}, &cells);
  AddRuns("beta", {100.5, 101.5, 102.5, 103.5, 104.5}, &cells);
  AddRuns("gamma", {900, 910, 920, 930, 940}, &cells);
  const SuiteResult result = RowsFor(cells, 5);
  EXPECT_EQ(result.rows[0].rank, "2–3");
  EXPECT_EQ(result.rows[1].rank, "2–3");
  EXPECT_EQ(result.rows[2].rank, "1");
  EXPECT_EQ(result.plans[0].text, "");
  EXPECT_EQ(result.exit_code, 0);
}

TEST(SuiteRowsTest, TooFewRepeatsGiveNoRanksAndSayHowManyWould) {
  std::vector<CellRecord> cells;
  AddRuns("alpha", {100}, &cells);
  AddRuns("beta", {200}, &cells);
  AddRuns("gamma", {900}, &cells);
  const SuiteResult result = RowsFor(cells);
  for (const SuiteRow& row : result.rows) EXPECT_EQ(row.rank, "");
  EXPECT_EQ(result.plans[0].text, "no ranks: 1 repeat can't tell 3 targets apart; 5 could");
}

TEST(SuiteRowsTest, AGeneratorLimitedRepeatMakesTheRowSoAndLeavesItOutOfTheRanks) {
  std::vector<CellRecord> cells;
  AddRuns("alpha", {100, 101, 102, 103, 104}, &cells);
  AddRuns("beta", {500, 501, 502, 503, 504}, &cells);
  AddRuns("gamma", {900, 910, 920, 930, 940}, &cells);
  cells[13].figures->generator_limited = true;
  cells[13].figures->outcome = "generator_limited";
  cells[13].figures->reasons = {"the generator was busy", "and late"};
  const SuiteResult result = RowsFor(cells, 5);
  EXPECT_EQ(result.rows[2].verdict, "generator_limited");
  EXPECT_EQ(result.rows[2].reason, "in 1 of 5 repeats: the generator was busy (and 1 more)");
  EXPECT_EQ(result.rows[2].rank, "");
  EXPECT_EQ(result.rows[1].rank, "1");
  EXPECT_EQ(result.plans[0].text, "ranks are among the 2 targets that passed in every repeat");
  EXPECT_EQ(result.exit_code, 0);  // it was measured
}

TEST(SuiteRowsTest, AFailedRepeatIsTheRowsVerdictThoughTheMedianPassed) {
  std::vector<CellRecord> cells;
  AddRuns("alpha", {100, 101, 102}, &cells);
  cells[2].figures->outcome = "failed";
  cells[2].figures->reasons = {"threshold failed"};
  const SuiteRow row = RowsFor(cells, 3).rows[0];
  EXPECT_EQ(row.verdict, "failed");
  EXPECT_EQ(row.reason, "in 1 of 3 repeats: threshold failed");
}

TEST(SuiteRowsTest, WhatCouldNotBeMeasuredKeepsItsRowAndReason) {
  std::vector<CellRecord> cells;
  AddRuns("alpha", {100}, &cells);
  cells.push_back(UnmeasuredCell("alpha", "text", 2, CellState::kNotMeasured, "the target ended"));
  for (const uint32_t repeat : {1U, 2U}) {
    cells.push_back(
        UnmeasuredCell("beta", "text", repeat, CellState::kNeedsMissing, "install: it"));
    cells.push_back(UnmeasuredCell("gamma", "text", repeat, CellState::kNotMeasured, "no port"));
  }
  const SuiteResult result = RowsFor(cells, 2);
  EXPECT_EQ(result.rows[0].verdict, "passed");
  EXPECT_EQ(result.rows[0].reason, "only 1 of 2 repeats were measured: the target ended");
  EXPECT_EQ(result.rows[1].verdict, "needs_missing");
  EXPECT_EQ(result.rows[1].reason, "install: it");
  EXPECT_EQ(result.rows[2].verdict, "not_measured");
  EXPECT_EQ(result.rows[2].figures, std::nullopt);
  EXPECT_EQ(result.exit_code, 3);
}

TEST(SuiteRowsTest, ExitCodesAreTheDocumentedOnes) {
  std::vector<CellRecord> whole;
  for (const char* target : {"alpha", "beta"}) AddRuns(target, {100}, &whole);
  auto foreseen = whole;
  foreseen.push_back(UnmeasuredCell("gamma", "text", 1, CellState::kNeedsMissing, "install: it"));
  EXPECT_EQ(RowsFor(foreseen).exit_code, 0);
  auto lost = whole;
  lost.push_back(UnmeasuredCell("gamma", "text", 1, CellState::kNotMeasured, "no port"));
  EXPECT_EQ(RowsFor(lost).exit_code, 3);
  const SuiteResult interrupted = RowsFor(whole, 1, true);
  EXPECT_EQ(interrupted.exit_code, 5);
  EXPECT_EQ(interrupted.rows[2].verdict, "interrupted");
  EXPECT_EQ(interrupted.rows[2].reason, "not run yet");
}

TEST(SuiteRowsTest, SearchesRankByCapacityWhereTheyAreResolved) {
  const SuiteSpec suite = SampleSuite(5);
  std::vector<CellRecord> cells;
  for (uint32_t repeat = 1; repeat <= 5; ++repeat) {
    cells.push_back(SearchedCell("alpha", repeat, 1000 + repeat));
    cells.push_back(SearchedCell("beta", repeat, 2000 + repeat));
    cells.push_back(SearchedCell("gamma", repeat, 3000 + repeat));
  }
  cells[2].figures->capacity->resolved = false;
  SuiteResult result;
  FillRows(suite, cells, &result);
  ASSERT_EQ(result.rows.size(), 6u);  // plan by plan
  EXPECT_EQ(result.rows[3].plan, "capacity");
  EXPECT_EQ(result.rows[3].rank, "2");
  EXPECT_EQ(result.rows[4].rank, "1");
  EXPECT_EQ(result.rows[5].rank, "");
  EXPECT_EQ(result.rows[3].figures->capacity->per_s.estimate, 1003);
}

}  // namespace
}  // namespace muster
