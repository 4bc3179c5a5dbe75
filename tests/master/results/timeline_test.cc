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
  cell.counts.other_fields = 1;
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
  EXPECT_EQ(timeline.WindowResponse(0, timeline.rows().size()),
            whole.WindowResponse(0, whole.rows().size()));
  EXPECT_EQ(timeline.row_length(), kInterval * 128);
  EXPECT_EQ(timeline.rows()[1], whole.Window(128, 256));
  EXPECT_EQ(timeline.Response(1), whole.WindowResponse(128, 256));
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
  EXPECT_EQ(timeline.Window(0, timeline.rows().size()).other_fields, 2u);
}

TEST(TimelineTest, TheHistogramsStayWithinTheirBound) {
  Timeline timeline(kInterval, Timeline::kMaxRows, /*max_bytes=*/2'000);
  for (uint32_t i = 0; i < 200; ++i) timeline.Add(i, OneRequest(1'000'000 + (i % 16) * 10'000));
  timeline.Settle();
  EXPECT_EQ(timeline.row_length(), kInterval * 8);
  EXPECT_EQ(timeline.WindowResponse(0, timeline.rows().size()).count(), 200u);
}

TEST(TimelineTest, ARowTooLargeForTheBoundIsKept) {
  Timeline timeline(kInterval, Timeline::kMaxRows, /*max_bytes=*/10);
  for (uint32_t i = 0; i < 40; ++i) timeline.Add(i, OneRequest(int64_t{1'000} << (i % 30)));
  timeline.Settle();
  ASSERT_EQ(timeline.rows().size(), 1u);
  EXPECT_EQ(timeline.Response(0).count(), 40u);
}

// Rows that come back after they were packed, as after a worker's reconnection.
TEST(TimelineTest, ALateCellFindsItsRow) {
  Timeline timeline(kInterval);
  for (uint32_t i = 0; i < 10 * Timeline::kOpenRows; ++i) timeline.Add(i, OneRequest(1'000));
  timeline.Add(3, OneRequest(9'000));
  EXPECT_EQ(timeline.Response(3).count(), 2u);
  timeline.Settle();
  EXPECT_EQ(timeline.Response(3).count(), 2u);
  EXPECT_EQ(timeline.Response(3).max(), 9'000);
  EXPECT_EQ(timeline.Response(4).count(), 1u);
}

// Even when the bounds make rows merge on the way.
TEST(TimelineTest, AnyOrderGivesTheSameRows) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    std::vector<std::pair<uint32_t, Cell>> cells;
    for (uint64_t i = 0; i < 60; ++i) {
      const uint64_t bits = RandomBits(seed, RandomStream::kRequest, i);
      cells.emplace_back(bits % (1 + seed * 3), OneRequest(static_cast<int64_t>(bits >> 40)));
    }
    const size_t bytes = 100 + seed % 20 * 100;
    Timeline forward(kInterval, 64, bytes), backward(kInterval, 64, bytes);
    for (size_t i = 0; i < cells.size(); ++i) {
      forward.Add(cells[i].first, cells[i].second);
      const auto& other = cells[cells.size() - 1 - i];
      backward.Add(other.first, other.second);
    }
    forward.Settle();
    backward.Settle();
    EXPECT_EQ(forward.row_length(), backward.row_length()) << seed;
    ASSERT_EQ(forward.rows(), backward.rows()) << seed;
    for (size_t i = 0; i < forward.rows().size(); ++i) {
      EXPECT_EQ(forward.Response(i), backward.Response(i)) << seed;
    }
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
