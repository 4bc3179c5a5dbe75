#include "master/findings/answer_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/master/findings/healthy_run.h"

namespace muster {
namespace {

using ::testing::HasSubstr;

TEST(AnswersChangedTest, ByLength) {
  TestRun run = HealthyRun();
  for (size_t i = 30; i < 60; ++i) run.summary.timeline[i].bytes_received += 40'000;
  ASSERT_TRUE(Found(run, 13));
  EXPECT_THAT(Found(run, 13)->evidence, HasSubstr("180 in the first third, 220 in the last"));
}

TEST(AnswersChangedTest, ByStatus) {
  TestRun run = HealthyRun();
  for (size_t i = 35; i < 60; ++i) run.summary.timeline[i].by_status_class = {0, 900, 0, 100, 0};
  ASSERT_TRUE(Found(run, 13));
  EXPECT_THAT(Found(run, 13)->evidence,
              HasSubstr("statuses 2xx 100.0 % at first, 90.0 % at the end"));
}

TEST(AnswersChangedTest, LengthsThatVaryAnywayDoNotChange) {
  TestRun run = HealthyRun();
  for (size_t i = 0; i < 60; ++i) {
    run.summary.timeline[i].bytes_received =
        100'000 + RandomBelow(300'000, RandomBits(3, RandomStream::kRequest, i));
  }
  EXPECT_FALSE(Found(run, 13));
}

TEST(AnswersChangedTest, UnlikeAnswersOfUnlikeLoadsAreNoChange) {
  TestRun run = HealthyRun(HealthyClosedSpec({50, 100}));
  for (size_t i = 30; i < 60; ++i) run.summary.timeline[i].bytes_received += 40'000;
  EXPECT_FALSE(Found(run, 13));
}

TEST(OddSuccessesTest, EachKind) {
  TestRun run = HealthyRun();
  run.summary.counts.compressed = 60;
  run.summary.counts.cached = 59;
  run.summary.by_name[0].statuses.Add(302, 100);
  ASSERT_TRUE(Found(run, 14));
  EXPECT_THAT(Found(run, 14)->evidence, HasSubstr("60 compressed"));
  EXPECT_THAT(Found(run, 14)->evidence, ::testing::Not(HasSubstr("59"))) << "below a thousandth";
  EXPECT_THAT(Found(run, 14)->evidence, HasSubstr("100 redirects"));
}

TEST(OddSuccessesTest, ARedirectThatIsNotExpectedIsAnErrorAlready) {
  PlanSpec spec = HealthyOpenSpec();
  spec.requests[0].expect.ranges = {{200, 200}};
  TestRun run = HealthyRun(spec);
  run.summary.by_name[0].statuses.Add(302, 100);
  EXPECT_FALSE(Found(run, 14));
}

}  // namespace
}  // namespace muster
