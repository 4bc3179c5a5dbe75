#include "worker/engine/share.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/worker/engine/test_plans.h"

namespace muster {
namespace {

TEST(ShareTest, LimitsOfAllThreadsSumToThePlans) {
  PlanSpec spec = OpenSpec(100, 1, 107);
  spec.connections = 53;
  const auto plan = MakePlan(spec);
  uint64_t in_flight = 0;
  uint64_t connections = 0;
  for (uint32_t worker = 0; worker < 3; ++worker) {
    for (uint32_t thread = 0; thread < 4; ++thread) {
      const EngineLimits limits = ThreadLimits(*plan, {{worker, {1, 2, 3}}, thread, 4});
      in_flight += limits.max_in_flight;
      connections += limits.connections;
      EXPECT_GE(limits.connections, 1U);
    }
  }
  EXPECT_EQ(in_flight, 107U);
  EXPECT_EQ(connections, 53U);
}

TEST(ShareTest, WithOwnConnectionsEachThreadHasOneForEachOfItsUsers) {
  PlanSpec spec = ClosedSpec(10, 1);
  std::get<ClosedLoad>(spec.load).own_connections = true;
  for (const uint32_t connections : {0U, 11U, 12U}) {
    spec.connections = connections;
    const auto plan = MakePlan(spec);
    for (uint32_t worker = 0; worker < 3; ++worker) {
      for (uint32_t thread = 0; thread < 2; ++thread) {
        const EngineShare share{{worker, {2, 3, 5}}, thread, 2};
        EXPECT_GE(ThreadLimits(*plan, share).connections, NumbersOf(share).CountBelow(10));
      }
    }
  }
}

TEST(ShareTest, NumbersOfAllThreadsAreDisjointAndComplete) {
  std::set<uint64_t> numbers;
  for (uint32_t worker = 0; worker < 2; ++worker) {
    for (uint32_t thread = 0; thread < 3; ++thread) {
      const ThreadShare share = NumbersOf({{worker, {2, 5}}, thread, 3});
      for (uint64_t m = 0; m < share.CountBelow(1000); ++m) {
        EXPECT_TRUE(numbers.insert(share.NumberAt(m)).second);
      }
    }
  }
  EXPECT_EQ(numbers.size(), 1000U);
  EXPECT_EQ(*numbers.rbegin(), 999U);
}

}  // namespace
}  // namespace muster
