#include "master/results/live_history.h"

#include <gtest/gtest.h>

#include "tests/master/results/fixture.h"

namespace muster {
namespace {

constexpr Duration kTenth = Duration::Millis(100);

RunTime AtSecond(double seconds) {
  return RunTime::FromNanos(static_cast<int64_t>(seconds * 1'000'000'000));
}

Cell CompletedCell(int count, int64_t ns) {
  Cell cell;
  for (int i = 0; i < count; ++i) AddCompleted(&cell, ns);
  return cell;
}

TEST(LiveHistoryTest, APointComesWhenItsLastRowIsComplete) {
  Timeline timeline(kTenth);
  timeline.Add(9, CompletedCell(50, 2'000'000));
  LiveHistory history;
  history.Update(timeline, AtSecond(0.999));
  EXPECT_TRUE(history.points().empty());
  history.Update(timeline, AtSecond(1.0));
  ASSERT_EQ(history.points().size(), 1u);
  const LivePoint& point = history.points()[0];
  EXPECT_EQ(point.from, RunTime());
  EXPECT_EQ(point.to, AtSecond(1.0));
  EXPECT_DOUBLE_EQ(point.completed_per_s, 50);
  EXPECT_DOUBLE_EQ(point.started_per_s, 50);
  EXPECT_GE(*point.p99_ns, 2'000'000);
  EXPECT_LT(*point.p99_ns, 2'010'000);
  EXPECT_FALSE(point.p99_failed);
}

TEST(LiveHistoryTest, ASilentSecondIsAPointWithoutLatency) {
  Timeline timeline(kTenth);
  LiveHistory history;
  history.Update(timeline, AtSecond(3.5));
  ASSERT_EQ(history.points().size(), 3u);
  EXPECT_EQ(history.points()[2].p99_ns, std::nullopt);
  EXPECT_FALSE(history.points()[2].p99_failed);
}

TEST(LiveHistoryTest, P99ReadsFailedWhenItsRankIsBeyondTheCompleted) {
  // Of 100 that ended the 99th decides.
  for (const int failed : {1, 2}) {
    Timeline timeline(kTenth);
    timeline.Add(0, CompletedCell(100 - failed, 1'000'000));
    Cell cell;
    AddFailed(&cell, ErrorClass::kTimeout);
    if (failed == 2) AddNotStarted(&cell, NotStarted::kMaxInFlight);
    timeline.Add(5, cell);
    LiveHistory history;
    history.Update(timeline, AtSecond(1));
    EXPECT_EQ(history.points()[0].p99_failed, failed == 2) << failed;
    EXPECT_TRUE(history.points()[0].p99_ns.has_value());
  }
}

TEST(LiveHistoryTest, OnlyTheLastMinuteIsKept) {
  Timeline timeline(Duration::Seconds(1));
  LiveHistory history;
  for (uint32_t second = 0; second < 200; ++second) {
    timeline.Add(second, CompletedCell(1, 1'000));
    if (second % 7 == 0) history.Update(timeline, AtSecond(second + 1.0));
  }
  ASSERT_EQ(history.points().size(), LiveHistory::kMaxPoints);
  EXPECT_EQ(history.points().back().to, AtSecond(197));
  for (size_t i = 1; i < history.points().size(); ++i) {
    EXPECT_EQ(history.points()[i].from, history.points()[i - 1].to);
  }
}

TEST(LiveHistoryTest, WhatComesLateIsFoundToo) {
  Timeline timeline(kTenth);
  LiveHistory history;
  timeline.Add(3, CompletedCell(10, 1'000));
  history.Update(timeline, AtSecond(2));
  timeline.Add(4, CompletedCell(10, 9'000'000));
  history.Update(timeline, AtSecond(2));
  EXPECT_DOUBLE_EQ(history.points()[0].completed_per_s, 20);
  EXPECT_GE(*history.points()[0].p99_ns, 9'000'000);
}

// However long rows have become, and whenever: what was gathered step by step is what the timeline
// says at the end.
TEST(LiveHistoryTest, PointsFollowTheTimelineWhenItsRowsDouble) {
  Timeline timeline(kTenth, /*max_rows=*/32);
  LiveHistory stepwise;
  Duration longest;
  for (uint32_t i = 0; i < 400; ++i) {
    timeline.Add(i, CompletedCell(static_cast<int>(i % 5), 1'000'000 + i * 10'000));
    const RunTime through = RunTime() + kTenth * (i + 1);
    stepwise.Update(timeline, through);
    LiveHistory fresh;
    fresh.Update(timeline, through);
    ASSERT_EQ(stepwise.points().size(), fresh.points().size()) << i;
    for (size_t p = 0; p < fresh.points().size(); ++p) {
      LivePoint a = stepwise.points()[p], b = fresh.points()[p];
      a.in_flight = b.in_flight = 0;  // of the latest alone
      ASSERT_TRUE(a == b) << i << ", point " << p;
    }
    if (!fresh.points().empty()) {
      const Duration length = fresh.points()[0].to - fresh.points()[0].from;
      EXPECT_EQ(length.nanos() % timeline.row_length().nanos(), 0);
      EXPECT_GE(length, LiveHistory::kLeastLength);
      longest = std::max(longest, length);
    }
  }
  EXPECT_EQ(longest, Duration::Millis(1'600));
}

TEST(LiveHistoryTest, InFlightIsThatOfTheLatestPointsEnd) {
  Timeline timeline(kTenth);
  Cell begun;
  begun.counts.due = begun.counts.started = begun.counts.requests_started = 7;
  timeline.Add(2, begun);
  Cell later = begun;
  timeline.Add(12, later);
  LiveHistory history;
  history.Update(timeline, AtSecond(1));
  EXPECT_EQ(history.points().back().in_flight, 7u);
  history.Update(timeline, AtSecond(9));
  EXPECT_EQ(history.points().back().in_flight, 14u);
}

}  // namespace
}  // namespace muster
