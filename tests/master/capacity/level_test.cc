#include "master/capacity/level.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(LevelTest, PurposesHaveNames) {
  EXPECT_STREQ(NameOf(LevelPurpose::kClimb), "climb");
  EXPECT_STREQ(NameOf(LevelPurpose::kBisect), "bisect");
  EXPECT_STREQ(NameOf(LevelPurpose::kHold), "hold");
  EXPECT_STREQ(NameOf(LevelPurpose::kConfirm), "confirm");
  EXPECT_STREQ(NameOf(LevelPurpose::kBeyond), "beyond");
}

}  // namespace
}  // namespace muster
