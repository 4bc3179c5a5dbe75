#include "master/report/live_keys.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

MonoTime KeyTime(int64_t ms) { return MonoTime::FromNanos(5'000'000'000) + Duration::Millis(ms); }

TEST(LiveKeysTest, DDrainsAtOnce) {
  LiveKeys keys;
  EXPECT_EQ(keys.Press('d', KeyTime(0)), LiveWish::kDrain);
}

TEST(LiveKeysTest, HHoldsAndGoesOn) {
  LiveKeys keys;
  EXPECT_EQ(keys.Press('h', KeyTime(0)), LiveWish::kHold);
  EXPECT_EQ(keys.Press('h', KeyTime(1)), LiveWish::kHold);
}

TEST(LiveKeysTest, StoppingTakesTwoPressesWithinTwoSeconds) {
  LiveKeys keys;
  EXPECT_EQ(keys.Press('s', KeyTime(0)), LiveWish::kNothing);
  EXPECT_TRUE(keys.confirming(KeyTime(2'000)));
  EXPECT_EQ(keys.Press('s', KeyTime(2'000)), LiveWish::kStop);
  EXPECT_FALSE(keys.confirming(KeyTime(2'000)));
  EXPECT_EQ(keys.Press('s', KeyTime(3'000)), LiveWish::kNothing);
  EXPECT_FALSE(keys.confirming(KeyTime(5'001)));
  EXPECT_EQ(keys.Press('s', KeyTime(5'001)), LiveWish::kNothing) << "too late: it is a first one";
  EXPECT_EQ(keys.Press('s', KeyTime(5'002)), LiveWish::kStop);
}

TEST(LiveKeysTest, AnotherKeyTakesTheFirstPressBack) {
  for (const char other : {'?', 'd', 'h', 'x', '\x1b', '\0', '\xff'}) {
    LiveKeys keys;
    keys.Press('s', KeyTime(0));
    keys.Press(other, KeyTime(1));
    EXPECT_EQ(keys.Press('s', KeyTime(2)), LiveWish::kNothing);
  }
}

TEST(LiveKeysTest, AQuestionMarkTurnsTheHelpOnAndOff) {
  LiveKeys keys;
  EXPECT_FALSE(keys.help());
  EXPECT_EQ(keys.Press('?', KeyTime(0)), LiveWish::kNothing);
  EXPECT_TRUE(keys.help());
  keys.Press('x', KeyTime(0));
  EXPECT_TRUE(keys.help());
  keys.Press('?', KeyTime(0));
  EXPECT_FALSE(keys.help());
}

TEST(LiveKeysTest, NothingElseMeansAnything) {
  LiveKeys keys;
  for (int c = -128; c < 128; ++c) {
    const char key = static_cast<char>(c);
    if (key == 'd' || key == 'h') continue;
    EXPECT_EQ(keys.Press(key, KeyTime(c)), LiveWish::kNothing) << c;
  }
}

}  // namespace
}  // namespace muster
