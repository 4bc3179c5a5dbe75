#include "common/plan/arrivals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

namespace muster {
namespace {

constexpr uint64_t kNoLimit = UINT64_MAX;

LoadProfile Constant(int64_t per_second, int64_t milliseconds) {
  return LoadProfile::Create({{Rate::PerSecond(per_second), Rate::PerSecond(per_second),
                               Duration::Millis(milliseconds)}})
      .value();
}

LoadProfile Hilly() {
  return LoadProfile::Create({{Rate::PerSecond(0), Rate::PerSecond(800), Duration::Seconds(5)},
                              {Rate{0}, Rate{0}, Duration::Seconds(3)},
                              {Rate::PerSecond(900), Rate::PerSecond(100), Duration::Seconds(3)}})
      .value();
}

std::vector<int64_t> AllDue(Arrivals* arrivals) {
  std::vector<int64_t> due;
  for (uint64_t k = 0; k < arrivals->total(); ++k) due.push_back(arrivals->DueTime(k).nanos());
  return due;
}

TEST(ArrivalsTest, EvenArrivalsAreTheProfilesOwn) {
  const LoadProfile profile = Hilly();
  Arrivals arrivals(profile, ArrivalKind::kEven, 7, kNoLimit);
  ASSERT_EQ(arrivals.total(), profile.total());
  for (uint64_t k = 0; k < arrivals.total(); ++k) {
    ASSERT_EQ(arrivals.DueTime(k), profile.DueTime(k));
  }
}

TEST(ArrivalsTest, PoissonHasTheSameTotalInOrderBeforeTheEnd) {
  const LoadProfile profile = Hilly();
  Arrivals arrivals(profile, ArrivalKind::kPoisson, 7, kNoLimit);
  EXPECT_EQ(arrivals.total(), profile.total());
  int64_t last = 0;
  for (const int64_t due : AllDue(&arrivals)) {
    ASSERT_GE(due, last);
    last = due;
  }
  EXPECT_LT(last, profile.end().nanos());
}

TEST(ArrivalsTest, PoissonKeepsEachBlockWithinItsSpan) {
  const LoadProfile profile = Hilly();
  Arrivals arrivals(profile, ArrivalKind::kPoisson, 11, kNoLimit);
  ASSERT_GT(arrivals.total(), 3 * Arrivals::kBlock);
  for (uint64_t k = 0; k < arrivals.total(); ++k) {
    const uint64_t first = k / Arrivals::kBlock * Arrivals::kBlock;
    ASSERT_GE(arrivals.DueTime(k), profile.DueTime(first)) << k;
    const uint64_t next = first + Arrivals::kBlock;
    if (next < profile.total()) {
      ASSERT_LE(arrivals.DueTime(k), profile.DueTime(next)) << k;
    }
  }
}

TEST(ArrivalsTest, NothingIsDueWithinAStretchOfRateZero) {
  const LoadProfile profile = Hilly();
  Arrivals arrivals(profile, ArrivalKind::kPoisson, 3, kNoLimit);
  for (const int64_t due : AllDue(&arrivals)) {
    ASSERT_TRUE(due < 5'000'000'000 || due >= 8'000'000'000) << due;
  }
}

TEST(ArrivalsTest, TheAnswerDoesNotDependOnTheOrderOfAsking) {
  const LoadProfile profile = Hilly();
  Arrivals forward(profile, ArrivalKind::kPoisson, 7, kNoLimit);
  const std::vector<int64_t> due = AllDue(&forward);
  Arrivals jumping(profile, ArrivalKind::kPoisson, 7, kNoLimit);
  for (uint64_t i = 0; i < due.size(); ++i) {
    const uint64_t k = i * 1'237 % due.size();
    ASSERT_EQ(jumping.DueTime(k).nanos(), due[k]) << k;
  }
}

TEST(ArrivalsTest, ALimitCutsTheListShortAndMovesNothing) {
  const LoadProfile profile = Hilly();
  for (const ArrivalKind kind : {ArrivalKind::kEven, ArrivalKind::kPoisson}) {
    Arrivals all(profile, kind, 7, kNoLimit);
    Arrivals some(profile, kind, 7, 1'500);
    ASSERT_EQ(some.total(), 1'500U);
    for (uint64_t k = 0; k < 1'500; ++k) ASSERT_EQ(some.DueTime(k), all.DueTime(k));
  }
}

TEST(ArrivalsTest, SeedsDifferAndTheLastBlockOfOneWorks) {
  const LoadProfile profile = Constant(1025, 1000);
  Arrivals a(profile, ArrivalKind::kPoisson, 1, kNoLimit);
  Arrivals b(profile, ArrivalKind::kPoisson, 2, kNoLimit);
  ASSERT_EQ(a.total(), 1025U);
  EXPECT_NE(AllDue(&a), AllDue(&b));
  EXPECT_GE(a.DueTime(1024), profile.DueTime(1024));
  EXPECT_LT(a.DueTime(1024), profile.end());
}

// Gaps of a Poisson process are exponential: mean = deviation = 1/rate. Blocks take little from
// that.
TEST(ArrivalsTest, PoissonGapsAreNearlyExponential) {
  const LoadProfile profile = Constant(1000, 100'000);
  Arrivals arrivals(profile, ArrivalKind::kPoisson, 5, kNoLimit);
  const std::vector<int64_t> due = AllDue(&arrivals);
  double sum = 0;
  double squares = 0;
  double long_gaps = 0;
  for (size_t i = 1; i < due.size(); ++i) {
    const double gap_ms = static_cast<double>(due[i] - due[i - 1]) * 1e-6;
    sum += gap_ms;
    squares += gap_ms * gap_ms;
    long_gaps += gap_ms > 1 ? 1 : 0;
  }
  const double n = static_cast<double>(due.size() - 1);
  EXPECT_NEAR(sum / n, 1, 0.01);
  EXPECT_NEAR(std::sqrt(squares / n - sum / n * sum / n), 1, 0.02);
  EXPECT_NEAR(long_gaps / n, std::exp(-1.0), 0.01);
}

// The variance of counts over windows shorter than a block is nearly the mean.
TEST(ArrivalsTest, PoissonCountsScatterLikeTheirMean) {
  const LoadProfile profile = Constant(1000, 100'000);
  Arrivals arrivals(profile, ArrivalKind::kPoisson, 6, kNoLimit);
  std::vector<double> counts(5'000);  // of 20 ms each
  for (const int64_t due : AllDue(&arrivals)) counts[static_cast<size_t>(due / 20'000'000)] += 1;
  double variance = 0;
  for (const double c : counts) variance += (c - 20) * (c - 20) / 5'000;
  EXPECT_NEAR(variance, 20 * (1 - 20.0 / 1024), 1.5);
}

// What a seed means never changes.
TEST(ArrivalsTest, DueTimesOfASeedNeverChange) {
  const LoadProfile profile = Constant(1000, 2000);
  Arrivals arrivals(profile, ArrivalKind::kPoisson, 7, kNoLimit);
  EXPECT_EQ(arrivals.DueTime(0).nanos(), 812072);
  EXPECT_EQ(arrivals.DueTime(1023).nanos(), 1023704996);
  EXPECT_EQ(arrivals.DueTime(1024).nanos(), 1025335558);
  EXPECT_EQ(arrivals.DueTime(1999).nanos(), 1999331717);
}

TEST(ArrivalsDeathTest, ANumberBeyondTheTotalIsOurBug) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const LoadProfile profile = Constant(10, 1000);
  Arrivals arrivals(profile, ArrivalKind::kEven, 7, 5);
  EXPECT_DEATH(arrivals.DueTime(5), "CHECK failed");
}

}  // namespace
}  // namespace muster
