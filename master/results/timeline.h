// Timeline: what happened in each interval of a run, in at most kMaxRows rows of equal length. When
// a row beyond the last would be needed, or the rows' histograms pass their bound, neighbours merge
// and the interval doubles. What a row holds is a plain sum, so any order and any partition of the
// same cells gives the same rows, bit for bit, once settled.
//
// Memory is flat over the length of a run: the histograms of all rows but the latest few are packed
// into a block that is taken at the start (packed_histograms.h), 4,096 rows' counters come to half
// a MiB. A second of 80,000 requests with latencies over three octaves takes 8 KiB of the block.
//
// in_flight is not a gauge that workers report but what the counts say: started minus done,
// cumulated to the end of the row; so it is exact however batches of different workers were cut.
//
// Owner: the merger. A percentile of a window is that of its merged histograms, never an average.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <vector>

#include "common/stats/cell.h"
#include "common/stats/histogram.h"
#include "common/time/time.h"
#include "master/results/packed_histograms.h"

namespace muster {

class Timeline {
 public:
  static constexpr size_t kMaxRows = 4'096;
  static constexpr size_t kMaxBytes = size_t{4} << 20;  // of packed histograms; twice that is taken
  static constexpr size_t kOpenRows = 16;               // their histograms are not packed

  // Counters of a row, or of several as one.
  struct Row {
    // Iterations, at their own instants.
    uint64_t due = 0, not_started = 0, started = 0, done = 0;  // done: finished, cut or lost
    // Requests, at completion.
    uint64_t completed = 0, load_completed = 0, failed = 0, unexpected = 0;
    uint64_t bytes_received = 0;
    std::array<uint64_t, 5> by_status_class{};  // completed: 1xx to 5xx
    uint64_t other_fields = 0;                  // completed and expected: as in Counts
    std::vector<uint64_t> within;  // by Plan::within_limits(); empty while nothing completed

    void Add(const Cell& cell);
    void Merge(const Row& other);
    bool operator==(const Row&) const = default;
  };

  // `interval` > 0: length of the intervals that cells are keyed by.
  explicit Timeline(Duration interval, size_t max_rows = kMaxRows, size_t max_bytes = kMaxBytes)
      : interval_(interval), max_rows_(max_rows), packed_(max_bytes) {}

  // Adds a cell of interval `interval` (as in its CellKey).
  void Add(uint32_t interval, const Cell& cell);
  // Iterations that were in flight on a worker when it was lost in `interval`.
  void AddLost(uint32_t interval, uint64_t iterations);
  // Packs everything: afterwards the length of a row depends on what was added alone.
  void Settle();
  bool settled() const { return open_.empty(); }

  // Row i covers [i, i + 1) times row_length().
  const std::vector<Row>& rows() const { return rows_; }
  Duration row_length() const { return interval_ * (int64_t{1} << shift_); }
  RunTime RowStart(size_t i) const { return RunTime() + row_length() * static_cast<int64_t>(i); }
  // Of the requests that completed in row i.
  Histogram Response(size_t i) const;
  // Iterations in flight at the end of row i. Requires i < rows().size().
  uint64_t InFlightAtEnd(size_t i) const;
  // Rows [first, last) as one. Requires first <= last <= rows().size().
  Row Window(size_t first, size_t last) const;
  Histogram WindowResponse(size_t first, size_t last) const;

 private:
  struct OpenRow {
    size_t index;
    Histogram response;
  };

  Row& RowOf(uint32_t interval);
  Histogram& ResponseOf(uint32_t interval);
  void Double();
  void PackOldest();

  Duration interval_;
  size_t max_rows_;
  int shift_ = 0;  // a row is 2^shift_ intervals
  std::vector<Row> rows_;
  // A row's histogram is open or packed, never both.
  std::list<OpenRow> open_;  // latest used first
  PackedHistograms packed_;
};

}  // namespace muster
