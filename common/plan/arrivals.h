// Arrivals: when iteration k is due, for even and for Poisson arrivals.
//
// Poisson: in each block of 1,024 numbers the due times are the sorted, independent, uniform draws
// over the block's span of R (the last block: what remains). Totals equal the even plan's, k stays
// in time order, and the variance beyond a block is lower than that of a Poisson process. Blocks
// begin anew with what a hold adds (LoadProfile::sections), so that a hold draws nothing again that
// was drawn without it.
//
// A pure function of (profile, seed, k): any worker computes any k alone. An Arrivals object caches
// the block last asked for, so asking in order of k costs one sort per block. One object per
// thread.
#pragma once

#include <array>
#include <cstdint>

#include "common/plan/load_profile.h"

namespace muster {

enum class ArrivalKind : uint8_t { kEven, kPoisson };

class Arrivals {
 public:
  static constexpr uint64_t kBlock = 1024;

  // `limit`: no numbers from this one on, whatever the profile holds. The profile must outlive
  // this.
  Arrivals(const LoadProfile& profile, ArrivalKind kind, uint64_t seed, uint64_t limit);

  // min(profile.total(), limit).
  uint64_t total() const { return total_; }
  // Due time of k; never decreases with k. Requires k < total().
  RunTime DueTime(uint64_t k);

 private:
  void LoadBlock(uint64_t k);  // the one that holds k

  const LoadProfile& profile_;
  ArrivalKind kind_;
  uint64_t seed_;
  uint64_t total_;
  // The block in `offsets_`: its numbers and its span of S.
  uint64_t block_first_ = 0, block_count_ = 0;
  Int128 block_start_ = 0, block_span_ = 0;
  std::array<uint64_t, kBlock> offsets_{};  // sorted 53-bit draws of the block
};

}  // namespace muster
