#include "master/findings/answer_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

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

// A run whose answers have other fields than the first ones in so many of each row's thousand.
TestRun OtherFields(const std::function<uint64_t(size_t)>& of_row) {
  TestRun run = HealthyRun();
  for (size_t i = 0; i < 60; ++i) run.summary.timeline[i].other_fields = of_row(i);
  return run;
}

TEST(AnswersChangedTest, ByHeaderFields) {
  const TestRun run = OtherFields([](size_t i) { return i < 31 ? 0 : 610 + i % 2; });
  ASSERT_TRUE(Found(run, 13));
  EXPECT_THAT(Found(run, 13)->evidence,
              "answers with other header fields than the first ones: 0 % in the first third, "
              "61.1 % in the last");
}

TEST(AnswersChangedTest, ByHeaderFieldsThatAreThoseOfTheFirstOnesAgain) {
  EXPECT_TRUE(Found(OtherFields([](size_t i) { return i == 0 || i > 30 ? 0 : 1'000; }), 13));
}

TEST(AnswersChangedTest, AMixOfHeaderFieldsThatStaysIsNoChange) {
  EXPECT_FALSE(Found(OtherFields([](size_t) { return 1'000; }), 13));
  EXPECT_FALSE(Found(OtherFields([](size_t i) {
                       return RandomBelow(1'001, RandomBits(3, RandomStream::kRequest, i));
                     }),
                     13));
}

TEST(AnswersChangedTest, LessThanFivePointsOfHeaderFieldsIsNoChange) {
  EXPECT_FALSE(Found(OtherFields([](size_t i) { return i < 30 ? 0 : 49; }), 13));
  EXPECT_TRUE(Found(OtherFields([](size_t i) { return i < 30 ? 0 : 51; }), 13));
}

TEST(AnswersChangedTest, AFewAnswersWithOtherHeaderFieldsAreNoChange) {
  // One a second, of which three of the last twenty have others: 15 points, two standard errors.
  TestRun run = OtherFields([](size_t i) { return i > 50 && i % 3 == 0 ? 1 : 0; });
  for (TimelineRow& row : run.summary.timeline) {
    row.completed = row.by_status_class[1] = 1;
    row.bytes_received = 180;
  }
  EXPECT_FALSE(Found(run, 13));
}

TEST(AnswersChangedTest, HeaderFieldsAreThoseOfExpectedAnswersAlone) {
  // Half of the answers are unexpected: they are in neither part of the share.
  TestRun run = OtherFields([](size_t i) { return i < 30 ? 20 : 50; });  // 4 % and 10 % of 500
  for (TimelineRow& row : run.summary.timeline) row.unexpected = 500;
  ASSERT_TRUE(Found(run, 13));
  EXPECT_THAT(Found(run, 13)->evidence, HasSubstr("4.00 % in the first third, 10.0 % in the last"));
  for (TimelineRow& row : run.summary.timeline) row.unexpected = 1'000;
  EXPECT_FALSE(Found(run, 13)) << "no row has any";
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
