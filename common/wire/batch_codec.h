// The bytes of a delta batch, muster.v1.DeltaBatch: sparse, with the exact sums of its histograms.
//
// Decoded batches are safe to merge: keys ascend and name a possible stage and request, statuses
// are 100..599, no counter passes kMaxBatchCount (so that 32,768 batches can't overflow a total),
// and every histogram's count, sum, min, max and saturated agree with its buckets. What only the
// plan knows, such as how many within() limits and stages there are, the merger checks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/stats/delta_batch.h"

namespace muster {

// Limits of one batch. A worker that would pass them sends more, smaller batches
// (worker/session/batch_splitter.h).
inline constexpr size_t kMaxBatchBytes = 16 << 20;
inline constexpr size_t kMaxBatchCells = 16'384;
inline constexpr size_t kMaxBatchOctaves = 65'536;  // of all histograms: 512 MiB when decoded
inline constexpr size_t kMaxBatchTrace = 4 << 20;
inline constexpr uint64_t kMaxBatchCount = uint64_t{1} << 48;

// Upper bounds of what a cell, with its key, and a trace entry add to the bytes of a batch: cheap,
// and never too small. Hold for counts up to kMaxBatchCount.
size_t MaxEncodedBytes(const Cell& cell);
inline constexpr size_t kMaxTraceEntryBytes = 21;

// Deterministic. Carries Histogram::ConfigHash(); DecodeBatch refuses another one.
std::string EncodeBatch(const DeltaBatch& batch);
StatusOr<DeltaBatch> DecodeBatch(std::string_view bytes);

}  // namespace muster
