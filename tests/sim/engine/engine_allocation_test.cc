// The hot path's budget: once warmed up, a request allocates nothing.
#include <gtest/gtest.h>

#include "tests/sim/engine/answering_loop.h"
#include "tests/support/allocations/allocations.h"

namespace muster {
namespace {

void ExpectNoAllocations(PlanSpec spec, uint64_t at_least) {
  AnsweringLoop loop(std::move(spec));
  loop.Run(Duration::Seconds(3));
  const uint64_t completed = loop.completed();
  const uint64_t before = AllocationsOfThisThread();
  loop.Run(Duration::Seconds(2));
  EXPECT_EQ(AllocationsOfThisThread() - before, 0U);
  EXPECT_GE(loop.completed() - completed, at_least);
}

TEST(EngineAllocationTest, ClosedLoadAllocatesNothingAfterWarmUp) {
  ExpectNoAllocations(ClosedSpec(50, 100), 50 * 1900);
}

TEST(EngineAllocationTest, OpenLoadAllocatesNothingAfterWarmUp) {
  ExpectNoAllocations(OpenSpec(20'000, 100), 20 * 1900);
}

TEST(EngineAllocationTest, PoissonArrivalsWithThinConnectionsAllocateNothing) {
  PlanSpec spec = OpenSpec(5000, 100);
  Open(spec).arrivals = ArrivalKind::kPoisson;
  spec.connections = 8;
  ExpectNoAllocations(spec, 5 * 1900);
}

TEST(EngineAllocationTest, TheCountOfAllocationsCounts) {
  const uint64_t before = AllocationsOfThisThread();
  int* volatile memory = new int(1);  // volatile: the compiler may leave out the pair
  delete memory;
  EXPECT_EQ(AllocationsOfThisThread() - before, 1U);
}

}  // namespace
}  // namespace muster
