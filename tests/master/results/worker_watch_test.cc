#include "master/results/worker_watch.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

constexpr WorkerSecond kHealthy = {.lag_p99_ns = 90'000,
                                   .service_p50_ns = 2'000'000,
                                   .run_queue = 0.03,
                                   .throttled = 0,
                                   .steal = 0.01,
                                   .busy = 0.4};

WorkerColour With(auto&& change) {
  WorkerSecond second = kHealthy;
  change(second);
  return ColourOf(second);
}

TEST(WorkerColourTest, EachFigureHasItsLimit) {
  EXPECT_EQ(ColourOf(kHealthy), WorkerColour::kGreen);
  EXPECT_EQ(With([](auto& s) { s.lag_p99_ns = 1'000'001; }), WorkerColour::kAmber);
  EXPECT_EQ(With([](auto& s) { s.lag_p99_ns = 5'000'001; }), WorkerColour::kRed);
  EXPECT_EQ(With([](auto& s) { s.run_queue = 0.21; }), WorkerColour::kRed);
  EXPECT_EQ(With([](auto& s) { s.throttled = 0.06; }), WorkerColour::kRed);
  EXPECT_EQ(With([](auto& s) { s.steal = 0.06; }), WorkerColour::kAmber);
  EXPECT_EQ(With([](auto& s) { s.busy = 0.86; }), WorkerColour::kAmber);
}

TEST(WorkerColourTest, LagMattersBesideWhatItIsAddedTo) {
  const auto of_slow_target = [](int64_t lag_ns) {
    return With([&](auto& s) {
      s.service_p50_ns = 200'000'000;
      s.lag_p99_ns = lag_ns;
    });
  };
  EXPECT_EQ(of_slow_target(19'000'000), WorkerColour::kAmber);
  EXPECT_EQ(of_slow_target(20'000'001), WorkerColour::kRed);
}

// A batch of 100 ms of one thread that ends at `tenths`.
DeltaBatch Tenth(int64_t tenths, int64_t lag_ns, double busy = 0.3) {
  DeltaBatch batch;
  batch.accounted_through = RunTime::FromNanos(tenths * 100'000'000);
  Cell& cell = batch.cells[{static_cast<uint32_t>(tenths), 0, 0}];
  for (int i = 0; i < 20; ++i) {
    cell.latency[static_cast<size_t>(LatencyKind::kLag)].Record(lag_ns);
    cell.latency[static_cast<size_t>(LatencyKind::kService)].Record(2'000'000);
  }
  batch.health.span_ns = 100'000'000;
  batch.health.handler_ns = static_cast<uint64_t>(busy * 1e8);
  return batch;
}

