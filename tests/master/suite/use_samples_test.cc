#include "master/suite/use_samples.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

WallTime At(double seconds) {
  return WallTime::FromNanos(1'000'000'000'000 + static_cast<int64_t>(seconds * 1e9));
}

TEST(UseSamplesTest, CpuIsTheGrowthWithinTheLoad) {
  // Idle for a second, a whole core for four, idle again.
  const std::vector<UseReading> readings = {{At(0), 10, 1, 5},
                                            {At(1), 10, 1, 7},
                                            {At(3), 12, 1.5, 9},
                                            {At(5), 14, 2, 6},
                                            {At(6), 14, 2, 6}};
  const HostUse load = UseWithin(readings, At(1), At(5));
  EXPECT_NEAR(*load.target_cpu, 1.0, 1e-9);
  EXPECT_NEAR(*load.generator_cpu, 0.25, 1e-9);
  EXPECT_EQ(load.target_memory_bytes, 9u);
  EXPECT_NEAR(*UseWithin(readings, At(0), At(6)).target_cpu, 4.0 / 6, 1e-9);
}

TEST(UseSamplesTest, AnEndBetweenTwoReadingsTakesItsShare) {
  const std::vector<UseReading> readings = {{At(0), 0, 0, 1}, {At(2), 2, 0, 1}, {At(4), 2, 0, 1}};
  EXPECT_NEAR(*UseWithin(readings, At(1), At(3)).target_cpu, 0.5, 1e-9);
}

TEST(UseSamplesTest, WhatTheCoresDidBesideIsOthers) {
  std::vector<UseReading> readings = {{At(0), 0, 0, 1}, {At(4), 3, 1, 1}};
  readings[1].target_cores_s = 3.5;
  readings[1].generator_cores_s = 1;
  const HostUse use = UseWithin(readings, At(0), At(4));
  EXPECT_NEAR(*use.others_on_target_cores, 0.125, 1e-9);
  EXPECT_NEAR(*use.others_on_generator_cores, 0, 1e-9);
}

TEST(UseSamplesTest, WhatTheReadingsHardlyCoverIsUnknown) {
  const std::vector<UseReading> readings = {{At(0), 0, 0, 1}, {At(1), 1, 0, 1}};
  EXPECT_TRUE(UseWithin(readings, At(0), At(2)).target_cpu.has_value());
  EXPECT_FALSE(UseWithin(readings, At(0), At(2.1)).target_cpu.has_value());
  EXPECT_FALSE(UseWithin(readings, At(5), At(6)).target_cpu.has_value());
  EXPECT_FALSE(UseWithin({}, At(0), At(1)).target_cpu.has_value());
  EXPECT_FALSE(UseWithin({readings[0]}, At(0), At(0)).target_memory_bytes.has_value());
}

TEST(UseSamplesTest, AProcessThatTakesItsTimeWithItCostsNothing) {
  const std::vector<UseReading> readings = {{At(0), 5, 0, 1}, {At(1), 1, 0, 1}, {At(2), 2, 0, 1}};
  EXPECT_NEAR(*UseWithin(readings, At(0), At(2)).target_cpu, 0.5, 1e-9);
}

}  // namespace
}  // namespace muster
