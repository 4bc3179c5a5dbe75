#include "master/capacity/level_judge.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

constexpr Duration kSecond = Duration::Seconds(1);

// A row of a second: 1,000 due, `bad` of them bad.
LevelRow Row(uint64_t bad, uint64_t in_flight = 10) {
  LevelRow row;
  row.due = row.started = row.completed = 1'000;
  row.in_flight = in_flight;
  row.bad = {{bad, 1'000}};
  return row;
}

LevelObservation Level(std::vector<LevelRow> rows) {
  LevelObservation level;
  level.load = 1'000;
  level.row_length = kSecond;
  level.length = kSecond * static_cast<int64_t>(rows.size());
  level.rows = std::move(rows);
  return level;
}

const JudgeOptions kOnePercent{{0.01}, false, Duration::Seconds(5)};

LevelJudgement Judge(std::vector<LevelRow> rows, LevelPurpose purpose = LevelPurpose::kHold) {
  return JudgeLevel(Level(std::move(rows)), purpose, kOnePercent);
}

TEST(LevelJudgeTest, AShareAtWhatIsAllowedIsSustainedAndAboveItIsNot) {
  EXPECT_EQ(Judge(std::vector<LevelRow>(40, Row(10))).verdict, LevelVerdict::kSustained);
  const LevelJudgement above = Judge(std::vector<LevelRow>(40, Row(11)));
  EXPECT_EQ(above.verdict, LevelVerdict::kFailed);
  EXPECT_EQ(above.failure, (Limit{LimitKind::kObjective, 0}));
}

TEST(LevelJudgeTest, TheFirstQuarterIsWarmUpExceptWhenConfirming) {
  std::vector<LevelRow> rows(40, Row(0));
  for (size_t i = 0; i < 10; ++i) rows[i] = Row(500);
  EXPECT_EQ(Judge(rows).verdict, LevelVerdict::kSustained);
  EXPECT_EQ(Judge(rows).objectives[0].kept.all, 30'000U);
  EXPECT_EQ(Judge(rows, LevelPurpose::kConfirm).verdict, LevelVerdict::kFailed);
}

// 0.87 % in all, 1.3 % of the second half.
TEST(LevelJudgeTest, WhatFailsLateFails) {
  std::vector<LevelRow> rows(40, Row(0));
  for (size_t i = 20; i < 40; ++i) rows[i] = Row(13);
  const LevelJudgement judgement = Judge(rows);
  EXPECT_LE(judgement.objectives[0].kept.share(), 0.01);
  EXPECT_EQ(judgement.verdict, LevelVerdict::kFailed);
}

TEST(LevelJudgeTest, AGrowingQueueIsNotSustained) {
  std::vector<LevelRow> rows;
  for (uint64_t i = 0; i < 40; ++i) rows.push_back(Row(0, 10 + 20 * i));
  EXPECT_EQ(Judge(rows).failure, (Limit{LimitKind::kGrowing, 0}));
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = Row(0, 800 - 20 * i);
  EXPECT_EQ(Judge(rows).verdict, LevelVerdict::kSustained);
}

TEST(LevelJudgeTest, InTheClosedModelCompletionsMustNotShrink) {
  std::vector<LevelRow> rows(40, Row(0));
  for (size_t i = 0; i < rows.size(); ++i) rows[i].completed = 1'000 - 5 * i;
  JudgeOptions options = kOnePercent;
  options.closed = true;
  EXPECT_EQ(JudgeLevel(Level(rows), LevelPurpose::kHold, options).failure,
            (Limit{LimitKind::kGrowing, 0}));
  EXPECT_EQ(JudgeLevel(Level(rows), LevelPurpose::kHold, kOnePercent).failure, std::nullopt);
}

TEST(LevelJudgeTest, MoreThanTwoPercentNotStartedIsNotTheLoadThatWasAsked) {
  std::vector<LevelRow> rows(40, Row(0));
  for (LevelRow& row : rows) row.not_started = 20;
  EXPECT_EQ(Judge(rows).verdict, LevelVerdict::kSustained);
  for (LevelRow& row : rows) row.not_started = 21;
  EXPECT_EQ(Judge(rows).failure, (Limit{LimitKind::kNotDelivered, 0}));
}

TEST(LevelJudgeTest, AllowingNoneOneIsTooMany) {
  JudgeOptions options = kOnePercent;
  options.allowed = {0};
  std::vector<LevelRow> rows(40, Row(0));
  EXPECT_EQ(JudgeLevel(Level(rows), LevelPurpose::kHold, options).verdict,
            LevelVerdict::kSustained);
  rows[30] = Row(1);
  const LevelJudgement judgement = JudgeLevel(Level(rows), LevelPurpose::kHold, options);
  EXPECT_EQ(judgement.verdict, LevelVerdict::kFailed);
  EXPECT_TRUE(judgement.clear);
}

TEST(LevelJudgeTest, TheWorstObjectiveIsNamed) {
  std::vector<LevelRow> rows(40, Row(20));
  for (LevelRow& row : rows) row.bad.push_back({9, 1'000});
  JudgeOptions options = kOnePercent;
  options.allowed = {0.01, 0.001};
  EXPECT_EQ(JudgeLevel(Level(rows), LevelPurpose::kHold, options).failure,
            (Limit{LimitKind::kObjective, 1}));
}

TEST(LevelJudgeTest, GeneratorLimitedOrWithoutAnyRequestItSaysNothing) {
  LevelObservation limited = Level(std::vector<LevelRow>(40, Row(500)));
  limited.generator_limited = true;
  EXPECT_EQ(JudgeLevel(limited, LevelPurpose::kHold, kOnePercent).verdict, LevelVerdict::kVoid);
  LevelRow none;
  none.bad = {{0, 0}};
  EXPECT_EQ(Judge(std::vector<LevelRow>(40, none)).verdict, LevelVerdict::kVoid);
  EXPECT_EQ(Judge({}).verdict, LevelVerdict::kVoid);
}

}  // namespace
}  // namespace muster
