#include "master/statistics/permutation_test.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/base/int128.h"
#include "common/base/random.h"
#include "master/statistics/natural_log.h"

namespace muster {
namespace {

constexpr size_t kMaxRuns = 1'000;
constexpr uint64_t kMany = 1'000'000'000'000'000'000;
constexpr double kTail = 0.025;  // of the interval, on each side

// The figures' logarithms, base first, and a split of them: which are called base.
class Splits {
 public:
  Splits(std::span<const double> base, std::span<const double> changed) : base_(base.size()) {
    for (const double x : base) logs_.push_back(NaturalLog(x));
    for (const double x : changed) logs_.push_back(NaturalLog(x));
  }

  double Difference() const {
    double base = 0, changed = 0;
    for (size_t i = 0; i < logs_.size(); ++i) (i < base_ ? base : changed) += logs_[i];
    return changed / static_cast<double>(logs_.size() - base_) - base / static_cast<double>(base_);
  }

  // The change from which on each split is at least as far apart as the one that happened, for
  // every split but that one.
  std::vector<double> AllShifts() const {
    std::vector<double> shifts;
    std::vector<char> is_base(logs_.size(), 0);
    std::fill_n(is_base.begin(), base_, 1);
    // Descending from the first, which is the split that happened.
    while (std::prev_permutation(is_base.begin(), is_base.end())) AddShift(is_base, &shifts);
    return shifts;
  }

  std::vector<double> SampledShifts(uint64_t count, uint64_t seed) const {
    std::vector<double> shifts;
    std::vector<size_t> order(logs_.size());
    for (uint64_t k = 0; k < count; ++k) {
      for (size_t i = 0; i < order.size(); ++i) order[i] = i;
      std::vector<char> is_base(logs_.size(), 0);
      for (size_t i = 0; i < base_; ++i) {  // Fisher and Yates, as far as needed
        const uint64_t bits = RandomBits(seed, RandomStream::kSplit, k, i);
        std::swap(order[i], order[i + RandomBelow(order.size() - i, bits)]);
        is_base[order[i]] = 1;
      }
      AddShift(is_base, &shifts);
    }
    return shifts;
  }

 private:
  void AddShift(const std::vector<char>& is_base, std::vector<double>* shifts) const {
    double out = 0, in = 0;  // base figures called changed, and the other way round
    size_t exchanged = 0;
    for (size_t i = 0; i < logs_.size(); ++i) {
      if (i < base_ && is_base[i] == 0) {
        out += logs_[i];
        ++exchanged;
      }
      if (i >= base_ && is_base[i] != 0) in += logs_[i];
    }
    // A draw of the split that happened: that one is counted by itself.
    if (exchanged > 0) shifts->push_back((in - out) / static_cast<double>(exchanged));
  }

  size_t base_;
  std::vector<double> logs_;
};

// Of all splits, the one that happened included, those at least as far apart where nothing changed.
double ShareAsFar(const std::vector<double>& shifts, bool higher) {
  const auto far = std::count_if(shifts.begin(), shifts.end(), [higher](double shift) {
    return higher ? shift <= kSameLog : shift >= -kSameLog;
  });
  return static_cast<double>(far + 1) / static_cast<double>(shifts.size() + 1);
}

}  // namespace

uint64_t CountSplits(size_t n, size_t m) {
  Uint128 count = 1;
  for (size_t i = 1; i <= n; ++i) {
    count = count * (m + i) / i;  // whole: a binomial coefficient at each step
    if (count > kMany) return kMany;
  }
  return static_cast<uint64_t>(count);
}

std::optional<RunComparison> CompareRuns(std::span<const double> base,
                                         std::span<const double> changed, uint64_t seed) {
  if (base.size() < kMinRuns || changed.size() < kMinRuns) return std::nullopt;
  CHECK_LE(std::max(base.size(), changed.size()), kMaxRuns);
  const Splits splits(base, changed);
  RunComparison result;
  result.exact = CountSplits(base.size(), changed.size()) <= kMaxExactSplits;
  std::vector<double> shifts =
      result.exact ? splits.AllShifts() : splits.SampledShifts(kSampledSplits, seed);
  result.splits = shifts.size() + 1;
  result.ratio = Exp(splits.Difference());
  result.p_higher = ShareAsFar(shifts, true);
  result.p_lower = ShareAsFar(shifts, false);
  result.p_differs = std::min(1.0, 2 * std::min(result.p_higher, result.p_lower));
  // Were the change below the r-th smallest shift, at most r splits would be as far apart, the one
  // that happened among them: too rare.
  std::sort(shifts.begin(), shifts.end());
  const auto r = static_cast<size_t>(kTail * static_cast<double>(result.splits));
  CHECK_GE(r, 1U);
  result.ratio_interval = {Exp(shifts[r - 1]), Exp(shifts[shifts.size() - r])};
  return result;
}

}  // namespace muster
