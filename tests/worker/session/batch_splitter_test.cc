#include "worker/session/batch_splitter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "common/base/random.h"

namespace muster {
namespace {

RunTime At(int64_t ms) { return RunTime() + Duration::Millis(ms); }

// Iterations as engines record them: due, decided and done in this order, each at its interval.
class Load {
 public:
  // `kinds`: how many of a completed request's latencies are recorded.
  Load(uint64_t seed, size_t kinds) : seed_(seed), kinds_(kinds) {}

  // What happened in intervals [from, to).
  DeltaBatch Batch(uint32_t from, uint32_t to, uint16_t names, int iterations) {
    DeltaBatch batch;
    batch.accounted_through = At(int64_t{100} * to);
    batch.health.span_ns = 5;
    FinishSome(from, to, 3, &batch);
    for (int i = 0; i < iterations; ++i) {
      const uint32_t due = from + Below(to - from);
      const auto stage = static_cast<uint16_t>(Below(2));
      const auto name = static_cast<uint16_t>(Below(names));
      batch.trace.push_back({draws_, At(due), true});
      ++batch.cells[{due, stage, name}].counts.due;
      if (Below(3) == 0) {
        ++batch.cells[{due, stage, name}].counts.not_started[1];
        continue;
      }
      const uint32_t start = due + Below(to - due);
      Counts& counts = batch.cells[{start, stage, name}].counts;
      ++counts.started;
      ++counts.requests_started;
      in_flight_.push_back({start, stage, name});
    }
    FinishSome(from, to, 2, &batch);
    batch.in_flight = batch.requests_in_flight = in_flight_.size();
    std::sort(batch.trace.begin(), batch.trace.end());
    return batch;
  }

 private:
  uint32_t Below(uint64_t bound) {
    return static_cast<uint32_t>(
        RandomBelow(bound, RandomBits(seed_, RandomStream::kRequest, ++draws_)));
  }
  void FinishSome(uint32_t from, uint32_t to, uint64_t one_stays_of, DeltaBatch* batch) {
    std::vector<CellKey> stay;
    for (CellKey key : in_flight_) {
      if (Below(one_stays_of) == 0) {
        stay.push_back(key);
        continue;
      }
      const uint32_t first = std::max(from, key.interval);
      key.interval = first + Below(to - first);
      Cell& cell = batch->cells[key];
      ++cell.counts.finished;
      ++cell.counts.completed;
      cell.statuses.Add(200, 1);
      cell.within = {1, 2};
      for (size_t i = 0; i < kinds_; ++i) cell.latency[i].Record(int64_t{1} << Below(40));
    }
    in_flight_ = std::move(stay);
  }

  const uint64_t seed_;
  const size_t kinds_;
  uint64_t draws_ = 0;
  std::vector<CellKey> in_flight_;
};

size_t OctavesOf(const DeltaBatch& batch) {
  size_t octaves = 0;
  for (const auto& [key, cell] : batch.cells) {
    for (const Histogram& h : cell.latency) octaves += h.octaves_used();
  }
  return octaves;
}

// A master that checks every piece, as the real one does.
struct Books {
  Counts totals;
  RunTime accounted_through;

