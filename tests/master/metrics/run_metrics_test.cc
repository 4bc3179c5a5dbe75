#include "master/metrics/run_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "master/metrics/bucket_ladder.h"
#include "tests/master/results/fixture.h"

namespace muster {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using testing::HasSubstr;
using Families = std::vector<MetricFamily>;

constexpr RunTime kSecond = RunTime() + Duration::Seconds(1);

std::string TextOf(const ClientMetric& metric) {
  std::string text;
  for (const auto& label : metric.label) text += label.name + "=" + label.value + " ";
  return text;
}

// The one of `family` whose labels hold all of `labels`, each "name=value ".
const ClientMetric* Find(const Families& families, const std::string& family,
                         const std::vector<std::string>& labels = {}) {
  const ClientMetric* found = nullptr;
  for (const MetricFamily& candidate : families) {
    if (candidate.name != family) continue;
    for (const ClientMetric& metric : candidate.metric) {
      const std::string text = TextOf(metric);
      const bool fits = std::all_of(labels.begin(), labels.end(), [&](const std::string& label) {
        return text.find(label + " ") != text.npos;
      });
      if (!fits) continue;
      EXPECT_EQ(found, nullptr) << "two of " << family << " " << text;
      found = &metric;
    }
  }
  return found;
}

double Value(const Families& families, const std::string& family,
             const std::vector<std::string>& labels = {}) {
  const ClientMetric* metric = Find(families, family, labels);
  EXPECT_NE(metric, nullptr) << family << " " << testing::PrintToString(labels);
  return metric == nullptr ? -1 : metric->counter.value + metric->gauge.value;
}

DeltaBatch BatchOf(CellMap cells) { return MakeBatch(1, std::move(cells), 1'000); }

PlanSpec SpecOfNames(size_t count) {
  PlanSpec spec = ClosedSpec();
  spec.requests.clear();
  for (size_t i = 0; i < count; ++i) spec.requests.emplace_back().name = "r" + std::to_string(i);
  return spec;
}

TEST(RunMetricsTest, CountsAreByNameAndWhetherMeasured) {
  RunMerger merger(MakePlan(OpenSpec()), 1);
  CellMap cells;
  AddCompleted(&cells[{0, 0, 1}], 3'000'000);  // warm-up
  AddCompleted(&cells[{5, 1, 1}], 3'000'000, {}, 0, 503);
  AddFailed(&cells[{5, 1, 1}], ErrorClass::kTimeout);
  AddNotStarted(&cells[{5, 1, 0}], NotStarted::kLate, 4);
  ASSERT_TRUE(merger.Accept(0, BatchOf(std::move(cells))).ok());
  const Families all = RunMetrics(merger, "7f3a").Collect(kSecond, {});
  const std::string requests = "muster_requests_total";
  EXPECT_EQ(Value(all, requests, {"name=buy", "measured=true", "outcome=completed"}), 1);
  EXPECT_EQ(Value(all, requests, {"name=buy", "measured=true", "outcome=failed"}), 1);
  EXPECT_EQ(Value(all, requests, {"name=buy", "measured=false", "outcome=completed"}), 1);
  EXPECT_EQ(Value(all, requests, {"name=home", "measured=true", "outcome=completed"}), 0);
  EXPECT_EQ(Value(all, "muster_requests_unexpected_total", {"name=buy", "measured=true"}), 1);
  EXPECT_EQ(Value(all, "muster_responses_total", {"name=buy", "measured=true", "status=503"}), 1);
  EXPECT_EQ(Value(all, "muster_responses_total", {"name=buy", "measured=false", "status=200"}), 1);
  EXPECT_EQ(Value(all, "muster_errors_total", {"name=buy", "measured=true", "class=timeout"}), 1);
  EXPECT_EQ(Value(all, "muster_iterations_due_total"), 7);
  EXPECT_EQ(Value(all, "muster_iterations_not_started_total", {"reason=late"}), 4);
  EXPECT_EQ(Value(all, "muster_run_info", {"run=7f3a", "name=shop", "model=open"}), 1);
}

TEST(RunMetricsTest, AHistogramHasOurCountSumAndExactBuckets) {
  RunMerger merger(MakePlan(ClosedSpec()), 1);
  CellMap cells;
  for (const int64_t ns : {900'000, 1'000'000, 3'000'000}) {
    AddCompleted(&cells[{0, 0, 0}], ns, {}, 20'000);
  }
  ASSERT_TRUE(merger.Accept(0, BatchOf(std::move(cells))).ok());
  const Families all = RunMetrics(merger, "r").Collect(kSecond, {});
  const ClientMetric* response = Find(all, "muster_response_seconds", {"name=home"});
  ASSERT_NE(response, nullptr);
  EXPECT_EQ(response->histogram.sample_count, 3u);
  EXPECT_DOUBLE_EQ(response->histogram.sample_sum, 0.0049);
  const auto& buckets = response->histogram.bucket;
  ASSERT_EQ(buckets.size(), kLadderBounds);
  EXPECT_DOUBLE_EQ(buckets[6].upper_bound, 0.001000447);
  EXPECT_EQ(buckets[5].cumulative_count, 0u);  // 0.5 ms
  EXPECT_EQ(buckets[6].cumulative_count, 2u);  // 1 ms
  EXPECT_EQ(buckets[8].cumulative_count, 3u);  // 5 ms
  const ClientMetric* lag = Find(all, "muster_lag_seconds", {"name=home"});
  ASSERT_NE(lag, nullptr);
  EXPECT_EQ(lag->histogram.bucket[1].cumulative_count, 3u);  // 25 us
  for (const char* name : {"muster_service_seconds", "muster_wait_seconds"}) {
    EXPECT_NE(Find(all, name, {"name=home"}), nullptr) << name;
  }
}

TEST(RunMetricsTest, NamesBeyondTheLimitAreSummed) {
  const size_t names = RunMetrics::kMaxNames + 2;
  RunMerger merger(MakePlan(SpecOfNames(names)), 1);
  CellMap cells;
  for (uint16_t i = 0; i < names; ++i) AddCompleted(&cells[{0, 0, i}], 1'000);
  ASSERT_TRUE(merger.Accept(0, BatchOf(std::move(cells))).ok());
  RunMetrics metrics(merger, "r");
  const Families all = metrics.Collect(kSecond, {});
  const std::string requests = "muster_requests_total";
  EXPECT_EQ(Value(all, requests, {"name=r99", "outcome=completed"}), 1);
  EXPECT_EQ(Find(all, requests, {"name=r100", "outcome=completed"}), nullptr);
  EXPECT_EQ(Value(all, requests, {"name=(other)", "outcome=completed"}), 2);
  const ClientMetric* other = Find(all, "muster_response_seconds", {"name=(other)"});
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(other->histogram.bucket[0].cumulative_count, 2u);
  EXPECT_THAT(metrics.Note(), HasSubstr("2 of 102 request names"));
}

TEST(RunMetricsTest, RequestsOfOneNameAreOneSeriesWithTheTagsOfAll) {
  PlanSpec spec = SpecOfNames(3);
  spec.requests[2].name = "r0";
  spec.requests[0].tags = {{"kind", "read"}, {"team-a", "x"}, {"team.a", "y"}};
  spec.requests[2].tags = {{"kind", "read"}, {"team-a", "x"}, {"team.a", "y"}};
  RunMerger merger(MakePlan(spec), 1);
  CellMap cells;
  AddCompleted(&cells[{0, 0, 0}], 1'000);
  AddCompleted(&cells[{0, 0, 2}], 1'000);
  ASSERT_TRUE(merger.Accept(0, BatchOf(std::move(cells))).ok());
  const Families all = RunMetrics(merger, "r").Collect(kSecond, {});
  EXPECT_EQ(Value(all, "muster_requests_total", {"name=r0", "outcome=completed"}), 2);
  const ClientMetric* info = Find(all, "muster_request_info", {"name=r0"});
  ASSERT_NE(info, nullptr);
  EXPECT_EQ(TextOf(*info), "name=r0 tag_kind=read tag_team_a=x ") << "a label stands once";
}

TEST(RunMetricsTest, ARequestCalledOtherSharesItsSeries) {
  PlanSpec spec = SpecOfNames(RunMetrics::kMaxNames + 1);
  spec.requests[3].name = "(other)";
  RunMerger merger(MakePlan(spec), 1);
  const Families all = RunMetrics(merger, "r").Collect(kSecond, {});
  EXPECT_NE(Find(all, "muster_requests_total", {"name=(other)", "outcome=failed"}), nullptr);
}

TEST(RunMetricsTest, AllOfFewNamesHaveTheirOwn) {
  RunMerger merger(MakePlan(SpecOfNames(RunMetrics::kMaxNames)), 1);
  RunMetrics metrics(merger, "r");
  EXPECT_EQ(metrics.Note(), "");
  const Families all = metrics.Collect(kSecond, {});
  EXPECT_EQ(Find(all, "muster_requests_total", {"name=(other)", "outcome=failed"}), nullptr);
}

// A counter that lost its series to another would seem to go back.
TEST(RunMetricsTest, AStatusKeepsItsSeriesHoweverManyFollow) {
  RunMerger merger(MakePlan(ClosedSpec()), 1);
  RunMetrics metrics(merger, "r");
  for (uint16_t i = 0; i < 40; ++i) {
    CellMap cells;
    AddCompleted(&cells[{0, 0, 0}], 1'000, {}, 0, static_cast<uint16_t>(540 - i));
    ASSERT_TRUE(merger.Accept(0, MakeBatch(i + 1u, std::move(cells))).ok());
    metrics.Collect(kSecond, {});
  }
  const Families all = metrics.Collect(kSecond, {});
  const std::string responses = "muster_responses_total";
  EXPECT_EQ(Value(all, responses, {"name=home", "status=540"}), 1);
  EXPECT_EQ(Value(all, responses, {"name=home", "status=511"}), 1);
  EXPECT_EQ(Find(all, responses, {"status=510"}), nullptr);
  EXPECT_EQ(Value(all, responses, {"name=home", "status=(other)"}), 10);
}

TEST(RunMetricsTest, TheLoadIsThatOfTheMoment) {
  RunMerger merger(MakePlan(OpenSpec()), 1);
  DeltaBatch batch = MakeBatch(1, {});
  batch.cells[{0, 1, 0}].counts.due = batch.cells[{0, 1, 0}].counts.started = 3;
  batch.cells[{0, 1, 0}].counts.requests_started = 2;
  batch.in_flight = 3;
  batch.requests_in_flight = 2;
  ASSERT_TRUE(merger.Accept(0, batch).ok());
  RunMetrics metrics(merger, "r");
  const Families now = metrics.Collect(kSecond, {});
  EXPECT_EQ(Value(now, "muster_asked_iterations_per_second"), 100);
  EXPECT_EQ(Value(now, "muster_iterations_in_flight"), 3);
  EXPECT_EQ(Value(now, "muster_requests_in_flight"), 2);
  EXPECT_EQ(Value(metrics.Collect(std::nullopt, {}), "muster_asked_iterations_per_second"), 0);
  RunMerger closed(MakePlan(ClosedSpec()), 1);
  EXPECT_EQ(Value(RunMetrics(closed, "r").Collect(kSecond, {}), "muster_asked_users"), 50);
}

TEST(RunMetricsTest, WorkersAreCountedByStateAndShowTheirHealth) {
  RunMerger merger(MakePlan(OpenSpec()), 2);
  for (uint64_t tenth = 1; tenth <= 12; ++tenth) {  // late by 6 ms all the time: red
    CellMap cells;
    const auto interval = static_cast<uint32_t>(tenth);
    AddCompleted(&cells[{interval, 1, 0}], 9'000'000, {}, 6'000'000);
    const auto through = static_cast<int64_t>(tenth) * 100;
    ASSERT_TRUE(merger.Accept(1, MakeBatch(tenth, std::move(cells), through)).ok());
  }
  const std::vector<WorkerLabel> workers = {{"left", "lost"}, {"right", "running"}};
  const Families all = RunMetrics(merger, "r").Collect(kSecond, workers);
  EXPECT_EQ(Value(all, "muster_workers", {"state=lost"}), 1);
  EXPECT_EQ(Value(all, "muster_workers", {"state=running"}), 1);
  EXPECT_EQ(Value(all, "muster_workers", {"state=finished"}), 0);
  EXPECT_EQ(Value(all, "muster_worker_lag_p99_seconds", {"worker=left"}), 0);
  EXPECT_NEAR(Value(all, "muster_worker_lag_p99_seconds", {"worker=right"}), 0.006, 1e-5);
  EXPECT_EQ(Value(all, "muster_worker_health", {"worker=right", "colour=red"}), 1);
  EXPECT_EQ(Value(all, "muster_worker_health", {"worker=right", "colour=green"}), 0);
  EXPECT_EQ(Value(all, "muster_worker_health", {"worker=left", "colour=green"}), 1);
}

// Prometheus drops a whole scrape for one label that is not UTF-8.
TEST(RunMetricsTest, LabelsAreUtf8AndFamiliesAreNeverEmpty) {
  PlanSpec spec = OpenSpec();
  spec.requests[0].name = "caf\xE9";
  RunMerger merger(MakePlan(spec), 1);
  const Families all = RunMetrics(merger, "r").Collect(kSecond, {});
  EXPECT_EQ(Value(all, "muster_requests_total",
                  {"name=caf\xEF\xBF\xBD", "measured=true", "outcome=failed"}),
            0);
  for (const MetricFamily& family : all) {
    EXPECT_FALSE(family.metric.empty()) << family.name;
    EXPECT_FALSE(family.help.empty()) << family.name;
    EXPECT_EQ(family.name.ends_with("_total"), family.type == MetricType::Counter) << family.name;
  }
}

}  // namespace
}  // namespace muster
