#include "master/findings/generator_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/master/findings/healthy_run.h"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(SaturatedTest, RedSecondsAreAWarningAndInALimitedRunTheVerdict) {
  TestRun run = HealthyRun();
  WorkerSummary& worker = run.summary.workers[1];
  worker.red_seconds = 12;
  worker.worst = {.lag_p99_ns = 31'000'000, .run_queue = 0.4, .busy = 0.99};
  auto finding = Found(run, 1);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->severity, Severity::kWarning);
  EXPECT_THAT(finding->evidence, HasSubstr("b: 12 red and 0 amber of 59 seconds"));
  EXPECT_THAT(finding->evidence, HasSubstr("lag p99 31.0ms"));
  EXPECT_THAT(finding->evidence, Not(HasSubstr("stolen")));
  run.summary.verdict.generator_limited = true;
  EXPECT_EQ(Found(run, 1)->severity, Severity::kVerdict);
}

TEST(SaturatedTest, AFewBadSecondsAreNoFindingAndManyAmberOnesANote) {
  TestRun run = HealthyRun();
  run.summary.workers[0].red_seconds = 2;
  run.summary.workers[0].amber_seconds = 9;
  EXPECT_FALSE(Found(run, 1));
  run.summary.workers[0].amber_seconds = 10;
  ASSERT_TRUE(Found(run, 1));
  EXPECT_EQ(Found(run, 1)->severity, Severity::kNote);
  run.summary.workers[0] = HealthyWorker("a");
  run.summary.workers[0].seconds = 3;
  run.summary.workers[0].red_seconds = 1;
  EXPECT_TRUE(Found(run, 1)) << "a third of a short run, though one second is not called red";
  EXPECT_EQ(Found(run, 1)->severity, Severity::kNote);
}

TEST(LocalLimitsTest, FailuresOfThisHostAreTheVerdictAndBeingNearAWarning) {
  TestRun run = HealthyRun();
  run.summary.counts.errors[static_cast<size_t>(ErrorClass::kLocalPorts)] = 7;
  ASSERT_TRUE(Found(run, 2));
  EXPECT_EQ(Found(run, 2)->severity, Severity::kVerdict);
  EXPECT_THAT(Found(run, 2)->evidence, HasSubstr("7 failures local_ports"));

  for (auto&& [change, words] : std::vector<std::pair<void (*)(GeneratorHealth&), const char*>>{
           {[](GeneratorHealth& h) { h.descriptors = 19'000; }, "descriptors 95.0 %"},
           {[](GeneratorHealth& h) { h.memory_bytes = h.memory_limit_bytes; }, "memory 100 %"},
           {[](GeneratorHealth& h) { h.time_wait = 27'000; }, "TIME_WAIT"}}) {
    TestRun near = HealthyRun();
    change(near.summary.workers[1].health);
    ASSERT_TRUE(Found(near, 2)) << words;
    EXPECT_EQ(Found(near, 2)->severity, Severity::kWarning);
    EXPECT_THAT(Found(near, 2)->evidence, HasSubstr(words));
  }
}

TEST(NotDeliveredTest, SaysByWhat) {
  TestRun run = HealthyRun();
  auto& reasons = run.summary.counts.not_started;
  reasons[static_cast<size_t>(NotStarted::kMaxInFlight)] = 60;
  EXPECT_FALSE(Found(run, 3)) << "a thousandth is tolerated";
  reasons[static_cast<size_t>(NotStarted::kMaxInFlight)] = 600;
  reasons[static_cast<size_t>(NotStarted::kLate)] = 30;
  ASSERT_TRUE(Found(run, 3));
  EXPECT_THAT(Found(run, 3)->evidence, HasSubstr("max_in_flight 600, late 30 of 60,000 due"));
  EXPECT_THAT(Found(run, 3)->advice, HasSubstr("the target did not answer in time"));
  reasons[static_cast<size_t>(NotStarted::kLate)] = 3'000;
  EXPECT_THAT(Found(run, 3)->advice, HasSubstr("the generator kept it back"));
  reasons[static_cast<size_t>(NotStarted::kWorkerLost)] = 4'000;
  EXPECT_THAT(Found(run, 3)->advice, HasSubstr("a worker did not do its part"));
}

TEST(UnlikeWorkerTest, ByRatioAndByTime) {
  TestRun run = HealthyRun();
  run.summary.workers.push_back(HealthyWorker("c"));
  int64_t& mean = run.summary.workers[2].service_mean_ns;
  mean = 4'999'000;
  EXPECT_FALSE(Found(run, 8)) << "less than 1 ms";
  mean = 5'100'000;
  ASSERT_TRUE(Found(run, 8));
  EXPECT_THAT(Found(run, 8)->evidence,
              HasSubstr("c saw a mean service of 5.10ms, the others 4.00ms"));
  run.summary.workers[2].completions = 999;
  EXPECT_FALSE(Found(run, 8)) << "too few to tell";
}

TEST(UnlikeWorkerTest, WorkersAreHeldAgainstThoseOfTheirGroup) {
  TestRun run = HealthyRun();
  std::vector<WorkerSummary>& workers = run.summary.workers;
  for (const char* name : {"c", "d", "e"}) workers.push_back(HealthyWorker(name));
  for (const size_t far : {2U, 3U}) {
    workers[far].group = "far";
    workers[far].service_mean_ns = 90'000'000;
  }
  workers[4].group = "alone";
  workers[4].service_mean_ns = 300'000'000;
  EXPECT_FALSE(Found(run, 8)) << "each is as its group";
  workers[3].service_mean_ns = 120'000'000;
  ASSERT_TRUE(Found(run, 8));
  EXPECT_EQ(Found(run, 8)->evidence,
            "d saw a mean service of 120ms, the others of group far 90.0ms");
  workers[2].group = workers[3].group = "";
  EXPECT_THAT(Found(run, 8)->evidence, HasSubstr("c saw a mean service of 90.0ms, the others 4."))
      << "no group is one, too";
}

TEST(UnlikeWorkerTest, OneOfTwo) {
  TestRun run = HealthyRun();
  run.summary.workers[0].service_mean_ns = 9'000'000;
  ASSERT_TRUE(Found(run, 8));
  EXPECT_THAT(Found(run, 8)->evidence, HasSubstr("a saw"));
  EXPECT_THAT(Found(run, 8)->evidence, Not(HasSubstr("b saw")));
}

TEST(ClocksTest, WiderThanHalfARow) {
  TestRun run = HealthyRun();
  run.summary.workers[0].clock_error = Duration::Millis(500);
  EXPECT_FALSE(Found(run, 12));
  run.summary.workers[0].clock_error = Duration::Millis(501);
  ASSERT_TRUE(Found(run, 12));
  EXPECT_EQ(Found(run, 12)->severity, Severity::kNote);
  run.summary.workers.pop_back();
  EXPECT_FALSE(Found(run, 12)) << "one clock alone";
}

}  // namespace
}  // namespace muster
