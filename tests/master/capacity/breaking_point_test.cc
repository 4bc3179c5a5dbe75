#include "master/capacity/breaking_point.h"

#include <gtest/gtest.h>

#include "tests/master/capacity/level_builder.h"

namespace muster {
namespace {

JudgedLevel Delivering(double load, double delivered, bool sustained) {
  JudgedLevel level = MadeLevel(load, 5, sustained);
  level.observation.delivered_per_s = delivered;
  level.observation.in_flight_mean = load / 10;
  return level;
}

TEST(BreakingPointTest, TheKneeIsTheLowestFailedThatDeliversUnder98Percent) {
  std::vector<JudgedLevel> levels{Delivering(300, 200, false), Delivering(100, 97, true),
                                  Delivering(200, 197, false), Delivering(250, 244, false)};
  EXPECT_EQ(FindKnee(levels, false), 250);
  levels.resize(1);
  levels[0].judgement.verdict = LevelVerdict::kVoid;
  EXPECT_EQ(FindKnee(levels, false), std::nullopt);
}

TEST(BreakingPointTest, OfUsersTheKneeIsWhereEachGetsLess) {
  const std::vector<JudgedLevel> levels{Delivering(1, 50, true), Delivering(2, 99, true),
                                        Delivering(4, 150, false)};
  EXPECT_EQ(FindKnee(levels, true), 4);
}

TEST(BreakingPointTest, WhatComesFirstAboveTheSustainedLoad) {
  std::vector<JudgedLevel> levels{Delivering(100, 100, true), Delivering(400, 100, false),
                                  Delivering(200, 150, false)};
  levels[0].observation.errors = 1;  // within what is allowed
  const auto collapse = FindBreakingPoint(levels, 100);
  ASSERT_TRUE(collapse.has_value());
  EXPECT_EQ(collapse->load, 400);
  EXPECT_TRUE(collapse->collapsed && !collapse->errors && !collapse->dropped_syns);
  EXPECT_EQ(collapse->in_flight, 40);
  levels[2].observation.dropped_syns = 3;
  EXPECT_EQ(FindBreakingPoint(levels, 100)->load, 200);
  EXPECT_TRUE(FindBreakingPoint(levels, 100)->dropped_syns);
  EXPECT_FALSE(FindBreakingPoint(levels, 400).has_value());
}

}  // namespace
}  // namespace muster
