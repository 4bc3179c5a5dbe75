#include "master/plan/threshold_warnings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/small_plan.h"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Of(const char* threshold, int64_t per_second = 200,
                            std::optional<Duration> abort_after = {},
                            Duration length = Duration::Seconds(60)) {
  PlanSpec spec = SmallSpec(per_second, length);
  RequestSpec rare = spec.requests[0];
  rare.name = "rare";
  spec.requests[0].weight = 9;
  spec.requests.push_back(rare);
  spec.thresholds = {ParseThreshold(threshold).value()};
  spec.thresholds[0].abort = abort_after.has_value();
  spec.thresholds[0].abort_after = abort_after.value_or(Duration());
  return ThresholdWarnings(Plan::Create(spec).value());
}

TEST(ThresholdWarningsTest, NoneForWhatIsFine) {
  for (const char* text :
       {"p99(response) < 1s", "p99(response) < 1s over 10s for 30s", "rate > 1/s over 1s",
        "count(failed) < 3 over 1s", "p99(response) < 1s with 95% confidence"}) {
    EXPECT_THAT(Of(text), IsEmpty()) << text;
  }
}

TEST(ThresholdWarningsTest, ABareWindowBreaksByChance) {
  EXPECT_THAT(Of("p99(response) < 1s over 10s"),
              ElementsAre(HasSubstr("'p99(response) < 1s over 10s': a single window is beyond its "
                                    "limit by chance")));
  EXPECT_THAT(Of("p99(response) < 1s over 10s"), ElementsAre(HasSubstr("add 'for 30s'")));
}

TEST(ThresholdWarningsTest, WindowsThatAreTooSmallDecideNothing) {
  EXPECT_THAT(Of("p99(response) < 1s over 10s for 30s", 100),
              ElementsAre(HasSubstr("a window holds about 1000 samples at most")));
  EXPECT_THAT(Of("p99(response) < 1s over 10s for 30s", 120), IsEmpty());
  EXPECT_THAT(Of("p99(response){name=rare} < 1s over 10s for 30s", 200),
              ElementsAre(HasSubstr("a window holds about 200 samples at most")));
  EXPECT_THAT(Of("p99(response){name=rare} < 1s over 10s for 30s", 1200), IsEmpty());
}

TEST(ThresholdWarningsTest, ARateThatIsNeverAskedFor) {
  EXPECT_THAT(Of("rate > 300/s"),
              ElementsAre(HasSubstr("it will fail, as the plan asks for 200/s at most")));
  EXPECT_THAT(Of("rate{name=rare} >= 21/s"), ElementsAre(HasSubstr("20/s at most")));
  EXPECT_THAT(Of("rate > 199/s"), IsEmpty());
  EXPECT_THAT(Of("rate < 300/s"), IsEmpty());
}

TEST(ThresholdWarningsTest, ConfidenceNeedsAStageThatHoldsForLong) {
  EXPECT_THAT(Of("error_rate < 1% with 95% confidence", 200, {}, Duration::Seconds(29)),
              ElementsAre(HasSubstr("and it looks at 29s: it will fail")));
  PlanSpec spec = SmallSpec(10, Duration::Seconds(60));
  std::get<OpenLoad>(spec.load).segments[0].from = Rate::PerSecond(5);
  spec.thresholds = {ParseThreshold("error_rate < 1% with 95% confidence").value()};
  EXPECT_THAT(ThresholdWarnings(Plan::Create(spec).value()),
              ElementsAre(HasSubstr("the stages that it looks at hold none")));
}

TEST(ThresholdWarningsTest, AnAbortThatComesTooLate) {
  EXPECT_THAT(Of("error_rate < 1%", 200, Duration::Seconds(59)), IsEmpty());
  EXPECT_THAT(
      Of("error_rate < 1%", 200, Duration::Seconds(60)),
      ElementsAre(HasSubstr("it can't end the run, which is over before its 'after' of 1m")));
}

}  // namespace
}  // namespace muster
