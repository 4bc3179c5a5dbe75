#include "master/statistics/change_point.h"

#include <gtest/gtest.h>

#include "master/statistics/percentile_interval.h"
#include "tests/master/statistics/simulated_stage.h"

namespace muster {
namespace {

using Kind = ChangePoint::Kind;

// 60 rows of about `level(row)` seconds, each off by a few per cent.
template <typename Level>
StageRows Stage(uint64_t seed, Level level) {
  StageRows stage(60, kSecond);
  StageDraws draws(seed);
  for (size_t i = 0; i < 60; ++i) {
    FillRow(i, 100, level(static_cast<double>(i)) * (0.95 + 0.1 * draws.Unit()), &stage);
  }
  return stage;
}

ChangePoint Find(const StageRows& stage) {
  return FindChangePoint(stage.views(), stage.row_length());
}

TEST(ChangePointTest, AStepEarlyOnIsAWarmUp) {
  const ChangePoint change = Find(Stage(1, [](double row) { return row < 8 ? 0.06 : 0.02; }));
  EXPECT_EQ(change.kind, Kind::kWarmUp);
  EXPECT_EQ(change.row, 8U);
  EXPECT_NEAR(change.before_ns, 60e6, 2e6);
  EXPECT_NEAR(change.after_ns, 20e6, 1e6);
}

TEST(ChangePointTest, AStepLateIsADrift) {
  const ChangePoint change = Find(Stage(2, [](double row) { return row < 45 ? 0.02 : 0.03; }));
  EXPECT_EQ(change.kind, Kind::kDrift);
  EXPECT_EQ(change.row, 45U);
  EXPECT_GT(change.after_ns, change.before_ns);
}

TEST(ChangePointTest, ASteadyRiseIsADrift) {
  EXPECT_EQ(Find(Stage(3, [](double row) { return 0.02 + 0.0005 * row; })).kind, Kind::kDrift);
}

TEST(ChangePointTest, AWarmUpThatFadesEndsWhereItIsOver) {
  const auto fading = [](double row) { return 0.02 * (1 + 2 * Exp(-row / 5)); };
  const ChangePoint change = Find(Stage(4, fading));
  EXPECT_EQ(change.kind, Kind::kWarmUp);
  EXPECT_GE(change.row, 5U);
  EXPECT_LE(change.row, 20U);
}

TEST(ChangePointTest, SmallChangesAreNone) {
  EXPECT_EQ(Find(Stage(5, [](double row) { return row < 20 ? 0.02 : 0.0217; })).kind, Kind::kNone)
      << "8.5 %";
  EXPECT_EQ(Find(Stage(5, [](double row) { return row < 20 ? 0.0005 : 0.0014; })).kind, Kind::kNone)
      << "0.9 ms";
  EXPECT_NE(Find(Stage(5, [](double row) { return row < 20 ? 0.02 : 0.023; })).kind, Kind::kNone);
}

TEST(ChangePointTest, NotJudgedIsNotNone) {
  EXPECT_EQ(Find(StageRows(29, kSecond)).kind, Kind::kNotJudged);
  StageRows sparse(60, kSecond);
  for (size_t i = 0; i < 19; ++i) FillRow(i, 100, 0.02, &sparse);
  EXPECT_EQ(Find(sparse).kind, Kind::kNotJudged);
  StageRows few(60, kSecond);
  for (size_t i = 0; i < 60; ++i) FillRow(i, i < 10 ? 15 : 16, i < 10 ? 0.09 : 0.02, &few);
  EXPECT_EQ(Find(few).kind, Kind::kNotJudged) << "950 records";
}

TEST(ChangePointTest, ConstantLatencyHasNoChangeAndACleanStepHasOne) {
  StageRows stage(60, kSecond);
  for (size_t i = 0; i < 60; ++i) stage.row(i).RecordMany(20'000'000, 20);
  EXPECT_EQ(Find(stage).kind, Kind::kNone);
  for (size_t i = 0; i < 10; ++i) stage.row(i).RecordMany(90'000'000, 20);
  EXPECT_EQ(Find(stage).kind, Kind::kWarmUp);
  EXPECT_EQ(Find(stage).row, 10U);
}

TEST(ChangePointTest, RowsAreCountedAsTheStageHasThem) {
  StageRows stage(600, Duration::Millis(100));
  StageDraws draws(6);
  for (size_t i = 0; i < 600; ++i) {
    FillRow(i, 20, (i < 100 ? 0.04 : 0.02) * (0.9 + 0.2 * draws.Unit()), &stage);
  }
  const ChangePoint change = Find(stage);
  EXPECT_EQ(change.kind, Kind::kWarmUp);
  EXPECT_EQ(change.row, 100U);
}

// Results with and without the part before: nothing more is needed than the row.
TEST(ChangePointTest, WithAndWithoutTheWarmUp) {
  const StageRows stage = Stage(7, [](double row) { return row < 10 ? 0.06 : 0.02; });
  const std::vector<RowView> views = stage.views();
  const std::span<const RowView> rows = views;
  const size_t row = FindChangePoint(rows, kSecond).row;
  const auto with = EstimatePercentile(*CutIntoSections(rows, kSecond), 99'000);
  const auto without = EstimatePercentile(*CutIntoSections(rows.subspan(row), kSecond), 99'000);
  EXPECT_GT(with->point_ns, 80e6);
  EXPECT_LT(without->point_ns, 33e6);
  EXPECT_TRUE(with->optimistic);
  EXPECT_FALSE(without->optimistic);
}

// A target twice as slow in its first ten seconds, under queueing that hides it.
TEST(ChangePointTest, AWarmUpIsFoundInAQueuesNoise) {
  int found = 0;
  StageRows stage(60, kSecond), slow(60, kSecond), both(60, kSecond);
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SimulateQueue(400, 0.7, seed, &stage);
    SimulateQueue(200, 0.7, seed, &slow);
    both.Clear();
    for (size_t i = 0; i < 60; ++i) both.row(i).Merge(i < 10 ? slow.row(i) : stage.row(i));
    const ChangePoint change = Find(both);
    found += change.kind == Kind::kWarmUp && change.row >= 8 && change.row <= 16;
  }
  EXPECT_GE(found, 25);
}

// Changes found in 400 stages of 60 rows that keep `memory` of their level from row to row.
int FalseAlarms(double memory) {
  int found = 0;
  StageRows stage(60, kSecond);
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    SimulateWandering(0.02, 0.3, memory, seed, &stage);
    found += Find(stage).kind != Kind::kNone;
  }
  return found;
}

TEST(ChangePointTest, AWanderingLevelRarelyPassesForAChange) {
  EXPECT_LE(FalseAlarms(0), 8);
  EXPECT_LE(FalseAlarms(0.5), 8);  // 2 %
  EXPECT_LE(FalseAlarms(0.7), 8);
}

// A queue near saturation wanders for as long as the stage lasts.
TEST(ChangePointTest, ASlowQueueNearSaturationRarelyPassesForAChange) {
  int found = 0;
  StageRows stage(60, kSecond), slow(60, kSecond);
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    SimulateQueue(20, 0.95, seed, &stage);
    slow.Clear();  // by 10 % and not by 1 ms is a change judged small
    for (size_t i = 0; i < 60; ++i) {
      const Histogram& row = stage.row(i);
      if (row.count() > 0)
        slow.row(i).RecordMany(static_cast<int64_t>(20 * row.mean()), row.count());
    }
    found += Find(slow).kind != Kind::kNone;
  }
  EXPECT_LE(found, 8);  // 2 %; a margin that knows nothing of memory found 42
}

}  // namespace
}  // namespace muster
