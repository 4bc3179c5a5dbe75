#include "master/capacity/share_fit.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/base/random.h"
#include "master/statistics/natural_log.h"

namespace muster {
namespace {

constexpr uint64_t kDrawsPerLevel = 512;
constexpr double kManyClusters = 60;  // well below a third of the draws
constexpr double kQueueDispersion = 2.5, kExpectedBlocks = 5;
constexpr double kShortWeight = 0.25;  // of short levels, once there are
constexpr size_t kEnoughLong = 3;      // so many long ones
constexpr int kRounds = 3;             // of curve and dispersion
constexpr double kNearWeight = 0.2;    // of a level whose residuals count
constexpr double kMostCarried = 0.8;

// Normal, near enough: the sum of twelve uniform draws.
double NormalDraw(uint64_t seed, uint64_t k) {
  double sum = -6;
  for (uint64_t i = 0; i < 12; ++i) {
    sum += static_cast<double>(RandomBits(seed, RandomStream::kSlope, k, i) >> 11) * 0x1p-53;
  }
  return sum;
}

}  // namespace

ShareFit::ShareFit(std::span<const JudgedLevel> levels, size_t objective, double allowed,
                   double middle)
    : allowed_(allowed) {
  for (const JudgedLevel& level : levels) {
    if (!level.sustained() && !level.failed()) continue;
    if (level.purpose == LevelPurpose::kBeyond) continue;
    const ObjectiveView& view = level.judgement.objectives[objective];
    if (view.kept.all == 0 || IsRefuted(level, levels)) continue;
    views_.push_back(&view);
    const auto hits = static_cast<double>(std::min(view.kept.hits, view.kept.all));
    points_.push_back({NaturalLog(level.load()), hits, static_cast<double>(view.kept.all), 1, 1});
    hits_ += hits;
    long_.push_back(level.purpose == LevelPurpose::kHold ||
                    level.purpose == LevelPurpose::kConfirm);
  }
  if (std::count(long_.begin(), long_.end(), true) >= static_cast<std::ptrdiff_t>(kEnoughLong)) {
    for (size_t i = 0; i < points_.size(); ++i) points_[i].trust = long_[i] ? 1 : kShortWeight;
  }
  if (Unlimited()) return;
  curve_.middle = middle;
  curve_.at_middle = LogitOf(allowed);
  curve_.slope = Exp(kLogSlopePrior);
  for (int round = 0; round < kRounds; ++round) {
    curve_ = FitLocalCurve(points_, SeenDispersion(), allowed, curve_);
    dispersion_ = Dispersion();
  }
}

double ShareFit::Dispersion() const {
  double products = 0, squares = 0, blocks = 0, with_hits = 0;
  for (size_t i = 0; i < points_.size(); ++i) {
    if (points_[i].weight < kNearWeight) continue;
    const double p = curve_.ShareAt(points_[i].x);
    double before = 0;
    for (const ShareCount& block : views_[i]->blocks) {
      if (block.all == 0) continue;
      const auto n = static_cast<double>(block.all);
      const double e = (static_cast<double>(block.hits) - n * p) / std::sqrt(n * p * (1 - p));
      squares += e * e;
      products += e * before;
      before = e;
      ++blocks;
      with_hits += block.hits > 0 ? 1 : 0;
    }
  }
  const double r = squares > 0 ? std::clamp(products / squares, 0.0, kMostCarried) : 0;
  const double seen = squares / std::max(1.0, blocks - 2) * (1 + r) / (1 - r);
  const double steep = curve_.slope / -NaturalLog(allowed_);
  const double expected = kQueueDispersion * steep * steep;
  return std::max(1.0,
                  (kExpectedBlocks * expected + with_hits * seen) / (kExpectedBlocks + with_hits));
}

double ShareFit::SeenDispersion() const {
  double squares = 0, binomial = 0;
  for (size_t i = 0; i < points_.size(); ++i) {
    const std::vector<ShareCount>& blocks = views_[i]->blocks;
    const double p = points_[i].hits / points_[i].all;
    if (!long_[i] || blocks.size() < 2 || points_[i].weight < kNearWeight) continue;
    const auto m = static_cast<double>(blocks.size());
    for (const ShareCount& block : blocks) {
      const double off = static_cast<double>(block.hits) - static_cast<double>(block.all) * p;
      squares += off * off * m / (m - 1);
    }
    binomial += points_[i].all * p * (1 - p);
  }
  return binomial > 0 ? std::max(1.0, squares / binomial) : 1;
}

double ShareFit::ReplicateHits(const CurvePoint& point, uint64_t seed, uint64_t k,
                               uint64_t level) const {
  const double expected = point.all * curve_.ShareAt(point.x);
  const double size = std::max(1.0, dispersion_ / 2);  // a compound's variance is 2 size mean
  uint64_t draw = level * kDrawsPerLevel;
  const uint64_t end = draw + kDrawsPerLevel;
  const auto exponential = [&] {
    const uint64_t bits = RandomBits(seed, RandomStream::kBlock, k, draw++);
    return -NaturalLog((static_cast<double>(bits >> 11) + 0.5) * 0x1p-53);
  };
  // A Poisson number: so many unit gaps fit into the mean.
  const double clusters = expected / size;
  double hits = 0;
  for (double at = exponential(); at < clusters && draw + 2 < end; at += exponential()) {
    hits += size * exponential();
  }
  if (clusters > kManyClusters) {  // more than the draws reach: their normal limit
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += 1 - Exp(-exponential());
    hits = expected + sum * std::sqrt(2 * size * expected);
  }
  return std::clamp(hits, 0.0, point.all);
}

double ShareFit::ReplicateLogCapacity(uint64_t seed, uint64_t k) const {
  std::vector<CurvePoint> drawn = points_;
  for (size_t i = 0; i < drawn.size(); ++i) {
    if (drawn[i].weight > kLeastWeight) drawn[i].hits = ReplicateHits(drawn[i], seed, k, i);
  }
  const double centre = NaturalLog(curve_.slope) + kLogSlopeDeviation * NormalDraw(seed, k);
  return FitCurve(drawn, dispersion_, centre, curve_).Meets(allowed_);
}

double ShareFit::DistanceToInformative(double log_load) const {
  double distance = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < points_.size(); ++i) {
    const double share = points_[i].hits / points_[i].all;
    if (!long_[i] || share < allowed_ / 10 || share > std::min(0.5, allowed_ * 10)) continue;
    distance = std::min(distance, std::fabs(points_[i].x - log_load));
  }
  return distance;
}

double ShareFit::EffectiveHits() const {
  double hits = 0;
  for (const CurvePoint& point : points_) hits += point.weight * point.hits;
  return hits / dispersion_;
}

}  // namespace muster
