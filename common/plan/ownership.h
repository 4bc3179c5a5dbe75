// Which worker, and which of its threads, owns iteration k (open) or user u (closed).
//
// owner(k) = table[k mod W], W the sum of the workers' weights reduced to at most 1,000, the table
// in earliest-deadline order, so that in every prefix each worker is within one of its share. A
// worker's own numbers 0, 1, 2, ... go to its threads in turn. Limits are split by largest
// remainder. Immutable values; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/base/status.h"

namespace muster {

// Divides the weights by their greatest common divisor, then scales them down so that their sum is
// at most 1,000 (each at least 1). Refuses no weights, a weight of 0, more than 1,000 of them.
StatusOr<std::vector<uint32_t>> ReduceWeights(std::span<const uint32_t> weights);

// Splits `total` in proportion to `weights` by largest remainder, the lower index first among equal
// remainders. The parts sum to `total`.
std::vector<uint64_t> SplitByLargestRemainder(uint64_t total, std::span<const uint32_t> weights);

class OwnerTable {
 public:
  // `weights` as ReduceWeights returns them.
  explicit OwnerTable(std::vector<uint32_t> weights);

  uint32_t owner(uint64_t k) const { return table_[k % table_.size()]; }
  uint64_t period() const { return table_.size(); }
  const std::vector<uint32_t>& weights() const { return weights_; }
  // Positions of `worker` in the table, ascending.
  const std::vector<uint32_t>& positions(uint32_t worker) const { return positions_[worker]; }
  // How many k < total `worker` owns.
  uint64_t CountOwned(uint32_t worker, uint64_t total) const;

 private:
  std::vector<uint32_t> weights_;
  std::vector<uint32_t> table_;
  std::vector<std::vector<uint32_t>> positions_;
};

// The numbers of one thread of one worker, by its own count m = 0, 1, 2, ...: strictly increasing
// k.
class ThreadShare {
 public:
  // Thread `thread` of `threads`, of the worker at `positions` (see OwnerTable) in a table of
  // `period`.
  ThreadShare(uint64_t period, std::vector<uint32_t> positions, uint32_t thread, uint32_t threads)
      : period_(period), positions_(std::move(positions)), thread_(thread), threads_(threads) {}

  uint64_t NumberAt(uint64_t m) const {
    const uint64_t own = m * threads_ + thread_;  // the worker's own count
    const uint64_t n = positions_.size();
    return (own / n) * period_ + positions_[own % n];
  }
  // How many of this thread's numbers are below `total`.
  uint64_t CountBelow(uint64_t total) const;

 private:
  uint64_t period_;
  std::vector<uint32_t> positions_;
  uint32_t thread_;
  uint32_t threads_;
};

}  // namespace muster
