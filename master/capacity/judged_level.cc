#include "master/capacity/judged_level.h"

#include <algorithm>
#include <tuple>
#include <vector>

namespace muster {
namespace {

constexpr int64_t kMuchLonger = 3;  // times

std::vector<size_t> MostBelievedFirst(std::span<const JudgedLevel> levels) {
  std::vector<size_t> order;
  for (size_t i = 0; i < levels.size(); ++i) {
    if (levels[i].sustained() || levels[i].failed()) order.push_back(i);
  }
  const auto rank = [&](size_t i) {
    const JudgedLevel& level = levels[i];
    return std::tuple(-level.observation.length.nanos(), !level.judgement.clear, level.sustained());
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return rank(a) < rank(b); });
  return order;
}

}  // namespace

Bracket FindBracket(std::span<const JudgedLevel> levels, BracketOf which) {
  Bracket bracket;
  for (const size_t i : MostBelievedFirst(levels)) {
    const JudgedLevel& level = levels[i];
    if (which == BracketOf::kClear && (!level.judgement.clear || IsRefuted(level, levels)))
      continue;
    if (which == BracketOf::kLong && !level.long_enough()) continue;
    const bool above_low = !bracket.low || level.load() > levels[*bracket.low].load();
    const bool below_high = !bracket.high || level.load() < levels[*bracket.high].load();
    if (!above_low || !below_high) continue;
    (level.sustained() ? bracket.low : bracket.high) = i;
  }
  return bracket;
}

bool IsRefuted(const JudgedLevel& level, std::span<const JudgedLevel> levels) {
  return std::any_of(levels.begin(), levels.end(), [&](const JudgedLevel& other) {
    if (other.observation.length < level.observation.length * kMuchLonger) return false;
    return level.failed() ? other.sustained() && other.load() >= level.load()
                          : other.failed() && other.load() <= level.load();
  });
}

}  // namespace muster
