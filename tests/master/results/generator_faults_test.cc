#include "master/results/generator_faults.h"

#include <gtest/gtest.h>

#include "tests/master/results/fixture.h"

namespace muster {
namespace {

// 2 of a lag of 20 ms, a time-out; of the generator's own: 1 without a port, 3 found late.
Cell Burdened() {
  Cell cell;
  for (int i = 0; i < 2; ++i) AddCompleted(&cell, 60'000'000, {Duration::Millis(50)}, 20'000'000);
  AddFailed(&cell, ErrorClass::kTimeout);
  AddFailed(&cell, ErrorClass::kLocalPorts);
  AddNotStarted(&cell, NotStarted::kLate, 3);
  AddNotStarted(&cell, NotStarted::kMaxInFlight, 5);
  return cell;
}

TEST(GeneratorFaultsTest, CountsWhatWasItsOwn) {
  EXPECT_EQ(NotStartedByGenerator(Burdened().counts), 3u);
  EXPECT_EQ(FailedByGenerator(Burdened().counts), 1u);
}

TEST(GeneratorFaultsTest, APerfectOneNeverHadThemAndHasNoLag) {
  const Cell perfect = WithoutGeneratorFaults(Burdened());
  EXPECT_EQ(perfect.counts.due, 2u + 1 + 5);
  EXPECT_EQ(perfect.counts.failed, 1u);
  EXPECT_EQ(perfect.counts.not_started_total(), 5u);
  EXPECT_EQ(perfect.within[0], 2u);
  EXPECT_LT(perfect.latency[static_cast<size_t>(LatencyKind::kResponse)].max(), 41'000'000);
}

TEST(GeneratorFaultsTest, ForRatesAndCountsItDeliveredThem) {
  const Cell full = AsIfDelivered(Burdened());
  EXPECT_EQ(full.counts.due, Burdened().counts.due);
  EXPECT_EQ(full.counts.completed, 2u + 1 + 3);
  EXPECT_EQ(full.counts.load_completed, 2u + 1 + 3);
  EXPECT_EQ(full.counts.failed, 1u);
}

}  // namespace
}  // namespace muster
