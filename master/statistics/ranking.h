// Ranks of several subjects (servers, settings), each run several times: who is better, as far as
// the repeats can tell.
//
// Every pair is compared by permutation_test.h's two-sided p; all pairs together are kept at the
// significance by Holm's correction (Scandinavian Journal of Statistics 6, 1979): the smallest of m
// p values is multiplied by m, the next by m - 1, and none is below the one before it. A subject
// ranks from 1 + the number that are significantly better to n - the number that are significantly
// worse: "1", "2-4".
//
// Where even the clearest of all splits could not pass the correction, no one has a rank: the
// answer would be 1-n for everybody, whatever the figures.
//
// Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace muster {

enum class Better { kLower, kHigher };

struct Rank {
  size_t first = 1, last = 1;
  std::string text() const;  // "2", "2–4"
  bool operator==(const Rank&) const = default;
};

struct Ranking {
  std::vector<Rank> ranks;    // by subject; empty: too few repeats
  size_t repeats_needed = 0;  // of each, for any rank
};

// Figures of each subject's runs, as CompareRuns takes them. `significance` in (0, 1).
Ranking RankSubjects(std::span<const std::vector<double>> subjects, Better better,
                     double significance = 0.05);

// Holm's adjusted p values, in the order given; at most 1.
std::vector<double> HolmAdjusted(std::span<const double> p);

}  // namespace muster
