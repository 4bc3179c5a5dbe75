#include "master/results/error_advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Counts Failed(ErrorClass error, uint64_t n, uint64_t others = 0) {
  Counts counts;
  counts.errors[static_cast<size_t>(error)] = n;
  counts.errors[static_cast<size_t>(ErrorClass::kTimeout)] += others;
  counts.failed = n + others;
  return counts;
}

TEST(ErrorAdviceTest, OneClassThatFailsAllIsExplained) {
  EXPECT_THAT(WhyNothingCompleted(Failed(ErrorClass::kConnectRefused, 5'000)),
              StartsWith("all 5,000 requests failed as connect_refused: nothing listens there"));
  EXPECT_THAT(WhyNothingCompleted(Failed(ErrorClass::kTlsProtocol, 1)),
              StartsWith("1 request failed as tls_protocol: what comes back is not TLS"));
}

TEST(ErrorAdviceTest, NearlyAllIsEnough) {
  EXPECT_THAT(WhyNothingCompleted(Failed(ErrorClass::kConnectReset, 90, 10)),
              StartsWith("90.0 % of 100 requests failed as connect_reset: "));
  EXPECT_EQ(WhyNothingCompleted(Failed(ErrorClass::kConnectReset, 89, 11)), "");
}

TEST(ErrorAdviceTest, ARunThatCompletedSomethingIsLeftAlone) {
  Counts counts = Failed(ErrorClass::kConnectRefused, 5'000);
  counts.completed = 1;
  EXPECT_EQ(WhyNothingCompleted(counts), "");
  EXPECT_EQ(WhyNothingCompleted(Counts()), "") << "nothing failed either";
}

TEST(ErrorAdviceTest, EveryClassHasAdviceButThoseOfThisHost) {
  for (size_t i = 0; i < kErrorClasses; ++i) {
    const bool local = kErrorNames[i].starts_with("local_");
    EXPECT_EQ(AdviceOn(static_cast<ErrorClass>(i)).empty(), local) << kErrorNames[i];
    EXPECT_EQ(WhyNothingCompleted(Failed(static_cast<ErrorClass>(i), 3)).empty(), local);
  }
}

}  // namespace
}  // namespace muster
