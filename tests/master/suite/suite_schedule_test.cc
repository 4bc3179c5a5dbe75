#include "master/suite/suite_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "tests/master/suite/sample_suite.h"

namespace muster {
namespace {

TEST(SuiteScheduleTest, EveryCellRunsOnceRepeatByRepeatAndPlanByPlan) {
  SuiteSpec suite = SampleSuite(3);
  suite.plans[1].repeats = 2;
  const std::vector<SuiteCell> cells = ScheduleCells(suite);
  ASSERT_EQ(cells.size(), 3u * 3 + 3u * 2);
  std::set<std::tuple<size_t, size_t, uint32_t>> seen;
  for (size_t i = 0; i < cells.size(); ++i) {
    EXPECT_TRUE(seen.emplace(cells[i].target, cells[i].plan, cells[i].repeat).second);
    // Turns of three targets: one plan, one repeat each.
    const SuiteCell& first = cells[i - i % 3];
    EXPECT_EQ(std::pair(cells[i].plan, cells[i].repeat), std::pair(first.plan, first.repeat));
    if (i > 0) {
      EXPECT_LE(cells[i - 1].repeat, cells[i].repeat);
    }
  }
}

TEST(SuiteScheduleTest, TheOrderOfTargetsIsTheSeedsAndChangesFromTurnToTurn) {
  SuiteSpec suite = SampleSuite(20);
  const std::vector<SuiteCell> cells = ScheduleCells(suite);
  EXPECT_EQ(cells, ScheduleCells(suite));
  std::vector<size_t> firsts(3);
  for (size_t i = 0; i < cells.size(); i += 3) ++firsts[cells[i].target];
  // Each of three is first in 40 / 3 turns or so: no one hardly ever.
  for (const size_t times : firsts) EXPECT_GE(times, 5u);
  suite.seed = 8;
  EXPECT_NE(cells, ScheduleCells(suite));
}

TEST(SuiteScheduleTest, AllTargetsOfATurnAreSentTheSame) {
  const SuiteSpec suite = SampleSuite(2);
  const uint64_t seed = SeedOfCell(suite, {0, 0, 1});
  EXPECT_EQ(seed, SeedOfCell(suite, {2, 0, 1}));
  EXPECT_NE(seed, SeedOfCell(suite, {0, 0, 2}));
  EXPECT_NE(seed, SeedOfCell(suite, {0, 1, 1}));
  SuiteSpec chosen = suite;  // with --plans: the place of a plan does not matter
  chosen.plans.erase(chosen.plans.begin());
  EXPECT_EQ(SeedOfCell(chosen, {0, 0, 1}), SeedOfCell(suite, {0, 1, 1}));
}

TEST(SuiteScheduleTest, LeastTimeIsLoadsAndPauses) {
  SuiteSpec suite = SampleSuite(2);
  suite.pause = Duration::Seconds(2);
  EXPECT_EQ(LeastTime(suite, ScheduleCells(suite)), Duration::Seconds(12 * 32));
  EXPECT_EQ(LeastTime(suite, {}), Duration());
}

TEST(SuiteScheduleTest, WhateverACellDependsOnChangesItsKeyAndNothingElseDoes) {
  const SuiteSpec suite = SampleSuite(2);
  const SuiteCell cell{0, 0, 1};
  const std::string key = KeyOfCell(suite, cell);
  EXPECT_EQ(key.size(), 16u);
  const auto changed = [&](auto change) {
    SuiteSpec other = suite;
    change(other);
    return KeyOfCell(other, cell) != key;
  };
  EXPECT_TRUE(changed([](SuiteSpec& s) { s.targets[0].start.push_back("x"); }));
  EXPECT_TRUE(changed([](SuiteSpec& s) { s.targets[0].start = {"{python}app.py", "alpha"}; }));
  EXPECT_TRUE(changed([](SuiteSpec& s) { s.targets[0].env = {{"A", "b"}}; }));
  EXPECT_TRUE(changed([](SuiteSpec& s) { s.targets[0].limits.cores = 1; }));
  EXPECT_TRUE(changed([](SuiteSpec& s) { s.targets[0].python = "python3"; }));
  EXPECT_TRUE(changed([](SuiteSpec& s) { s.plans[0].flags = {"--users", "1"}; }));
  EXPECT_TRUE(changed([](SuiteSpec& s) { s.plans[0].plan_text = "muster: 1"; }));
  EXPECT_TRUE(changed([](SuiteSpec& s) { s.plans[0].path = "/json"; }));
  EXPECT_TRUE(changed([](SuiteSpec& s) { s.target_cores = {2}; }));
  EXPECT_TRUE(changed([](SuiteSpec& s) { s.seed = 8; }));
  EXPECT_FALSE(changed([](SuiteSpec& s) { s.targets[1].start = {"other"}; }));
  EXPECT_FALSE(changed([](SuiteSpec& s) { s.plans[1].flags = {"other"}; }));
  EXPECT_FALSE(changed([](SuiteSpec& s) { s.plans[0].repeats = 9; }));
  EXPECT_FALSE(changed([](SuiteSpec& s) { s.targets[0].ready.within = Duration::Seconds(1); }));
  EXPECT_FALSE(changed([](SuiteSpec& s) { s.pause = Duration::Seconds(9); }));
}

}  // namespace
}  // namespace muster
