#include "master/report/headline.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

std::string LineAt(size_t width) {
  const TextStyle style({false, width, true});
  return FirstLine(style, {HeadlineOf(Outcome::kPassed), "shop\x1b[2J", "all", 0, "seed 7"});
}

TEST(HeadlineTest, WhatNamesTheRunStandsAtTheRightOrBelow) {
  const std::string left = "PASSED  shop?[2J · all · exit 0";  // 33 bytes in 31 columns
  EXPECT_EQ(LineAt(45), left + std::string(8, ' ') + "seed 7\n");
  EXPECT_EQ(LineAt(39), left + "  seed 7\n");
  EXPECT_EQ(LineAt(38), left + "\n  seed 7\n");
}

TEST(HeadlineTest, EveryOutcomeHasAWordOfItsOwn) {
  EXPECT_EQ(HeadlineOf(Outcome::kThresholdFailed).word, "FAILED");
  EXPECT_EQ(HeadlineOf(Outcome::kGeneratorLimited).word, "GENERATOR-LIMITED");
  EXPECT_EQ(HeadlineOf(Outcome::kIncomplete).word, "INCOMPLETE");
  EXPECT_EQ(HeadlineOf(Outcome::kInterrupted).word, "INTERRUPTED");
  EXPECT_EQ(HeadlineOf(Outcome::kInternalError).word, "INTERNAL ERROR");
}

}  // namespace
}  // namespace muster
