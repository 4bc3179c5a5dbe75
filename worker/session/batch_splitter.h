// BatchSplitter: makes of one batch as many as the wire's limits ask for
// (common/wire/batch_codec.h).
//
// A batch within the limits stays as it is. Otherwise its cells are parted so that the books
// balance after every piece, as the master checks them: a cell keeps its outcomes and latencies
// together, but the due of an iteration goes with the piece in which it was decided. Only the last
// piece moves accounted_through on, carries the health and may be the last batch; a trace goes
// ahead of the cells. The sum of the pieces is the batch (law 2). In-flight numbers of earlier
// pieces are what balances their books.
//
// What a piece can't be smaller than: one cell (at most 528 octaves) with the due it decides, which
// lies in the intervals since the oldest undecided one: no more than the longest lease has.
//
// Owner: the control thread. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/stats/delta_batch.h"
#include "common/wire/batch_codec.h"

namespace muster {

struct BatchLimits {
  size_t bytes = kMaxBatchBytes;
  size_t cells = kMaxBatchCells;
  size_t octaves = kMaxBatchOctaves;
  size_t trace = kMaxBatchTrace;
};

class BatchSplitter {
 public:
  explicit BatchSplitter(const BatchLimits& limits = {}) : limits_(limits) {}

  // The pieces, in order, at least one, without sequence numbers. Takes every batch of a run, in
  // order. CHECKs, when it has to split, that the books of the batch balance by stage and request.
  std::vector<DeltaBatch> Split(DeltaBatch batch);

 private:
  bool Fits(const DeltaBatch& batch) const;
  // Moves the trace into pieces of its own.
  void SplitTrace(std::vector<TraceEntry> trace, std::vector<DeltaBatch>* pieces) const;
  // An empty piece after those before it.
  DeltaBatch NewPiece() const;

  const BatchLimits limits_;
  // At the end of the last piece made.
  RunTime accounted_through_;
  uint64_t in_flight_ = 0;
  uint64_t requests_in_flight_ = 0;
};

}  // namespace muster
