#include "common/base/nearest_key.h"

#include <gtest/gtest.h>

#include <array>

namespace muster {
namespace {

TEST(EditDistanceTest, CountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(EditDistance("", ""), 0);
  EXPECT_EQ(EditDistance("", "abc"), 3);
  EXPECT_EQ(EditDistance("rate", "rates"), 1);
  EXPECT_EQ(EditDistance("rate", "rte"), 1);
  EXPECT_EQ(EditDistance("rate", "rare"), 1);
  EXPECT_EQ(EditDistance("rate", "raet"), 1);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
}

TEST(EditDistanceTest, IsSymmetric) {
  const std::array<std::string_view, 5> words = {"", "a", "stage", "stages", "tsage"};
  for (const auto a : words) {
    for (const auto b : words) EXPECT_EQ(EditDistance(a, b), EditDistance(b, a)) << a << b;
  }
}

TEST(NearestKeyTest, FindsTheNearestAndNothingFar) {
  const std::array<std::string_view, 4> known = {"duration", "rate", "users", "stages"};
  EXPECT_EQ(NearestKey("durration", known), "duration");
  EXPECT_EQ(NearestKey("rat", known), "rate");
  EXPECT_EQ(NearestKey("user", known), "users");
  EXPECT_EQ(NearestKey("banana", known), "");
  EXPECT_EQ(NearestKey("", known), "");
  EXPECT_EQ(NearestKey("rate", {}), "");
}

TEST(NearestKeyTest, AllowsAThirdOfTheWordButAtLeastOneAndAtMostThreeEdits) {
  const std::array<std::string_view, 2> known = {"ab", "connect_timeout_limit"};
  EXPECT_EQ(NearestKey("ax", known), "ab");
  EXPECT_EQ(NearestKey("xy", known), "");
  EXPECT_EQ(NearestKey("cnect_timout_limit", known), "connect_timeout_limit");
  EXPECT_EQ(NearestKey("cnec_timout_limi", known), "");
}

TEST(NearestKeyTest, WordsWithoutALetterInCommonAreNotNear) {
  EXPECT_EQ(NearestKey("b", std::array<std::string_view, 1>{"a"}), "");
  EXPECT_EQ(NearestKey("b", std::array<std::string_view, 1>{"ab"}), "ab");
}

TEST(NearestKeyTest, PrefersTheFirstOfEquals) {
  const std::array<std::string_view, 2> known = {"cat", "car"};
  EXPECT_EQ(NearestKey("cas", known), "cat");
}

}  // namespace
}  // namespace muster