constexpr RunTime kLoadEnd = RunTime::FromNanos(5'000'000'000);

TEST(WorkerWatchTest, SecondsAreJudgedAndNeighboursJoined) {
  WorkerWatch watch;
  for (int64_t tenth = 1; tenth <= 60; ++tenth) {
    const bool late = tenth > 11 && tenth <= 31;  // the first batch is not judged
    watch.Add(Tenth(tenth, late ? 9'000'000 : 50'000), kLoadEnd);
  }
  EXPECT_EQ(watch.seconds(), 4u) << "what is left before the load's end is less than one";
  EXPECT_EQ(watch.red(), 2u);
  EXPECT_EQ(watch.amber(), 0u);
  ASSERT_EQ(watch.spans().size(), 1u);
  EXPECT_EQ(watch.spans()[0].from, RunTime::FromNanos(1'100'000'000));
  EXPECT_EQ(watch.spans()[0].to, RunTime::FromNanos(3'100'000'000));
  EXPECT_TRUE(watch.spans()[0].red);
  EXPECT_GE(watch.worst().lag_p99_ns, 9'000'000);
}

TEST(WorkerWatchTest, TheLatestColourIsThatOfTheLastSecond) {
  WorkerWatch watch;
  EXPECT_EQ(watch.colour(), WorkerColour::kGreen);
  for (int64_t tenth = 1; tenth <= 11; ++tenth) watch.Add(Tenth(tenth, 2'000'000), kLoadEnd);
  EXPECT_EQ(watch.colour(), WorkerColour::kAmber);
  for (int64_t tenth = 12; tenth <= 21; ++tenth) watch.Add(Tenth(tenth, 50'000), kLoadEnd);
  EXPECT_EQ(watch.colour(), WorkerColour::kGreen);
}

TEST(WorkerWatchTest, ThePercentileIsOfAllRequestsOfTheSecond) {
  for (const uint64_t late : {2u, 3u}) {  // of 200 in a second; 2 are its hundredth part
    WorkerWatch watch;
    for (int64_t tenth = 1; tenth <= 21; ++tenth) {
      DeltaBatch batch = Tenth(tenth, 50'000);
      if (tenth % 10 == 5) {  // all in one cell, among others of its own that are in time
        Cell& cell = batch.cells[{static_cast<uint32_t>(tenth), 0, 1}];
        cell.latency[static_cast<size_t>(LatencyKind::kLag)].RecordMany(7'000'000, late);
        cell.latency[static_cast<size_t>(LatencyKind::kLag)].RecordMany(50'000, 5);
      }
      watch.Add(batch, kLoadEnd);
    }
    EXPECT_EQ(watch.red(), late == 3 ? 2u : 0u) << late;
  }
}

TEST(WorkerWatchTest, TheLatestSecondIsTheOneJudgedLast) {
  WorkerWatch watch;
  for (int64_t tenth = 1; tenth <= 10; ++tenth) watch.Add(Tenth(tenth, 50'000), kLoadEnd);
  EXPECT_FALSE(watch.latest().has_value());
  for (int64_t tenth = 11; tenth <= 31; ++tenth) {
    watch.Add(Tenth(tenth, tenth <= 21 ? 9'000'000 : 50'000, 0.5), kLoadEnd);
    if (tenth == 21) {
      EXPECT_EQ(watch.latest()->colour, WorkerColour::kRed);
    }
  }
  EXPECT_EQ(watch.latest()->until, RunTime::FromNanos(3'100'000'000));
  EXPECT_EQ(watch.latest()->colour, WorkerColour::kGreen);
  EXPECT_EQ(watch.latest()->second.lag_p99_ns, 0);
  EXPECT_DOUBLE_EQ(watch.latest()->second.busy, 0.5);
}

TEST(WorkerWatchTest, AHealthyWorkerShowsNothing) {
  WorkerWatch watch;
  for (int64_t tenth = 1; tenth <= 50; ++tenth) watch.Add(Tenth(tenth, 50'000), kLoadEnd);
  EXPECT_GT(watch.seconds(), 0u);
  EXPECT_EQ(watch.amber() + watch.red(), 0u);
  EXPECT_TRUE(watch.spans().empty());
}

TEST(WorkerWatchTest, NeitherTheIdleStartNorTheDrainIsJudged) {
  WorkerWatch watch;
  watch.Add(Tenth(-5, 0, 1.0), kLoadEnd);
  watch.Add(Tenth(0, 0, 1.0), kLoadEnd);
  DeltaBatch first = Tenth(1, 80'000'000);
  watch.Add(first, kLoadEnd);
  for (int64_t tenth = 2; tenth <= 51; ++tenth) watch.Add(Tenth(tenth, 50'000), kLoadEnd);
  for (int64_t tenth = 52; tenth <= 90; ++tenth) watch.Add(Tenth(tenth, 80'000'000), kLoadEnd);
  EXPECT_EQ(watch.seconds(), 4u);
  EXPECT_EQ(watch.red(), 0u);
}

TEST(WorkerWatchTest, SpansAreBoundedAndSecondsCounted) {
  WorkerWatch watch;
  const RunTime end = RunTime::FromNanos(INT64_MAX);
  for (int64_t second = 0; second < 3'000; ++second) {
    watch.Add(Tenth(second * 10 + 1, second % 2 == 0 ? 9'000'000 : 0), end);
  }
  EXPECT_EQ(watch.spans().size(), WorkerWatch::kMaxSpans);
  EXPECT_EQ(watch.seconds(), 2'999u);
  EXPECT_GT(watch.red(), WorkerWatch::kMaxSpans);
}

}  // namespace
}  // namespace muster