  void Take(const DeltaBatch& piece) {
    for (const auto& [key, cell] : piece.cells) totals.Add(cell.counts);
    const Status books = CheckBooks(totals, piece.in_flight, 0, piece.requests_in_flight, 0);
    EXPECT_TRUE(books.ok()) << books;
    EXPECT_GE(piece.accounted_through, accounted_through);
    accounted_through = piece.accounted_through;
  }
};

void ExpectWithin(const BatchLimits& limits, DeltaBatch piece) {
  piece.sequence = 1;
  EXPECT_LE(EncodeBatch(piece).size(), limits.bytes);
  EXPECT_LE(piece.cells.size(), limits.cells);
  EXPECT_LE(OctavesOf(piece), limits.octaves);
  EXPECT_LE(piece.trace.size(), limits.trace);
}

// The pieces are the batch, and only the last of them says that it is over.
void ExpectSum(const std::vector<DeltaBatch>& pieces, const DeltaBatch& batch, RunTime before) {
  DeltaBatch sum = pieces.back();
  sum.cells.clear();
  sum.trace.clear();
  for (const DeltaBatch& piece : pieces) {
    MergeCells(piece.cells, &sum.cells);
    sum.trace.insert(sum.trace.end(), piece.trace.begin(), piece.trace.end());
    if (&piece == &pieces.back()) break;
    EXPECT_EQ(piece.accounted_through, before);
    EXPECT_FALSE(piece.last);
    EXPECT_EQ(piece.health.span_ns, 0U);
  }
  EXPECT_TRUE(sum == batch);
}

TEST(BatchSplitter, ABatchWithinTheLimitsStaysAsItIs) {
  Load load(1, kLatencyKinds);
  BatchSplitter splitter;
  for (uint32_t i = 0; i < 3; ++i) {
    const DeltaBatch batch = load.Batch(i, i + 1, 10, 100);
    const std::vector<DeltaBatch> pieces = splitter.Split(batch);
    ASSERT_EQ(pieces.size(), 1U);
    EXPECT_TRUE(pieces[0] == batch);
  }
}

TEST(BatchSplitter, EveryPieceIsWithinTheLimitsAndBalancesTheBooks) {
  // The least that each can be: one cell with all the due that it decides.
  const BatchLimits limits[] = {{kMaxBatchBytes, 12, kMaxBatchOctaves, kMaxBatchTrace},
                                {20'000, 1000, kMaxBatchOctaves, kMaxBatchTrace},
                                {kMaxBatchBytes, 1000, 300, kMaxBatchTrace},
                                {kMaxBatchBytes, 1000, 300, 7}};
  for (const BatchLimits& limit : limits) {
    size_t most = 0;
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      Load load(seed, kLatencyKinds);
      BatchSplitter splitter(limit);
      Books books;
      for (uint32_t i = 0; i < 5; ++i) {
        DeltaBatch batch = load.Batch(i * 10, (i + 1) * 10, 8, 150);
        const std::vector<DeltaBatch> pieces = splitter.Split(batch);
        ExpectSum(pieces, batch, books.accounted_through);
        for (const DeltaBatch& piece : pieces) {
          books.Take(piece);
          ExpectWithin(limit, piece);
        }
        most = std::max(most, pieces.size());
      }
    }
    EXPECT_GT(most, 3U);
  }
}

// 200 request names in two stages, and many intervals found at once.
TEST(BatchSplitter, ALongStallOfAManyNamedPlanIsDecodedByTheMaster) {
  Load load(3, 0);
  DeltaBatch batch = load.Batch(0, 60, 200, 40'000);
  ASSERT_GT(batch.cells.size(), kMaxBatchCells);
  batch.last = true;
  uint64_t sequence = 0;
  Books books;
  std::vector<DeltaBatch> decoded;
  for (DeltaBatch& piece : BatchSplitter().Split(batch)) {
    piece.sequence = ++sequence;
    StatusOr<DeltaBatch> back = DecodeBatch(EncodeBatch(piece));
    ASSERT_TRUE(back.ok()) << back.status();
    books.Take(*back);
    decoded.push_back(*std::move(back));
  }
  batch.sequence = sequence;
  ExpectSum(decoded, batch, RunTime());
}

TEST(BatchSplitterDeathTest, BooksThatDoNotBalanceAreOurBug) {
  const auto split = [](uint64_t due, uint64_t started) {
    DeltaBatch batch;
    batch.cells[{0, 0, 0}].counts.due = due;
    batch.cells[{1, 0, 0}].counts.started = started;
    BatchSplitter(BatchLimits{.cells = 1}).Split(std::move(batch));
  };
  EXPECT_DEATH(split(1, 2), "decided before it was due");
  EXPECT_DEATH(split(2, 1), "due and not decided");
  EXPECT_DEATH(split(1, 1), "do not balance");  // nothing is in flight
}

}  // namespace
}  // namespace muster
