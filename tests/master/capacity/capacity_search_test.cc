#include "master/capacity/capacity_search.h"

#include <gtest/gtest.h>

#include "tests/sim/queue/sim_queue.h"

namespace muster {
namespace {

SearchOptions Options(double from) {
  SearchOptions options;
  options.allowed = {0.01};
  options.from = from;
  return options;
}

TEST(CapacitySearchTest, FindsALimitOnTheRate) {
  CapacitySearch search(Options(100));
  while (search.Next()) search.Record(RunSimLimiter(1000, 200, *search.Next()));
  const CapacityAnswer answer = search.Answer();
  ASSERT_TRUE(answer.estimate.has_value());
  EXPECT_NEAR(*answer.estimate, 1000, 30);
  EXPECT_TRUE(answer.resolved);
}

}  // namespace
}  // namespace muster
