#include "master/capacity/share_curve.h"

#include <algorithm>
#include <cmath>

#include "common/base/check.h"
#include "master/statistics/natural_log.h"

namespace muster {
namespace {

constexpr double kReach = 3, kWidest = 24;                   // in logits
constexpr double kMinLogSlope = 1.0986, kMaxLogSlope = 7.6;  // 3, 2000
constexpr int kScorings = 20, kLocalRounds = 8;
constexpr double kLargestStep = 1, kConverged = 1e-4;
constexpr int kHalvings = 4;
constexpr double kPriorPrecision = 1 / (kLogSlopeDeviation * kLogSlopeDeviation);
constexpr double kFarthest = 30;  // logits

double Logistic(double logit) { return 1 / (1 + Exp(-std::clamp(logit, -kFarthest, kFarthest))); }

struct Step {
  double up = 0, steeper = 0;  // of at_middle, and of ln slope
};

ShareCurve Moved(const ShareCurve& curve, const Step& step) {
  ShareCurve moved = curve;
  moved.at_middle = std::clamp(curve.at_middle + std::clamp(step.up, -kLargestStep, kLargestStep),
                               -kFarthest, kFarthest);
  moved.slope = Exp(std::clamp(
      NaturalLog(curve.slope) + std::clamp(step.steeper, -kLargestStep / 2, kLargestStep / 2),
      kMinLogSlope, kMaxLogSlope));
  return moved;
}

// Of the counts, divided by their dispersion, and of the slope.
double LogLikelihood(std::span<const CurvePoint> points, const ShareCurve& curve, double dispersion,
                     double log_slope) {
  double sum = 0;
  for (const CurvePoint& point : points) {
    const double logit = std::clamp(std::clamp(curve.Logit(point.x), point.least, point.most),
                                    -kFarthest, kFarthest);
    sum += point.weight * (point.hits * logit - point.all * NaturalLog(1 + Exp(logit)));
  }
  const double off = NaturalLog(curve.slope) - log_slope;
  return sum / dispersion - off * off * kPriorPrecision / 2;
}

// What one point adds to the score and the information of (at_middle, ln slope).
struct Scoring {
  double score[2] = {0, 0};
  double info[3] = {0, 0, 0};  // aa, ab, bb

  void Add(const CurvePoint& point, const ShareCurve& curve, double dispersion) {
    const double logit = curve.Logit(point.x);
    if (logit < point.least || logit > point.most) return;
    const double p = Logistic(logit);
    const double lever = curve.slope * (point.x - curve.middle);
    const double left = point.weight * (point.hits - point.all * p) / dispersion;
    const double weight = point.weight * point.all * p * (1 - p) / dispersion;
    score[0] += left;
    score[1] += left * lever;
    info[0] += weight;
    info[1] += weight * lever;
    info[2] += weight * lever * lever;
  }
  void AddPrior(double off) {
    score[1] -= off * kPriorPrecision;
    info[2] += kPriorPrecision;
    info[0] += 1e-6;  // where all shares are 0 or 1 there is nothing else
  }
  Step Solve() const {
    const double determinant = info[0] * info[2] - info[1] * info[1];
    return {(info[2] * score[0] - info[1] * score[1]) / determinant,
            (info[0] * score[1] - info[1] * score[0]) / determinant};
  }
};

// On the side of `allowed` on which the point lies.
void LetGoBeyond(CurvePoint& point, double allowed) {
  if (point.hits <= 0 || point.hits >= point.all)
    return;  // where the curve may go as far as it likes
  const double seen = LogitOf(point.hits / point.all);
  if (seen > allowed) point.most = std::max(seen, allowed + kReach);
  if (seen < allowed) point.least = std::min(seen, allowed - kReach);
}

}  // namespace

double ShareCurve::ShareAt(double x) const { return Logistic(Logit(x)); }

double ShareCurve::Meets(double share) const {
  return middle + (LogitOf(share) - at_middle) / slope;
}

double LogitOf(double share) {
  CHECK(share > 0 && share < 1) << share;
  return NaturalLog(share / (1 - share));
}

ShareCurve FitCurve(std::span<const CurvePoint> points, double dispersion, double log_slope,
                    const ShareCurve& start) {
  ShareCurve curve = start;
  double likelihood = LogLikelihood(points, curve, dispersion, log_slope);
  for (int i = 0; i < kScorings; ++i) {
    Scoring s;
    for (const CurvePoint& point : points) s.Add(point, curve, dispersion);
    s.AddPrior(NaturalLog(curve.slope) - log_slope);
    Step step = s.Solve();
    if (std::fabs(step.up) + std::fabs(step.steeper) < kConverged) break;
    bool better = false;
    for (int halving = 0; halving < kHalvings && !better; ++halving) {
      const ShareCurve next = Moved(curve, step);
      const double then = LogLikelihood(points, next, dispersion, log_slope);
      better = then > likelihood;
      if (better) {
        curve = next;
        likelihood = then;
      }
      step = {step.up / 2, step.steeper / 2};
    }
    if (!better) break;
  }
  return curve;
}

ShareCurve FitLocalCurve(std::span<CurvePoint> points, double dispersion, double share,
                         const ShareCurve& start) {
  ShareCurve curve = start;
  for (CurvePoint& point : points) LetGoBeyond(point, LogitOf(share));
  for (int round = 0; round < kLocalRounds; ++round) {
    for (CurvePoint& point : points) {
      const double reach = std::max(kReach, kWidest / static_cast<double>(1 << round));
      const double d = (curve.Logit(point.x) - LogitOf(share)) / reach;
      point.weight = point.trust * std::max(kLeastWeight, 1 - d * d);
    }
    curve = FitCurve(points, dispersion, kLogSlopePrior, curve);
  }
  return curve;
}

}  // namespace muster
