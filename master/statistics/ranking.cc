#include "master/statistics/ranking.h"

#include <algorithm>
#include <numeric>

#include "common/base/check.h"
#include "master/statistics/permutation_test.h"

namespace muster {
namespace {

constexpr size_t kMaxRepeats = 1'000;

// Whether so many repeats can pass Holm's first step, the hardest, over `pairs`.
bool CanTell(size_t n, size_t m, size_t pairs, double significance) {
  if (std::min(n, m) < kMinRuns) return false;
  const uint64_t all = CountSplits(n, m);
  const uint64_t splits = all <= kMaxExactSplits ? all : kSampledSplits;
  return 2.0 * static_cast<double>(pairs) <= significance * static_cast<double>(splits);
}

struct Pair {
  size_t a = 0, b = 0;
  bool b_better = false;
};

}  // namespace

std::string Rank::text() const {
  if (first == last) return std::to_string(first);
  return std::to_string(first) + "–" + std::to_string(last);
}

std::vector<double> HolmAdjusted(std::span<const double> p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.size());
  double least = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    least = std::max(least, p[order[i]] * static_cast<double>(p.size() - i));
    adjusted[order[i]] = std::min(1.0, least);
  }
  return adjusted;
}

Ranking RankSubjects(std::span<const std::vector<double>> subjects, Better better,
                     double significance) {
  CHECK(significance > 0 && significance < 1) << significance;
  const size_t n = subjects.size();
  Ranking ranking;
  if (n < 2) {
    ranking.ranks.assign(n, Rank{});
    return ranking;
  }
  const size_t all_pairs = n * (n - 1) / 2;
  ranking.repeats_needed = kMinRuns;
  while (ranking.repeats_needed < kMaxRepeats &&
         !CanTell(ranking.repeats_needed, ranking.repeats_needed, all_pairs, significance)) {
    ++ranking.repeats_needed;
  }
  std::vector<Pair> pairs;
  std::vector<double> p;
  for (size_t a = 0; a < n; ++a) {
    for (size_t b = a + 1; b < n; ++b) {
      if (!CanTell(subjects[a].size(), subjects[b].size(), all_pairs, significance)) return ranking;
      const RunComparison comparison = CompareRuns(subjects[a], subjects[b]).value();
      pairs.push_back({a, b, (comparison.ratio < 1) == (better == Better::kLower)});
      p.push_back(comparison.p_differs);
    }
  }
  ranking.ranks.assign(n, Rank{1, n});
  const std::vector<double> adjusted = HolmAdjusted(p);
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (adjusted[i] > significance) continue;
    const auto [a, b, b_better] = pairs[i];
    ranking.ranks[b_better ? a : b].first += 1;
    ranking.ranks[b_better ? b : a].last -= 1;
  }
  return ranking;
}

}  // namespace muster
