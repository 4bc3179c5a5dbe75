// Counter-based random numbers: every draw is a pure function of (seed, stream, k, i), so that any
// worker computes any iteration's draws alone and in any order. Not for cryptography.
#pragma once

#include <cstdint>

#include "common/base/int128.h"

namespace muster {

// Independent sequences of one seed. Values are part of the meaning of a seed: never renumber.
enum class RandomStream : uint64_t {
  kArrival = 1,    // due times of Poisson arrivals; k is the iteration
  kRequest = 2,    // which request an iteration runs
  kThinkTime = 3,  // a user's think time; k is the user, i its own count
  // After a run, of its figures.
  kSplit = 101,  // which of them a drawn split exchanges; k is the draw, i the place
  // Of a capacity search: k is the replicate; i the level and block, or the draw.
  kBlock = 102,  // which block of a level stands for another
  kSlope = 103,  // where a prior is centred
  // Of a suite of runs.
  kSuiteOrder = 111,  // in which order targets take their turns; k is the turn
  kSuiteSeed = 112,   // of a run whose plan has none; k is the plan's name, i the repeat
};

// Mixes its input so that every output bit depends on every input bit. A bijection.
// Stafford's variant 13 of the MurmurHash3 finaliser, as in SplitMix64.
constexpr uint64_t MixBits(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// 64 random bits for draw `i` of iteration (or user) `k`.
constexpr uint64_t RandomBits(uint64_t seed, RandomStream stream, uint64_t k, uint64_t i = 0) {
  uint64_t h = MixBits(seed + 0x9e3779b97f4a7c15ULL);
  h = MixBits(h ^ (static_cast<uint64_t>(stream) * 0xd1342543de82ef95ULL));
  h = MixBits(h + k * 0x9e3779b97f4a7c15ULL);
  return MixBits(h + i * 0xda942042e4dd58b5ULL);
}

// Uniform in [0, bound); bound > 0. Bias at most bound / 2^64.
constexpr uint64_t RandomBelow(uint64_t bound, uint64_t bits) {
  return static_cast<uint64_t>((static_cast<Uint128>(bits) * bound) >> 64);
}

}  // namespace muster
