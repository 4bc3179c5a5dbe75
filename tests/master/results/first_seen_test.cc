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
    forwards.Add(i % 2, {i, 0, 7}, timeout);
    backwards.Add((12 - i) % 2, {12 - i, 0, 7}, timeout);
  }
  for (FirstSeen* seen : {&forwards, &backwards}) {
    seen->Add(4, {0, 1, 2}, refused);
    seen->Add(3, {0, 0, 5}, refused);
    seen->Add(0, {599, 0, 0}, status);
    EXPECT_EQ(seen->Of(ErrorClass::kTimeout), (Sighting{3, 1, 7}));
    EXPECT_EQ(seen->Of(ErrorClass::kConnectRefused), (Sighting{0, 3, 5}));
    EXPECT_EQ(seen->OfStatus(503), (Sighting{599, 0, 0}));
    EXPECT_EQ(seen->OfStatus(200), std::nullopt);
  }
}

}  // namespace
}  // namespace muster
