#include "master/results/first_seen.h"

#include <gtest/gtest.h>

#include "tests/master/results/fixture.h"

namespace muster {
namespace {

TEST(FirstSeenTest, WhatNeverCameHasNoTime) {
  const FirstSeen seen;
  EXPECT_EQ(seen.Of(ErrorClass::kTimeout), std::nullopt);
  EXPECT_EQ(seen.OfStatus(503), std::nullopt);
  EXPECT_EQ(seen.OfStatus(99), std::nullopt);
  EXPECT_EQ(seen.OfStatus(600), std::nullopt);
}

TEST(FirstSeenTest, TheEarliestIntervalWinsInAnyOrder) {
  Cell timeout, refused, status;
  AddFailed(&timeout, ErrorClass::kTimeout);
  AddFailed(&refused, ErrorClass::kConnectRefused);
  AddCompleted(&status, 1'000, {}, 0, 503);
  FirstSeen forwards, backwards;
  for (uint32_t i = 3; i <= 9; ++i) {
    forwards.Add(i, timeout);
    backwards.Add(12 - i, timeout);
  }
  for (FirstSeen* seen : {&forwards, &backwards}) {
    seen->Add(0, refused);
    seen->Add(599, status);
    EXPECT_EQ(seen->Of(ErrorClass::kTimeout), 3u);
    EXPECT_EQ(seen->Of(ErrorClass::kConnectRefused), 0u);
    EXPECT_EQ(seen->OfStatus(503), 599u);
    EXPECT_EQ(seen->OfStatus(200), std::nullopt);
  }
}

}  // namespace
}  // namespace muster
