// One objective's counts of all levels, its curve, and replicates of it.
//
// Bad requests of a queue come in clusters. Their dispersion, variance over a binomial's, is what
// blocks scatter about the curve, times (1 + r) / (1 - r), r the correlation of neighbouring
// blocks. That is known from the blocks with a hit alone, too often few, and is too small when by
// chance there was no cluster. So it is averaged with what a queue would have whose curve is as
// steep: 2.5 (b / ln(1 / q))^2, counted as five blocks. In heavy traffic ln(share) = -theta d, so
// that b = ln(1 / q) / (1 - rho); clusters of what exceeds d are of c^2 / (1 - rho)^2 requests, c^2
// the variability (Asmussen, Applied Probability and Queues, 2nd ed., X.7 and XIII.5). Simulated
// M/M/1 queues have 4 to 7 times (b / ln(1 / q))^2, M/D/1 ones half of it.
//
// Replicates are drawn from that: of each level a Poisson number of clusters of exponential size,
// so many that the curve's share is met and so large that the dispersion is. Drawing each level's
// own blocks instead was tried: a level that by chance saw no cluster passes for one that has none,
// and first intervals held 70 to 92 of 100.
//
// The curve itself is fitted with the dispersion seen within long levels alone. Once there are
// three long levels, short ones count a quarter; one that a much longer one refutes counts nothing.
//
// Pure; any thread. The levels must outlive it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "master/capacity/judged_level.h"
#include "master/capacity/share_curve.h"

namespace muster {

class ShareFit {
 public:
  // Of levels that say something of the target, those beyond aside. 0 < allowed < 1. `middle`: ln
  // of a load near the capacity.
  ShareFit(std::span<const JudgedLevel> levels, size_t objective, double allowed, double middle);

  // No bad request anywhere: this objective does not limit.
  bool Unlimited() const { return hits_ <= 0; }
  const ShareCurve& curve() const { return curve_; }
  // The variance of bad requests over a binomial's, near what is allowed. At least 1.
  double dispersion() const { return dispersion_; }
  double LogCapacity() const { return curve_.Meets(allowed_); }
  // Of replicate `k`.
  double ReplicateLogCapacity(uint64_t seed, uint64_t k) const;
  // The nearest load, in logarithms, at which a long level saw a share between a tenth of what is
  // allowed and ten times as much; infinite: none did.
  double DistanceToInformative(double log_load) const;
  // So many independent bad requests the levels near what is allowed are worth.
  double EffectiveHits() const;

 private:
  double Dispersion() const;
  double SeenDispersion() const;  // within long levels
  double ReplicateHits(const CurvePoint& point, uint64_t seed, uint64_t k, uint64_t level) const;

  double allowed_;
  std::vector<const ObjectiveView*> views_;  // by point
  std::vector<CurvePoint> points_;
  std::vector<bool> long_;  // by point
  double hits_ = 0;
  double dispersion_ = 1;
  ShareCurve curve_;
};

}  // namespace muster
