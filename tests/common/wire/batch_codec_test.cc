#include "common/wire/batch_codec.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/random.h"
#include "common/plan/plan.h"
#include "common/stats/histogram_codec.h"
#include "muster/v1/results.pb.h"
#include "tests/common/wire/hostile_bytes.h"

namespace muster {
namespace {

// A cell in which every field has a value of its own.
Cell FullCell(uint64_t seed) {
  uint64_t n = 0;
  const auto next = [&] {
    return 1 + RandomBelow(100'000, RandomBits(seed, RandomStream::kRequest, n++));
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
  cell.statuses.Add(200, next());
  cell.statuses.Add(599, next());
  cell.within = {next(), 0};
  cell.within_onset = {0, next()};
  for (Histogram& h : cell.latency) {
    for (int i = 0; i < 5; ++i) h.Record(static_cast<int64_t>(next() * next()));
  }
  for (Histogram& h : cell.latency_failed) h.Record(static_cast<int64_t>(next()));
  return cell;
}

DeltaBatch FullBatch() {
  DeltaBatch batch;
  batch.sequence = 42;
  batch.accounted_through = RunTime::FromNanos(-1'500'000'000);
  batch.in_flight = 7;
  batch.requests_in_flight = 8;
  batch.last = true;
  batch.health = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
  batch.cells[{0, 0, 0}] = FullCell(1);
  batch.cells[{0, 0, 1}] = Cell();
  batch.cells[{UINT32_MAX, 199, 199}] = FullCell(2);
  Histogram& saturated = batch.cells[{3, 0, 0}].latency[0];
  saturated.RecordMany(INT64_MAX, 3);
  saturated.Record(0);
  batch.trace = {{5, RunTime::FromNanos(100), true},
                 {3, RunTime::FromNanos(INT64_MAX), false},
                 {UINT64_MAX, RunTime::FromNanos(INT64_MIN), true}};
  return batch;
}

TEST(BatchCodec, RoundTripsEveryField) {
  DeltaBatch smallest;
  smallest.sequence = 1;
  for (const DeltaBatch& batch : {FullBatch(), smallest}) {
    const StatusOr<DeltaBatch> back = DecodeBatch(EncodeBatch(batch));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_TRUE(*back == batch);
    EXPECT_EQ(EncodeBatch(*back), EncodeBatch(batch));
  }
}

TEST(BatchCodec, IsSparse) {
  DeltaBatch batch;
  batch.sequence = 1;
  batch.cells[{0, 0, 0}].counts.due = 1;
  batch.cells[{0, 0, 0}].latency[0].Record(1'000'000);
  EXPECT_LT(EncodeBatch(batch).size(), 60u);
}

TEST(BatchCodec, NoCellIsLargerThanItsBound) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    DeltaBatch batch;
    batch.sequence = 1;
    const size_t frame = EncodeBatch(batch).size();
    Cell& cell = batch.cells[{UINT32_MAX, 199, 199}];
    if (seed > 0) cell = FullCell(seed);
    for (uint64_t i = 0; i < seed * seed * 100; ++i) {
      const uint64_t bits = RandomBits(seed, RandomStream::kThinkTime, i);
      cell.latency[bits % kLatencyKinds].RecordMany(static_cast<int64_t>(bits >> (bits % 64) >> 1),
                                                    seed % 2 == 0 ? 1 : uint64_t{1} << 34);
    }
    EXPECT_LE(EncodeBatch(batch).size() - frame, MaxEncodedBytes(cell)) << seed;
  }
}

TEST(BatchCodec, NoFieldOfACellIsLeftOutOfItsBound) {
  constexpr uint64_t kMost = kMaxBatchCount;
  DeltaBatch batch;
  batch.sequence = 1;
  const size_t frame = EncodeBatch(batch).size();
  Cell& cell = batch.cells[{UINT32_MAX, 199, 199}];
  cell.counts = {kMost, {},    kMost, kMost, kMost, kMost, kMost, kMost,
                 kMost, kMost, kMost, kMost, kMost, kMost, kMost, {}};
  cell.counts.not_started.fill(kMost);
  cell.counts.errors.fill(kMost);
  for (uint16_t status = 100; status < 600; ++status) cell.statuses.Add(status, kMost);
  cell.within.assign(100, kMost);
  cell.within_onset.assign(100, kMost);
  for (LatencySet* set : {&cell.latency, &cell.latency_failed}) {
    for (Histogram& h : *set) h.RecordMany(INT64_MAX, kMost);
  }
  EXPECT_LE(EncodeBatch(batch).size() - frame, MaxEncodedBytes(cell));
}

TEST(BatchCodec, NoTraceEntryIsLargerThanItsBound) {
  DeltaBatch batch;
  batch.sequence = 1;
  for (int i = 0; i < 1000; ++i) {
    const bool odd = i % 2 == 1;
    batch.trace.push_back(
        {odd ? uint64_t{1} << 63 : 0, RunTime::FromNanos(odd ? INT64_MIN : 0), odd});
  }
  EXPECT_LE(EncodeBatch(batch).size(), 1000 * kMaxTraceEntryBytes + 128);
}

TEST(BatchCodec, ExactSumsBeyond64BitsSurvive) {
  DeltaBatch batch;
  batch.sequence = 1;
  batch.cells[{0, 0, 0}].latency[0].RecordMany(INT64_MAX, 1'000'000);
  const DeltaBatch back = *DecodeBatch(EncodeBatch(batch));
  EXPECT_TRUE(
      (back.cells.at({0, 0, 0}).latency[0].sum() == static_cast<Int128>(INT64_MAX) * 1'000'000));
}

struct Change {
  const char* field;
  void (*apply)(v1::DeltaBatch*);
};

void ExpectRefused(const Change& change) {
  v1::DeltaBatch batch;
  ASSERT_TRUE(batch.ParseFromString(EncodeBatch(FullBatch())));
  change.apply(&batch);
  const StatusOr<DeltaBatch> decoded = DecodeBatch(batch.SerializeAsString());
  ASSERT_FALSE(decoded.ok()) << change.field;
  EXPECT_NE(Message(decoded.status()).find(std::string("batch: ") + change.field),
            std::string::npos)
      << decoded.status();
}

TEST(DecodeBatch, RefusesValuesOutOfRangeByName) {
  const Change changes[] = {
      {"histogram_config", [](v1::DeltaBatch* b) { b->set_histogram_config(1); }},
      {"sequence", [](v1::DeltaBatch* b) { b->set_sequence(0); }},
      {"in_flight", [](v1::DeltaBatch* b) { b->set_in_flight(kMaxBatchCount + 1); }},
      {"requests_in_flight",
       [](v1::DeltaBatch* b) { b->set_requests_in_flight(kMaxBatchCount + 1); }},
      {"health.span_ns", [](v1::DeltaBatch* b) { b->mutable_health()->set_span_ns(UINT64_MAX); }},
      {"stage", [](v1::DeltaBatch* b) { b->mutable_cells(0)->set_stage(Plan::kMaxStages); }},
      {"name", [](v1::DeltaBatch* b) { b->mutable_cells(0)->set_name(Plan::kMaxRequests); }},
      {"cells do not ascend", [](v1::DeltaBatch* b) { *b->add_cells() = b->cells(0); }},
      {"cells do not ascend", [](v1::DeltaBatch* b) { b->mutable_cells()->SwapElements(0, 1); }},
      {"due",
       [](v1::DeltaBatch* b) {
         b->mutable_cells(0)->mutable_counts()->set_due(kMaxBatchCount + 1);
       }},
      {"connects",
       [](v1::DeltaBatch* b) { b->mutable_cells(0)->mutable_counts()->set_connects(UINT64_MAX); }},
      {"not_started",  // an eighth reason
       [](v1::DeltaBatch* b) { b->mutable_cells(0)->mutable_counts()->add_not_started(1); }},
      {"errors",  // a sixteenth class
       [](v1::DeltaBatch* b) { b->mutable_cells(0)->mutable_counts()->add_errors(1); }},
      {"errors",
       [](v1::DeltaBatch* b) { b->mutable_cells(0)->mutable_counts()->set_errors(0, UINT64_MAX); }},
      {"status", [](v1::DeltaBatch* b) { b->mutable_cells(0)->set_statuses(0, 99); }},
      {"status", [](v1::DeltaBatch* b) { b->mutable_cells(0)->set_statuses(1, 600); }},
      {"statuses do not ascend",
       [](v1::DeltaBatch* b) { b->mutable_cells(0)->set_statuses(1, 200); }},
      {"statuses", [](v1::DeltaBatch* b) { b->mutable_cells(0)->add_statuses(599); }},
      {"status count", [](v1::DeltaBatch* b) { b->mutable_cells(0)->set_status_counts(0, 0); }},
      {"within",
       [](v1::DeltaBatch* b) {
         for (size_t i = 0; i < Plan::kMaxThresholds; ++i) b->mutable_cells(0)->add_within(0);
       }},
      {"within_onset",
       [](v1::DeltaBatch* b) { b->mutable_cells(0)->set_within_onset(0, UINT64_MAX); }},
      {"trace has arrays of unlike", [](v1::DeltaBatch* b) { b->mutable_trace()->add_k(1); }},
      {"trace has arrays of unlike", [](v1::DeltaBatch* b) { b->mutable_trace()->add_due_ns(1); }},
  };
  for (const Change& change : changes) ExpectRefused(change);
}

v1::Histogram* FirstHistogram(v1::DeltaBatch* b) { return b->mutable_cells(0)->mutable_latency(0); }

TEST(DecodeBatch, RefusesHistogramsThatContradictThemselves) {
  const Change changes[] = {
      {"latency", [](v1::DeltaBatch* b) { FirstHistogram(b)->set_kind(kLatencyKinds); }},
      {"latency",  // twice the same kind
       [](v1::DeltaBatch* b) { b->mutable_cells(0)->mutable_latency(1)->set_kind(0); }},
      {"latency", [](v1::DeltaBatch* b) { FirstHistogram(b)->clear_counts(); }},
      {"latency", [](v1::DeltaBatch* b) { FirstHistogram(b)->set_counts("\x80"); }},
      {"latency", [](v1::DeltaBatch* b) { FirstHistogram(b)->set_sum_low(0); }},
      {"latency", [](v1::DeltaBatch* b) { FirstHistogram(b)->set_sum_high(1); }},
      {"latency", [](v1::DeltaBatch* b) { FirstHistogram(b)->set_sum_high(UINT64_MAX); }},
      {"latency", [](v1::DeltaBatch* b) { FirstHistogram(b)->set_min(-1); }},
      {"latency", [](v1::DeltaBatch* b) { FirstHistogram(b)->set_max(INT64_MAX); }},
      {"latency", [](v1::DeltaBatch* b) { FirstHistogram(b)->set_saturated(1); }},
      {"latency has too many records",
       [](v1::DeltaBatch* b) {
         Histogram many;
         many.RecordMany(0, kMaxBatchCount + 1);
         std::string counts;
         AppendSparseCounts(many, &counts);
         FirstHistogram(b)->set_counts(counts);
       }},
      {"latency_failed",
       [](v1::DeltaBatch* b) {
         b->mutable_cells(0)->mutable_latency_failed(0)->set_sum_low(UINT64_MAX);
       }},
  };
  for (const Change& change : changes) ExpectRefused(change);
}

TEST(DecodeBatch, RefusesOversizeBeforeParsing) {
  EXPECT_FALSE(DecodeBatch(std::string(kMaxBatchBytes + 1, '\0')).ok());
  std::string cells;  // empty cells, two bytes each
  for (size_t i = 0; i <= kMaxBatchCells; ++i) cells += std::string("\x42\x00", 2);
  EXPECT_EQ(Message(DecodeBatch(cells).status()),
            "batch: cells has 16385, more than the limit of 16384");
  std::string histograms("\x42\x42", 2);  // one cell of 33 empty histograms
  for (size_t i = 0; i < 33; ++i) histograms += std::string("\x4a\x00", 2);
  EXPECT_EQ(Message(DecodeBatch(histograms).status()),
            "batch: a cell's histograms has 19, more than the limit of 18");
}

// Few bytes that would need gigabytes: a record in each octave of every histogram of many cells.
TEST(DecodeBatch, RefusesMoreHistogramsThanItsMemory) {
  Cell cell;
  for (int64_t value = 1; value < Histogram::kHighest; value *= 2) cell.latency[0].Record(value);
  for (Histogram& h : cell.latency) h = cell.latency[0];
  for (Histogram& h : cell.latency_failed) h = cell.latency[0];
  DeltaBatch one;
  one.sequence = 1;
  one.cells[{0, 0, 0}] = cell;
  v1::DeltaBatch batch;
  ASSERT_TRUE(batch.ParseFromString(EncodeBatch(one)));
  for (uint32_t i = 1; i < 200; ++i) {
    *batch.add_cells() = batch.cells(0);
    batch.mutable_cells(static_cast<int>(i))->set_interval(i);
  }
  EXPECT_NE(Message(DecodeBatch(batch.SerializeAsString()).status()).find("too much memory"),
            std::string::npos);
}

// What decodes encodes again to the same value: nothing out of range got through.
TEST(DecodeBatch, HostileBytesDoNoHarm) {
  DeltaBatch small;
  small.sequence = 1;
  small.cells[{1, 0, 0}] = FullCell(3);
  small.trace = FullBatch().trace;
  const auto decode = [](const std::string& bytes) {
    const StatusOr<DeltaBatch> batch = DecodeBatch(bytes);
    if (batch.ok()) {
      EXPECT_TRUE(*DecodeBatch(EncodeBatch(*batch)) == *batch);
    }
  };
  DecodeDamaged(EncodeBatch(small), decode);
  DecodeRandom(EncodeBatch(small), decode);
}

}  // namespace
}  // namespace muster
