#include "common/stats/cell.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "common/base/random.h"

namespace muster {
namespace {

// A cell in which every field has a value of its own.
Cell FilledCell(uint64_t seed) {
  uint64_t n = 0;
  const auto next = [&] {
    return 1 + RandomBelow(1000, RandomBits(seed, RandomStream::kRequest, n++));
  };
  Cell cell;
  Counts& c = cell.counts;
  for (uint64_t* field : {&c.due,
                          &c.started,
                          &c.finished,
                          &c.cut,
                          &c.requests_started,
                          &c.completed,
                          &c.load_completed,
                          &c.failed,
                          &c.failed_after_send,
                          &c.unexpected,
                          &c.bytes_sent,
                          &c.bytes_received,
                          &c.slow_connect,
                          &c.connects,
                          &c.tls_handshakes,
                          &c.tls_resumed,
                          &c.h2_goaways,
                          &c.idle_closed,
                          &c.unanswered,
                          &c.compressed,
                          &c.cached,
                          &c.other_fields}) {
    *field = next();
  }
  for (uint64_t& x : c.not_started) x = next();
  for (uint64_t& x : c.errors) x = next();
  for (const uint16_t status : std::initializer_list<uint16_t>{200, 503, 404, 100, 599}) {
    if (next() > 300) cell.statuses.Add(status, next());
  }
  cell.within = {next(), next()};
  cell.within_onset = {next(), next()};
  for (Histogram& h : cell.latency) h.RecordMany(static_cast<int64_t>(next() * 1000), next());
  for (Histogram& h : cell.latency_failed) h.Record(static_cast<int64_t>(next()));
  return cell;
}

TEST(Counts, AddSumsEveryField) {
  const Counts one = FilledCell(1).counts;
  Counts sum;
  sum.Add(one);
  EXPECT_EQ(sum, one);
  // Counts holds nothing but uint64_t, so that a field left out of Add shows here.
  static_assert(sizeof(Counts) == sizeof(uint64_t) * (22 + kNotStartedReasons + kErrorClasses));
  sum.Add(one);
  const auto* doubled = reinterpret_cast<const uint64_t*>(&sum);
  const auto* single = reinterpret_cast<const uint64_t*>(&one);
  for (size_t i = 0; i < sizeof(Counts) / sizeof(uint64_t); ++i) {
    EXPECT_EQ(doubled[i], 2 * single[i]) << "field " << i;
  }
}

TEST(Counts, NotStartedTotalSumsTheReasons) {
  Counts c;
  uint64_t want = 0;
  for (size_t i = 0; i < kNotStartedReasons; ++i) {
    c.not_started[i] = i + 1;
    want += i + 1;
  }
  EXPECT_EQ(c.not_started_total(), want);
}

TEST(StatusCounts, AreAscendingAndAddedUp) {
  StatusCounts counts;
  counts.Add(503, 1);
  counts.Add(200, 2);
  counts.Add(404, 3);
  counts.Add(200, 5);
  counts.Add(301, 0);
  const std::vector<std::pair<uint16_t, uint64_t>> want = {{200, 7}, {404, 3}, {503, 1}};
  EXPECT_EQ(counts.entries(), want);
  counts.Clear();
  EXPECT_EQ(counts, StatusCounts());
}

TEST(StatusCounts, MergingItselfDoubles) {
  StatusCounts counts;
  counts.Add(200, 1);
  counts.Add(500, 2);
  counts.Merge(counts);
  const std::vector<std::pair<uint16_t, uint64_t>> want = {{200, 2}, {500, 4}};
  EXPECT_EQ(counts.entries(), want);
}

TEST(StatusCountsDeathTest, AStatusOutsideTheRangeIsABug) {
  StatusCounts counts;
  counts.Add(100, 1);
  counts.Add(599, 1);
  EXPECT_DEATH(counts.Add(99, 1), "status 99");
  EXPECT_DEATH(counts.Add(600, 1), "status 600");
}

TEST(CellMerge, IsCommutativeAndAssociative) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const Cell a = FilledCell(3 * seed), b = FilledCell(3 * seed + 1), c = FilledCell(3 * seed + 2);
    Cell ab = a, ba = b, bc = b, a_bc = a;
    ab.Merge(b);
    ba.Merge(a);
    EXPECT_TRUE(ab == ba);
    ab.Merge(c);
    bc.Merge(c);
    a_bc.Merge(bc);
    EXPECT_TRUE(ab == a_bc);
  }
}

TEST(CellMerge, WithAnEmptyCellChangesNothing) {
  const Cell a = FilledCell(1);
  Cell left = a, right;
  left.Merge(Cell());
  right.Merge(a);
  EXPECT_TRUE(left == a);
  EXPECT_TRUE(right == a);
}

TEST(CellMerge, OfUnlikeWithinSizesGrowsToTheLonger) {
  Cell a, b;
  a.within = {1};
  b.within = {10, 20};
  Cell ab = a, ba = b;
  ab.Merge(b);
  ba.Merge(a);
  EXPECT_EQ(ab.within, (std::vector<uint64_t>{11, 20}));
  EXPECT_TRUE(ab == ba);
}

TEST(Cell, ClearedEqualsNew) {
  Cell cell = FilledCell(5);
  EXPECT_FALSE(cell == Cell());
  cell.Clear();
  EXPECT_TRUE(cell == Cell());
}

TEST(CellKey, OrdersByIntervalThenStageThenName) {
  EXPECT_LT((CellKey{1, 9, 9}), (CellKey{2, 0, 0}));
  EXPECT_LT((CellKey{1, 1, 9}), (CellKey{1, 2, 0}));
  EXPECT_LT((CellKey{1, 1, 1}), (CellKey{1, 1, 2}));
}

}  // namespace
}  // namespace muster
