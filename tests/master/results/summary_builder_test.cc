#include "master/results/summary_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/master/results/fixture.h"

namespace muster {
namespace {

using testing::Contains;
using testing::HasSubstr;

SessionFacts Facts(uint32_t workers) {
  SessionFacts facts;
  facts.tool_version = "0.1.0";
  facts.run_id = "7f3a";
  facts.load_end = RunTime() + Duration::Seconds(10);
  facts.ended = RunTime() + Duration::Millis(10'400);
  for (uint32_t i = 0; i < workers; ++i) {
    facts.workers.push_back({"lab-" + std::to_string(i + 1), "finished", Duration(), Duration()});
  }
  return facts;
}

// 200 completed in each stage by each of two workers.
RunMerger Merged(const std::shared_ptr<const Plan>& plan) {
  RunMerger merger(plan, 2);
  for (uint32_t worker = 0; worker < 2; ++worker) {
    CellMap cells;
    for (uint16_t stage = 0; stage < 3; ++stage) {
      for (int i = 0; i < 200; ++i) {
        const auto name = static_cast<uint16_t>(i % 4 == 0);
        AddCompleted(&cells[{stage * 20u, stage, name}], 1'000'000 + stage * 1'000'000,
                     plan->within_limits(), 1'000);
      }
    }
    EXPECT_TRUE(merger.Accept(worker, MakeBatch(1, cells, 10'400, true)).ok());
  }
  return merger;
}

TEST(SummaryBuilderTest, AGoodRunPassesWithItsBooksBalanced) {
  const auto plan = MakePlan(OpenSpec({"p99(response) < 5ms"}));
  const RunSummary s = BuildSummary(Merged(plan), Facts(2));
  EXPECT_EQ(s.exit_code, 0) << testing::PrintToString(s.verdict.reasons);
  EXPECT_TRUE(s.books_balanced);
  EXPECT_TRUE(s.verdict.passed && s.verdict.complete);
  EXPECT_EQ(s.counts.completed, 1'200u);
  EXPECT_EQ(s.load_duration, Duration::Seconds(10));
  EXPECT_DOUBLE_EQ(s.load_rate_per_s, 120);
  EXPECT_EQ(s.workers[1].completed, 600u);
  EXPECT_EQ(s.asked, "100/s");
  EXPECT_EQ(s.target, "http://127.0.0.1:8080");
}

TEST(SummaryBuilderTest, UnmeasuredStagesAreInTheTotalsAndNotInTheHeadline) {
  const auto plan = MakePlan(OpenSpec());
  const RunSummary s = BuildSummary(Merged(plan), Facts(2));
  EXPECT_EQ(s.counts.due, 1'200u);
  EXPECT_EQ(s.latency.response_all.count, 800u);
  EXPECT_EQ(*s.latency.response_all.min_ns, 2'000'000);
  EXPECT_EQ(s.by_name[0].counts.completed + s.by_name[1].counts.completed, 800u);
  EXPECT_DOUBLE_EQ(s.by_name[1].rate_per_s, 200.0 / 8);
  uint64_t in_timeline = 0;
  for (const TimelineRow& row : s.timeline) in_timeline += row.completed;
  EXPECT_EQ(in_timeline, 1'200u);
}

TEST(SummaryBuilderTest, ThresholdsKeepTheirPlaceAndNamesTheirMethod) {
  PlanSpec spec = OpenSpec({"p99(response) < 5ms", "error_rate < 1%"});
  spec.requests[1].method = "POST";
  const auto plan = MakePlan(spec);
  SessionFacts facts = Facts(2);
  facts.threshold_places = {"plan.yaml:7:5"};
  const RunSummary s = BuildSummary(Merged(plan), facts);
  EXPECT_EQ(s.thresholds[0].where, "plan.yaml:7:5");
  EXPECT_EQ(s.thresholds[1].where, "");
  EXPECT_EQ(s.by_name[0].method, "GET");
  EXPECT_EQ(s.by_name[1].method, "POST");
}

TEST(SummaryBuilderTest, ALimitOfIterationsEndsAClosedLoad) {
  PlanSpec spec = ClosedSpec({"rate >= 1/s"});
  spec.iterations = 400;
  const auto plan = MakePlan(spec);
  RunMerger merger(plan, 1);
  CellMap cells;
  for (int i = 0; i < 400; ++i) AddCompleted(&cells[{0, 0, 0}], 1'000, plan->within_limits());
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, cells, 4'000, true)).ok());
  SessionFacts facts = Facts(1);
  facts.ended = RunTime() + Duration::Seconds(4);
  const RunSummary s = BuildSummary(merger, facts);
  EXPECT_EQ(s.load_duration, Duration::Seconds(4));
  EXPECT_EQ(s.load_rate_per_s, 100);
  EXPECT_EQ(*s.thresholds[0].observed, 100);
}

// What is due until the load's end is set against the time until then, whenever the run was over.
TEST(SummaryBuilderTest, AnOpenLoadIsAskedOverItsWholeLength) {
  const auto plan = MakePlan(OpenSpec({"rate >= 1/s"}));
  RunMerger merger(plan, 1);
  CellMap cells, not_started;
  for (int i = 0; i < 100; ++i) AddCompleted(&cells[{20, 1, 0}], 1'000, plan->within_limits());
  AddNotStarted(&not_started[{60, 2, 0}], NotStarted::kWorkerLost, 900);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, cells, 3'000)).ok());
  merger.AddLoss(0, not_started);
  SessionFacts facts = Facts(1);
  facts.ended = RunTime() + Duration::Seconds(5);  // nobody was left
  const RunSummary s = BuildSummary(merger, facts);
  EXPECT_EQ(s.asked_rate_per_s, 100);
  EXPECT_EQ(s.load_rate_per_s, 10);
  EXPECT_EQ(*s.thresholds[0].observed, 100.0 / 8);
}

TEST(SummaryBuilderTest, AWorkerIsAsBusyAsInTheLoadPhase) {
  const auto plan = MakePlan(ClosedSpec());
  RunMerger merger(plan, 1);
  DeltaBatch lead = MakeBatch(1, {}, 100);
  lead.health = {0, 1'000, 0};
  DeltaBatch load = MakeBatch(2, {}, 10'001);  // handed over at the load's end or just after it
  load.health = {950, 1'000, 0};
  DeltaBatch drain = MakeBatch(3, {}, 20'000, true);
  drain.health = {0, 10'000, 0};
  ASSERT_TRUE(merger.Accept(0, lead).ok());
  EXPECT_EQ(BuildSummary(merger, Facts(1)).workers[0].busy, 0);
  ASSERT_TRUE(merger.Accept(0, load).ok());
  ASSERT_TRUE(merger.Accept(0, drain).ok());
  EXPECT_DOUBLE_EQ(BuildSummary(merger, Facts(1)).workers[0].busy, 0.95);
}

TEST(SummaryBuilderTest, AMissingLastBatchIsIncomplete) {
  const auto plan = MakePlan(OpenSpec());
  RunMerger merger(plan, 2);
  CellMap cells;
  AddCompleted(&cells[{0, 1, 0}], 1'000);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, cells, 10'000, true)).ok());
  const RunSummary s = BuildSummary(merger, Facts(2));
  EXPECT_EQ(s.exit_code, 3);
  EXPECT_THAT(s.verdict.reasons, Contains(HasSubstr("lab-2 never sent its last batch")));
}

TEST(SummaryBuilderTest, BrokenBooksAreIncompleteAndSaidSo) {
  const auto plan = MakePlan(OpenSpec());
  RunMerger merger(plan, 1);
  CellMap cells;
  AddCompleted(&cells[{0, 1, 0}], 1'000);
  ++cells[{0, 1, 0}].counts.started;
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, cells, 10'000, true)).ok());
  const RunSummary s = BuildSummary(merger, Facts(1));
  EXPECT_FALSE(s.books_balanced);
  EXPECT_EQ(s.exit_code, 3);
}

TEST(SummaryBuilderTest, ALostWorkerIsListedAndTheBooksStillBalance) {
  const auto plan = MakePlan(OpenSpec());
  RunMerger merger(plan, 1);
  CellMap cells, not_started;
  AddCompleted(&cells[{0, 1, 0}], 1'000);
  AddNotStarted(&not_started[{30, 1, 0}], NotStarted::kWorkerLost, 9);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, cells, 1'000)).ok());
  merger.AddLoss(0, not_started);
  SessionFacts facts = Facts(1);
  facts.workers[0].state = "lost";
  facts.losses = {Loss{"lab-1", RunTime(), RunTime(), 100, 120, 9}};
  const RunSummary s = BuildSummary(merger, facts);
  EXPECT_TRUE(s.books_balanced);
  EXPECT_EQ(s.exit_code, 3);
  EXPECT_EQ(s.losses.size(), 1u);
  EXPECT_THAT(s.verdict.reasons, Contains(HasSubstr("numbers 100 to 120 of worker lab-1")));
}

// One of each, and every number of the summary comes from its own source.
TEST(SummaryBuilderTest, EveryNumberHasItsSource) {
  const auto plan = MakePlan(OpenSpec());
  RunMerger merger(plan, 2);
  CellMap cells;
  Cell& home = cells[{20, 1, 0}];
  for (int i = 0; i < 6; ++i) AddCompleted(&home, 5'000'000, {}, 1'000'000);
  AddFailed(&home, ErrorClass::kTimeout);
  AddFailed(&home, ErrorClass::kDrainCut);
  --home.counts.finished;
  ++home.counts.cut;
  AddNotStarted(&home, NotStarted::kMaxInFlight, 2);
  home.counts.load_completed = 4;
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, cells, 12'000, true)).ok());
  CellMap begun;
  Counts& counts = begun[{22, 1, 1}].counts;
  counts.due = counts.started = counts.requests_started = 3;
  DeltaBatch batch = MakeBatch(1, begun, 2'300);
  batch.in_flight = batch.requests_in_flight = 3;
  ASSERT_TRUE(merger.Accept(1, batch).ok());
  merger.AddLoss(1, {});
  SessionFacts facts = Facts(2);
  facts.ended = RunTime() + Duration::Seconds(12);
  const RunSummary s = BuildSummary(merger, facts);

  EXPECT_TRUE(s.books_balanced);
  EXPECT_EQ(s.iterations_lost, 3u);
  EXPECT_EQ(s.requests_lost, 3u);
  EXPECT_EQ(s.iterations_in_flight + s.requests_in_flight, 0u);
  EXPECT_EQ(s.rate_per_s, 6.0 / 12);
  EXPECT_EQ(s.load_rate_per_s, 4.0 / 10);
  EXPECT_EQ(s.by_name[0].rate_per_s, 4.0 / 8);
  EXPECT_EQ(s.latency.response_all.count, 13u);
  EXPECT_EQ(s.latency.response_all.p50_ns, std::nullopt) << "7 of 13 did not complete";
  EXPECT_EQ(s.by_name[0].latency.response_all.count, 10u);
  EXPECT_EQ(s.by_name[0].latency.response_all.p50_ns, 5'000'000);
  EXPECT_EQ(s.by_name[0].latency.response_all.p90_ns, std::nullopt);
  EXPECT_EQ(s.latency_failed.by_kind[static_cast<size_t>(LatencyKind::kResponse)].count, 2u);
  EXPECT_EQ(s.workers[0].lag.max_ns, 1'000'000);
  EXPECT_EQ(s.workers[0].failed, 2u);
  EXPECT_EQ(s.workers[1].started, 3u);
  ASSERT_EQ(s.timeline.size(), 24u);
  EXPECT_EQ(s.timeline[20].failed, 2u);
  EXPECT_EQ(s.timeline[20].in_flight, 0u);
  EXPECT_EQ(s.timeline[22].in_flight, 3u);
  EXPECT_EQ(s.timeline[23].in_flight, 0u) << "lost with their worker";
}

TEST(SummaryBuilderTest, WhatTheSessionKnowsReachesTheVerdict) {
  const auto plan = MakePlan(OpenSpec());
  const RunMerger merger = Merged(plan);
  const auto reasons = [&](auto change) {
    SessionFacts facts = Facts(2);
    change(&facts);
    return BuildSummary(merger, facts).verdict.reasons;
  };
  EXPECT_THAT(reasons([](SessionFacts*) {}), testing::IsEmpty());
  EXPECT_THAT(reasons([](SessionFacts* f) { f->internal_error = "disk on fire"; }),
              Contains(HasSubstr("disk on fire")));
  EXPECT_THAT(reasons([](SessionFacts* f) { f->interrupted_by = "SIGINT"; }),
              Contains(HasSubstr("SIGINT")));
  EXPECT_THAT(reasons([](SessionFacts* f) { f->incomplete_reasons = {"lab-2 was lost"}; }),
              Contains("lab-2 was lost"));
}

TEST(SummaryBuilderTest, ALossInFlightIsAReasonAndInTheClosedModelHasNoBound) {
  RunMerger merger(MakePlan(ClosedSpec()), 1);
  CellMap cells;
  Counts& counts = cells[{0, 0, 0}].counts;
  counts.due = counts.started = counts.requests_started = 2;
  DeltaBatch batch = MakeBatch(1, cells, 500);
  batch.in_flight = batch.requests_in_flight = 2;
  ASSERT_TRUE(merger.Accept(0, batch).ok());
  merger.AddLoss(0, {});
  SessionFacts facts = Facts(1);
  facts.losses = {Loss{"lab-1", RunTime(), RunTime(), 0, 49, 2}};
  const RunSummary s = BuildSummary(merger, facts);
  EXPECT_THAT(s.verdict.reasons, Contains(HasSubstr("2 iterations in flight on a lost worker")));
  EXPECT_EQ(s.losses[0].at_most, std::nullopt);
}

TEST(SummaryBuilderTest, InsecureControlIsANoteInEveryReport) {
  const auto plan = MakePlan(OpenSpec());
  SessionFacts facts = Facts(2);
  facts.insecure_control = true;
  EXPECT_THAT(BuildSummary(Merged(plan), facts).notes, Contains(HasSubstr("--insecure-control")));
}

TEST(SummaryBuilderTest, AnUnverifiedTargetIsANoteInEveryReport) {
  PlanSpec spec = OpenSpec();
  spec.target.tls = true;
  const auto verified = MakePlan(spec);
  const RunSummary usual = BuildSummary(Merged(verified), Facts(2));
  EXPECT_FALSE(usual.insecure_target);
  EXPECT_THAT(usual.target, testing::StartsWith("https://"));
  spec.tls.verify = false;
  const auto insecure = MakePlan(spec);
  const RunSummary s = BuildSummary(Merged(insecure), Facts(2));
  EXPECT_TRUE(s.insecure_target);
  EXPECT_THAT(s.notes, Contains(HasSubstr("--insecure-target")));
}

TEST(SummaryBuilderTest, EachOfSeveralNamesHasItsTimeline) {
  const RunSummary s = BuildSummary(Merged(MakePlan(OpenSpec())), Facts(2));
  ASSERT_EQ(s.by_name.size(), 2u);
  for (const NameSummary& name : s.by_name) {
    uint64_t completed = 0;
    for (const TimelineRow& row : name.timeline) completed += row.completed;
    // Of all stages: those that are measured are a part of it.
    EXPECT_GE(completed, name.counts.completed);
    EXPECT_GT(completed, 0u) << name.name;
  }
  uint64_t sum = 0;
  for (const NameSummary& name : s.by_name) {
    for (const TimelineRow& row : name.timeline) sum += HistogramOf(row.response).count();
  }
  EXPECT_EQ(sum, s.counts.completed);
}

TEST(SummaryBuilderTest, StagesAsRun) {
  const auto plan = MakePlan(OpenSpec());
  SessionFacts facts = Facts(2);
  const RunSummary s = BuildSummary(Merged(plan), facts);
  ASSERT_FALSE(s.stages.empty());
  EXPECT_EQ(s.stages.front().from, RunTime());
  EXPECT_EQ(s.stages.back().to, facts.load_end);
  facts.load_end = RunTime() + Duration::Millis(1);
  const RunSummary cut = BuildSummary(Merged(plan), facts);
  ASSERT_EQ(cut.stages.size(), 1u) << "an interrupt left the others out";
  EXPECT_EQ(cut.stages[0].to, facts.load_end);
}

TEST(SummaryBuilderTest, AHeldRunIsThatOfItsHeldPlanAndSaysSo) {
  const auto plan = MakePlan(OpenSpec());
  RunMerger merger = Merged(plan);
  merger.Amend(std::make_shared<const Plan>(
      plan->WithHolds({{RunTime() + Duration::Seconds(3), Duration::Seconds(3)},
                       {RunTime() + Duration::Seconds(6), Duration::Seconds(3)},
                       {RunTime() + Duration::Seconds(12), Duration::Seconds(3)}})
          .value()));
  SessionFacts facts = Facts(2);
  facts.load_end = RunTime() + Duration::Seconds(19);
  facts.ended = RunTime() + Duration::Seconds(20);
  const RunSummary s = BuildSummary(merger, facts);
  ASSERT_EQ(s.stages.size(), 3u);
  EXPECT_EQ(s.stages[1].from, RunTime() + Duration::Seconds(2));
  EXPECT_EQ(s.stages[1].to, RunTime() + Duration::Seconds(12));
  EXPECT_EQ(s.stages[2].to, facts.load_end);
  EXPECT_EQ(s.load_duration, Duration::Seconds(19));
  EXPECT_DOUBLE_EQ(s.by_name[0].rate_per_s, 600.0 / 17) << "of the measured stages";
  ASSERT_GE(s.notes.size(), 2u);
  EXPECT_EQ(s.notes[0], "by hand, from 0:03 to 0:09: stage steady is held at 100/s");
  EXPECT_EQ(s.notes[1], "by hand, from 0:12 to 0:15: stage late is held at 100/s");
  facts.load_end = RunTime() + Duration::Seconds(5);  // stopped
  const RunSummary cut = BuildSummary(merger, facts);
  EXPECT_EQ(cut.notes[0], "by hand, from 0:03 to 0:05: stage steady is held at 100/s");
  EXPECT_EQ(HeldText(*MakePlan(ClosedSpec()), RunTime()), "stage steady is held at 50 users");
}

TEST(SummaryBuilderTest, WhatWasAskedAndOfWhom) {
  EXPECT_EQ(AskedText(*MakePlan(ClosedSpec())), "50 users");
  PlanSpec ramp = OpenSpec();
  std::get<OpenLoad>(ramp.load).segments[0].from = Rate::PerSecond(0);
  std::get<OpenLoad>(ramp.load).segments[1].to = Rate::PerSecond(8'000);
  EXPECT_EQ(AskedText(*MakePlan(ramp)), "0/s to 8,000/s");
  Target ipv6;
  ipv6.host = "::1";
  ipv6.port = 81;
  EXPECT_EQ(TargetText(ipv6), "http://[::1]:81");
  Target socket;
  socket.kind = Target::Kind::kUnix;
  socket.socket_path = "/run/app.sock";
  EXPECT_EQ(TargetText(socket), "http+unix:///run/app.sock");
}

TEST(SummaryBuilderTest, AThresholdThatEndedTheRunHasFailedWhateverCameAfter) {
  const auto plan = MakePlan(OpenSpec({"error_rate < 50%", "rate > 0/s"}));
  RunMerger merger(plan, 1);
  CellMap cells;
  for (int i = 0; i < 10; ++i) AddCompleted(&cells[{30, 1, 0}], 1'000);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, cells, 10'000, true)).ok());
  SessionFacts facts = Facts(1);
  facts.aborted = AbortDecision{0, RunTime::FromNanos(5'000'000'000), "70 %"};
  const RunSummary s = BuildSummary(merger, facts);
  EXPECT_EQ(s.exit_code, 1) << "and not the generator's fault";
  EXPECT_TRUE(s.verdict.aborted);
  EXPECT_FALSE(s.verdict.passed);
  EXPECT_FALSE(s.thresholds[0].passed);
  EXPECT_EQ(s.thresholds[0].aborted_at, RunTime::FromNanos(5'000'000'000));
  EXPECT_TRUE(s.thresholds[1].passed);
  EXPECT_THAT(s.verdict.reasons,
              Contains("the run was ended early by error_rate < 50% at 0:05, observed 70 %"));
}

TEST(SummaryBuilderTest, RequestsOfOneNameAndOfOneTagAreOneRow) {
  PlanSpec spec = OpenSpec();
  RequestSpec again = spec.requests[0];
  again.path = "/?again";
  spec.requests.push_back(again);
  spec.requests[1].tags = {{"kind", "pay"}};
  spec.requests[2].tags = {{"kind", "pay"}};
  const auto plan = MakePlan(spec);
  RunMerger merger(plan, 1);
  CellMap cells;
  for (uint16_t name = 0; name < 3; ++name) {
    for (int i = 0; i <= name; ++i) AddCompleted(&cells[{30, 1, name}], 1'000'000 * (name + 1));
  }
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, cells, 10'000, true)).ok());
  const RunSummary s = BuildSummary(merger, Facts(1));
  ASSERT_EQ(s.by_name.size(), 2u);
  EXPECT_EQ(s.by_name[0].name, "home");
  EXPECT_EQ(s.by_name[0].counts.completed, 1u + 3);
  EXPECT_TRUE(s.by_name[0].tags.empty()) << "one of the two has none";
  EXPECT_EQ(s.by_name[0].latency.response_all.max_ns, 3'000'000);
  EXPECT_DOUBLE_EQ(s.by_name[0].rate_per_s, 4.0 / 8);
  ASSERT_GT(s.by_name[0].timeline.size(), 30u);
  EXPECT_EQ(s.by_name[0].timeline[30].completed, 1u + 3);
  EXPECT_EQ(s.by_name[1].timeline[30].completed, 2u);
  EXPECT_EQ(s.by_name[1].tags.size(), 1u);
  ASSERT_EQ(s.by_tag.size(), 2u);
  EXPECT_EQ(s.by_tag[0].key + "=" + s.by_tag[0].value, "kind=pay");
  EXPECT_EQ(s.by_tag[0].counts.completed, 2u + 3);
  EXPECT_EQ(s.by_tag[1].value, "(none)");
  EXPECT_EQ(s.by_tag[1].counts.completed, 1u);
}

}  // namespace
}  // namespace muster
