#include "master/results/timeline.h"

#include <gtest/gtest.h>

#include "common/base/random.h"
#include "tests/master/results/fixture.h"

namespace muster {
namespace {

constexpr Duration kInterval = Duration::Millis(100);

Cell OneRequest(int64_t response_ns) {
  Cell cell;
  AddCompleted(&cell, response_ns);
  return cell;
}

TEST(TimelineTest, ACellGoesToTheRowOfItsInterval) {
  Timeline timeline(kInterval);
  timeline.Add(2, OneRequest(1'000));
  ASSERT_EQ(timeline.rows().size(), 3u);
  EXPECT_EQ(timeline.rows()[1].due, 0u);
  EXPECT_EQ(timeline.rows()[2].completed, 1u);
  EXPECT_EQ(timeline.RowStart(2), RunTime() + Duration::Millis(200));
}

TEST(TimelineTest, DoublingKeepsEverySum) {
  Timeline timeline(kInterval, /*max_rows=*/8);
  Timeline whole(kInterval);
  for (uint32_t i = 0; i < 1'000; ++i) {
    const Cell cell = OneRequest(1'000 + i * 977);
    timeline.Add(i, cell);
    whole.Add(i, cell);
    ASSERT_LE(timeline.rows().size(), 8u);
    ASSERT_EQ(timeline.Window(0, timeline.rows().size()), whole.Window(0, whole.rows().size()));
  }
  EXPECT_EQ(timeline.row_length(), kInterval * 128);
  EXPECT_EQ(timeline.rows()[1], whole.Window(128, 256));
}

TEST(TimelineTest, TheLastRowBeforeTheLimitDoesNotDouble) {
  Timeline timeline(kInterval, /*max_rows=*/8);
  timeline.Add(7, OneRequest(5));
  EXPECT_EQ(timeline.row_length(), kInterval);
  timeline.Add(8, OneRequest(5));
  EXPECT_EQ(timeline.row_length(), kInterval * 2);
  EXPECT_EQ(timeline.rows().size(), 5u);
}

TEST(TimelineTest, AnIntervalFarAwayStillFits) {
  Timeline timeline(kInterval);
  timeline.Add(0, OneRequest(5));
  timeline.Add(UINT32_MAX, OneRequest(5));
  EXPECT_LE(timeline.rows().size(), Timeline::kMaxRows);
  EXPECT_EQ(timeline.Window(0, timeline.rows().size()).completed, 2u);
}

TEST(TimelineTest, TheHistogramsStayWithinTheirBound) {
  constexpr size_t kEntries = 64;
  Timeline timeline(kInterval, Timeline::kMaxRows, kEntries);
  for (uint32_t i = 0; i < 200; ++i) timeline.Add(i, OneRequest(1'000'000 + (i % 16) * 10'000));
  size_t entries = 0;
  for (const Timeline::Row& row : timeline.rows()) entries += row.response.counters_held();
  EXPECT_LE(entries, kEntries);
  EXPECT_EQ(timeline.Window(0, timeline.rows().size()).response.count(), 200u);
}

// Even when the bounds make rows merge on the way.
TEST(TimelineTest, AnyOrderGivesTheSameRows) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    std::vector<std::pair<uint32_t, Cell>> cells;
    for (uint64_t i = 0; i < 60; ++i) {
      const uint64_t bits = RandomBits(seed, RandomStream::kRequest, i);
      cells.emplace_back(bits % (1 + seed * 3), OneRequest(static_cast<int64_t>(bits >> 40)));
    }
    Timeline forward(kInterval, 16, 40), backward(kInterval, 16, 40);
    for (size_t i = 0; i < cells.size(); ++i) {
      forward.Add(cells[i].first, cells[i].second);
      const auto& other = cells[cells.size() - 1 - i];
      backward.Add(other.first, other.second);
    }
    EXPECT_EQ(forward.row_length(), backward.row_length()) << seed;
    EXPECT_EQ(forward.rows(), backward.rows()) << seed;
  }
}

TEST(TimelineTest, InFlightIsWhatStartedAndIsNotDone) {
  Timeline timeline(kInterval);
  Cell started;
  started.counts.due = started.counts.started = 5;
  Cell ended;
  ended.counts.finished = 2;
  ended.counts.cut = 1;
  timeline.Add(0, started);
  timeline.Add(2, ended);
  timeline.AddLost(3, 2);
  EXPECT_EQ(timeline.InFlightAtEnd(0), 5u);
  EXPECT_EQ(timeline.InFlightAtEnd(1), 5u);
  EXPECT_EQ(timeline.InFlightAtEnd(2), 2u);
  EXPECT_EQ(timeline.InFlightAtEnd(3), 0u);
}

TEST(TimelineTest, AnEndKnownBeforeItsStartIsNotInFlight) {
  Timeline timeline(kInterval);
  Cell ended;
  ended.counts.finished = 1;
  timeline.Add(0, ended);
  EXPECT_EQ(timeline.InFlightAtEnd(0), 0u);
}

}  // namespace
}  // namespace muster
