#include "master/results/merger.h"

#include <gtest/gtest.h>

#include <functional>

#include "common/base/random.h"
#include "master/results/threshold_eval.h"
#include "tests/master/results/fixture.h"

namespace muster {
namespace {

const std::vector<std::string> kThresholds = {"within(250ms){stage=steady} >= 99%",
                                              "p99(response){name=buy} < 400ms",
                                              "error_rate < 1%",
                                              "p50(service){name=home,stage=late} < 1s",
                                              "rate >= 100/s over 500ms for 1s",
                                              "count(failed){stage=late} < 1 over 100ms",
                                              "not_started_rate{name=home} < 1% over 1s"};

// One request's worth of cell, made from random bits.
std::pair<CellKey, Cell> RandomCell(const Plan& plan, uint64_t seed, uint64_t i) {
  const uint64_t bits = RandomBits(seed, RandomStream::kRequest, i);
  const CellKey key{static_cast<uint32_t>(bits % 100), static_cast<uint16_t>((bits >> 8) % 3),
                    static_cast<uint16_t>((bits >> 12) % 2)};
  Cell cell;
  const auto ns = static_cast<int64_t>(bits >> 35);
  switch ((bits >> 16) % 8) {
    case 0:
      AddFailed(&cell, ErrorClass::kTimeout);
      break;
    case 1:
      AddNotStarted(&cell, NotStarted::kMaxInFlight);
      break;
    default:
      AddCompleted(&cell, ns, plan.within_limits(), ns / 10, (bits >> 20) % 16 == 0 ? 503 : 200);
  }
  return {key, std::move(cell)};
}

// The decisions, not only what they are made of.
void ExpectSameJudgements(const RunMerger& a, const RunMerger& b) {
  const auto of_a = EvaluateThresholds(a, a.plan().load_end());
  const auto of_b = EvaluateThresholds(b, b.plan().load_end());
  ASSERT_EQ(of_a.size(), of_b.size());
  for (size_t i = 0; i < of_a.size(); ++i) {
    const ThresholdResult& x = of_a[i].result;
    const ThresholdResult& y = of_b[i].result;
    EXPECT_EQ(x.observed, y.observed) << x.threshold.expression;
    EXPECT_EQ(x.passed, y.passed) << x.threshold.expression;
    EXPECT_EQ(x.first_breach, y.first_breach) << x.threshold.expression;
    EXPECT_EQ(x.remark, y.remark) << x.threshold.expression;
    EXPECT_EQ(of_a[i].passes_without_generator_faults, of_b[i].passes_without_generator_faults);
  }
}

void ExpectSame(const RunMerger& a, const RunMerger& b) {
  ExpectSameJudgements(a, b);
  EXPECT_EQ(a.totals(), b.totals());
  EXPECT_EQ(a.statuses(), b.statuses());
  EXPECT_EQ(a.by_stage_and_name(), b.by_stage_and_name());
  EXPECT_EQ(a.timeline().rows(), b.timeline().rows());
  for (const Threshold& threshold : a.plan().spec().thresholds) {
    const Scope scope = *a.ScopeOf(threshold);
    EXPECT_TRUE(a.Select(scope) == b.Select(scope)) << threshold.expression;
    EXPECT_EQ(a.TimelineOf(scope)->rows(), b.TimelineOf(scope)->rows()) << threshold.expression;
  }
}

TEST(RunMergerTest, AThresholdOnTheOnlyMeasuredStageIsOnAll) {
  PlanSpec spec = OpenSpec({"error_rate{stage=steady} < 1%"});
  const RunMerger two(MakePlan(spec), 1);
  EXPECT_EQ(two.ScopeOf(spec.thresholds[0]), (Scope{uint16_t{1}, {}}));
  spec.stages[2].measure = false;
  const RunMerger one(MakePlan(spec), 1);
  EXPECT_EQ(one.ScopeOf(spec.thresholds[0]), Scope{});
  EXPECT_NE(one.TimelineOf(Scope{}), nullptr);
}

TEST(RunMergerTest, WhatIsNotMeasuredIsKeptApart) {
  RunMerger merger(MakePlan(OpenSpec()), 1);
  CellMap cells;
  AddCompleted(&cells[{0, 0, 1}], 7'000);  // warm
  AddCompleted(&cells[{5, 1, 1}], 8'000);
  AddFailed(&cells[{9, 2, 1}], ErrorClass::kTimeout);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, std::move(cells))).ok());
  const auto response = static_cast<size_t>(LatencyKind::kResponse);
  EXPECT_EQ(merger.OfName(1).latency[response].sum(), 8'000);
  EXPECT_EQ(merger.UnmeasuredOfName(1)->latency[response].sum(), 7'000);
  EXPECT_EQ(merger.UnmeasuredOfName(1)->counts.failed, 0u);
  EXPECT_EQ(merger.UnmeasuredOfName(0)->counts, Counts());
  EXPECT_EQ(RunMerger(MakePlan(ClosedSpec()), 1).UnmeasuredOfName(1), nullptr);
}

// Law 2.
TEST(RunMergerTest, AnyPartitionOverWorkersAndBatchesGivesTheSame) {
  const auto plan = MakePlan(OpenSpec(kThresholds));
  constexpr uint64_t kCells = 300;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    RunMerger one(plan, 1);
    CellMap all;
    for (uint64_t i = 0; i < kCells; ++i) {
      const auto [key, cell] = RandomCell(*plan, seed, i);
      all[key].Merge(cell);
    }
    ASSERT_TRUE(one.Accept(0, MakeBatch(1, all, 10'000, true)).ok());

    RunMerger many(plan, 4);
    std::vector<CellMap> pending(4);
    std::vector<uint64_t> sequence(4, 0);
    for (uint64_t i = kCells; i-- > 0;) {
      const uint64_t bits = RandomBits(seed, RandomStream::kArrival, i);
      const auto worker = static_cast<uint32_t>(bits % 4);
      const auto [key, cell] = RandomCell(*plan, seed, i);
      pending[worker][key].Merge(cell);
      if ((bits >> 8) % 3 != 0) continue;
      const auto batch = MakeBatch(++sequence[worker], std::exchange(pending[worker], {}));
      ASSERT_TRUE(many.Accept(worker, batch).ok());
    }
    for (uint32_t worker = 0; worker < 4; ++worker) {
      const auto batch = MakeBatch(++sequence[worker], pending[worker], 10'000, true);
      ASSERT_TRUE(many.Accept(worker, batch).ok());
    }
    ExpectSame(one, many);
    EXPECT_TRUE(many.AuditBooks(true).empty());
  }
}

// Law 2: from then on the rows' length no longer depends on the order in which batches came.
TEST(RunMergerTest, TimelinesAreSettledOnceNothingMoreComes) {
  for (const bool lost : {false, true}) {
    RunMerger merger(MakePlan(OpenSpec({"p99(response) < 1s"})), 1);
    CellMap cells;
    AddCompleted(&cells[{30, 1, 0}], 1'000'000);
    DeltaBatch batch = MakeBatch(1, cells, 100);
    ASSERT_TRUE(merger.Accept(0, batch).ok());
    EXPECT_FALSE(merger.timeline().settled());
    if (lost) {
      merger.AddLoss(0, {});
    } else {
      batch = MakeBatch(2, {}, 100);
      batch.last = true;
      ASSERT_TRUE(merger.Accept(0, batch).ok());
    }
    EXPECT_TRUE(merger.timeline().settled()) << lost;
    EXPECT_TRUE(merger.TimelineOf(Scope{})->settled()) << lost;
  }
}

TEST(RunMergerTest, ThresholdScopesHoldTheirCellsAlone) {
  const auto plan = MakePlan(OpenSpec(kThresholds));
  RunMerger merger(plan, 1);
  CellMap cells;
  for (uint16_t stage = 0; stage < 3; ++stage) {
    for (uint16_t name = 0; name < 2; ++name) {
      for (int times = 0; times <= stage * 2 + name; ++times) {
        AddCompleted(&cells[{0, stage, name}], 1'000, plan->within_limits());
      }
    }
  }
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, cells)).ok());
  EXPECT_EQ(merger.totals().completed, 1u + 2 + 3 + 4 + 5 + 6);
  EXPECT_EQ(merger.Select(Scope{}).counts.completed, 3u + 4 + 5 + 6);  // "warm" is not measured
  EXPECT_EQ(merger.Select(Scope{1, {}}).counts.completed, 3u + 4);
  EXPECT_EQ(merger.Select(Scope{{}, {1}}).counts.completed, 4u + 6);
  EXPECT_EQ(merger.Select(Scope{2, {0}}).counts.completed, 5u);
  EXPECT_EQ(merger.TimelineOf(Scope{1, {}})->rows()[0].completed, 3u + 4);
}

TEST(RunMergerTest, ScopesByTagAndGroupHoldTheirCellsAlone) {
  PlanSpec spec = OpenSpec({"error_rate{kind=pay} < 1%", "error_rate{worker=eu} < 1%",
                            "error_rate{worker=eu,kind=pay,stage=late} < 1% over 1s"});
  spec.requests[1].tags = {{"kind", "pay"}};
  const auto plan = MakePlan(spec);
  RunMerger merger(plan, 2);
  merger.SetGroup(0, "eu");
  for (uint32_t worker = 0; worker < 2; ++worker) {
    CellMap cells;
    for (uint16_t stage = 0; stage < 3; ++stage) {
      for (uint16_t name = 0; name < 2; ++name) {
        for (uint32_t n = 0; n <= stage * 2U + name + worker * 10; ++n) {
          AddCompleted(&cells[{11U * stage, stage, name}], 1'000);
        }
      }
    }
    ASSERT_TRUE(merger.Accept(worker, MakeBatch(1, cells, 10'000, true)).ok());
  }
  const auto& thresholds = plan->spec().thresholds;
  const auto completed = [&](size_t i) {
    return merger.Select(*merger.ScopeOf(thresholds[i])).counts.completed;
  };
  EXPECT_EQ(completed(0), 4u + 6 + 14 + 16);
  EXPECT_EQ(completed(1), 3u + 4 + 5 + 6);
  EXPECT_EQ(completed(2), 6u);
  EXPECT_EQ(merger.WindowsOf(thresholds[0]), nullptr);
  const Timeline* windows = merger.WindowsOf(thresholds[2]);
  ASSERT_NE(windows, nullptr);
  EXPECT_EQ(windows->row_length(), Duration::Seconds(1));
  ASSERT_EQ(windows->rows().size(), 3u);
  EXPECT_EQ(windows->rows()[2].completed, 6u);
  EXPECT_TRUE(windows->settled());
  EXPECT_TRUE(merger.AuditBooks(true).empty());
}

TEST(RunMergerTest, PerfectWindowsLackTheGeneratorsOwnFaults) {
  const auto plan = MakePlan(OpenSpec({"p99(response) < 50ms over 1s", "rate > 1/s over 1s"}));
  RunMerger merger(plan, 1);
  CellMap cells;
  AddCompleted(&cells[{25, 1, 0}], 60'000'000, {}, 20'000'000);
  AddNotStarted(&cells[{25, 1, 0}], NotStarted::kLate, 3);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, cells, 10'000, true)).ok());
  const Timeline* of_time = merger.PerfectWindowsOf(plan->spec().thresholds[0]);
  EXPECT_EQ(of_time->rows()[2].not_started, 0u);
  EXPECT_LT(of_time->Response(2).max(), 41'000'000);
  const Timeline* of_rate = merger.PerfectWindowsOf(plan->spec().thresholds[1]);
  EXPECT_EQ(of_rate->rows()[2].load_completed, 4u);
  EXPECT_EQ(merger.WindowsOf(plan->spec().thresholds[0])->rows()[2].not_started, 3u);
}

TEST(RunMergerTest, ARefusedBatchLeavesEverythingAsItWas) {
  const auto plan = MakePlan(OpenSpec(kThresholds));
  RunMerger merger(plan, 2);
  CellMap good;
  AddCompleted(&good[{0, 1, 0}], 1'000, plan->within_limits());
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, good, 500)).ok());
  const Counts before = merger.totals();

  CellMap bad_stage = good, bad_name = good, bad_within = good;
  bad_stage[{0, 3, 0}];
  bad_name[{0, 0, 2}];
  bad_within[{0, 1, 1}].within = {1, 2};
  const std::vector<std::pair<uint32_t, DeltaBatch>> refused = {
      {2, MakeBatch(1, good, 600)},     {0, MakeBatch(1, good, 600)},
      {0, MakeBatch(3, good, 600)},     {0, MakeBatch(2, bad_stage, 600)},
      {0, MakeBatch(2, bad_name, 600)}, {0, MakeBatch(2, bad_within, 600)},
      {1, MakeBatch(0, good, 600)}};
  for (size_t i = 0; i < refused.size(); ++i) {
    EXPECT_FALSE(merger.Accept(refused[i].first, refused[i].second).ok()) << i;
  }
  EXPECT_EQ(merger.totals(), before);
  EXPECT_EQ(merger.workers()[0].batches, 1u);
  EXPECT_TRUE(merger.Accept(0, MakeBatch(2, good, 600, true)).ok());
  EXPECT_FALSE(merger.Accept(0, MakeBatch(3, good, 700)).ok()) << "after the last";
}

// As many as the wire lets through, which must not end this process.
TEST(RunMergerTest, MoreRecordsThanARowCanHoldAreRefused) {
  RunMerger merger(MakePlan(OpenSpec()), 2);
  const auto batch = [](uint64_t sequence, uint64_t records) {
    CellMap cells;
    Cell& cell = cells[{0, 1, 0}];
    cell.latency[static_cast<size_t>(LatencyKind::kResponse)].RecordMany(1'000, records);
    return MakeBatch(sequence, std::move(cells));
  };
  EXPECT_FALSE(merger.Accept(0, batch(1, uint64_t{1} << 48)).ok());
  DeltaBatch halves = batch(1, uint64_t{1} << 47);
  halves.cells[{0, 2, 0}] = halves.cells[{0, 1, 0}];
  EXPECT_FALSE(merger.Accept(0, halves).ok());
  EXPECT_TRUE(merger.Accept(0, batch(1, RunMerger::kMaxResponses - 1)).ok());
  EXPECT_FALSE(merger.Accept(1, batch(1, 2)).ok());
  EXPECT_TRUE(merger.Accept(1, batch(1, 1)).ok());
}

TEST(RunMergerTest, ABatchThatDoesNotBalanceIsMergedAndRemembered) {
  RunMerger merger(MakePlan(OpenSpec()), 1);
  CellMap cells;
  AddCompleted(&cells[{0, 1, 0}], 1'000);
  ++cells[{0, 1, 0}].counts.due;
  EXPECT_TRUE(merger.Accept(0, MakeBatch(1, cells)).ok());
  EXPECT_EQ(merger.totals().due, 2u);
  EXPECT_FALSE(merger.AuditBooks(false).empty());
}

// Law 6: counts that balance are not enough, the percentiles are made of the histograms.
TEST(RunMergerTest, EveryRequestThatEndedIsInTheMeasurementsOnce) {
  const auto plan = MakePlan(OpenSpec(kThresholds));
  CellMap good;
  Cell& cell = good[{20, 1, 0}];
  AddCompleted(&cell, 1'000, plan->within_limits());
  AddFailed(&cell, ErrorClass::kTimeout);
  const std::vector<std::function<void(Cell*)>> changes = {
      [](Cell*) {},
      [](Cell* c) { c->statuses.Add(200, 1); },
      [](Cell* c) { c->statuses.Clear(); },
      [](Cell* c) { c->latency[static_cast<size_t>(LatencyKind::kResponse)].Record(1); },
      [](Cell* c) { c->latency[static_cast<size_t>(LatencyKind::kOnset)].Clear(); },
      [](Cell* c) { c->latency[static_cast<size_t>(LatencyKind::kService)].Clear(); },
      [](Cell* c) { c->latency[static_cast<size_t>(LatencyKind::kFirstByte)].Clear(); },
      [](Cell* c) { c->latency_failed[static_cast<size_t>(LatencyKind::kResponse)].Clear(); },
      [](Cell* c) { c->latency_failed[static_cast<size_t>(LatencyKind::kWait)].Record(1); },
      [](Cell* c) { c->within[0] = 2; },
      [](Cell* c) { c->within_onset[0] = 2; }};
  for (size_t i = 0; i < changes.size(); ++i) {
    RunMerger merger(plan, 1);
    CellMap cells = good;
    changes[i](&cells.begin()->second);
    ASSERT_TRUE(merger.Accept(0, MakeBatch(1, cells, 10'000, true)).ok()) << i;
    EXPECT_EQ(merger.AuditBooks(true).empty(), i == 0) << "change " << i;
  }
}

TEST(RunMergerTest, WhatIsInFlightBalancesUntilTheEnd) {
  RunMerger merger(MakePlan(OpenSpec()), 1);
  CellMap cells;
  Counts& counts = cells[{0, 1, 0}].counts;
  counts.due = counts.started = counts.requests_started = 3;
  DeltaBatch batch = MakeBatch(1, cells);
  batch.in_flight = batch.requests_in_flight = 3;
  ASSERT_TRUE(merger.Accept(0, batch).ok());
  EXPECT_TRUE(merger.AuditBooks(false).empty());
  EXPECT_FALSE(merger.AuditBooks(true).empty());
}

TEST(RunMergerTest, ARequestInFlightAloneIsNoEnd) {
  RunMerger merger(MakePlan(OpenSpec()), 1);
  CellMap cells;
  Counts& counts = cells[{0, 1, 0}].counts;
  counts.due = counts.started = counts.finished = counts.requests_started = 1;
  DeltaBatch batch = MakeBatch(1, cells, 10'000, true);
  batch.requests_in_flight = 1;
  ASSERT_TRUE(merger.Accept(0, batch).ok());
  EXPECT_TRUE(merger.AuditBooks(false).empty());
  EXPECT_FALSE(merger.AuditBooks(true).empty());
}

TEST(RunMergerTest, WhatWasAccountedForStaysSo) {
  RunMerger merger(MakePlan(OpenSpec()), 1);
  ASSERT_TRUE(merger.Accept(0, MakeBatch(1, {}, 500)).ok());
  ASSERT_TRUE(merger.Accept(0, MakeBatch(2, {}, 300)).ok());
  EXPECT_EQ(merger.workers()[0].accounted_through, RunTime() + Duration::Millis(500));
}

TEST(RunMergerTest, ALossMovesInFlightToLostAndAddsWhatWasNotStarted) {
  RunMerger merger(MakePlan(OpenSpec()), 2);
  CellMap cells;
  Counts& counts = cells[{0, 1, 0}].counts;
  counts.due = counts.started = counts.requests_started = 3;
  DeltaBatch batch = MakeBatch(1, cells, 100);
  batch.in_flight = batch.requests_in_flight = 3;
  ASSERT_TRUE(merger.Accept(1, batch).ok());
  CellMap not_started;
  AddNotStarted(&not_started[{5, 1, 1}], NotStarted::kWorkerLost, 7);
  merger.AddLoss(1, not_started);

  EXPECT_EQ(merger.totals().due, 10u);
  EXPECT_EQ(merger.workers()[1].iterations_lost, 3u);
  EXPECT_EQ(merger.timeline().InFlightAtEnd(1), 0u);
  EXPECT_EQ(merger.timeline().rows()[5].not_started, 7u);
  EXPECT_TRUE(merger.AuditBooks(true).empty());
  EXPECT_FALSE(merger.Accept(1, MakeBatch(2, {}, 200)).ok());
}

TEST(RunMergerTest, HealthLagAndTraceAreKept) {
  RunMerger merger(MakePlan(OpenSpec()), 2);
  for (uint32_t worker : {1u, 0u}) {
    CellMap cells;
    AddCompleted(&cells[{0, 1, 0}], 1'000, {}, 300 + worker);
    DeltaBatch batch = MakeBatch(1, cells);
    batch.health = {10, 100, 20};
    batch.trace = {{worker, RunTime::FromNanos(5), true}};
    ASSERT_TRUE(merger.Accept(worker, batch).ok());
  }
  EXPECT_EQ(merger.workers()[1].lag.max(), 301);
  EXPECT_EQ(merger.workers()[1].health.handler_ns, 10u);
  const auto trace = merger.SortedTrace();
  ASSERT_EQ(trace.size(), 2u);
  EXPECT_EQ(trace[0].k, 0u);
}

}  // namespace
}  // namespace muster
