// The share of bad as a function of load, near the share that is allowed: logit(share) = a + b
// ln(load), b > 0, fitted to levels' counts.
//
// Quasi-likelihood of a binomial (McCullagh and Nelder, Generalized Linear Models, 2nd ed., 4.5, 9)
// by Fisher's scoring: levels without a bad request need no correction. Local: a level counts by (1
// - (d / 3)^2), d how far, in logits, the curve has it from what is allowed, since the true curve
// is only near there a line (Loader, Local Regression and Likelihood, 1999); found by iteration,
// from far to near; at least 0.02. That little would still bend a curve whose far end is no line,
// as of a target that sheds load: 30 % bad at three times its capacity, not all. So it pulls no
// more once the curve has it 3 logits or more to the side on which it lies, and further than it was
// seen.
//
// Few levels near what is allowed tell little of b. So ln b has a prior, normal about ln 12 with
// deviation 1: b is 3 to 5 where a limit of a few service times meets a busy server, 15 for 20
// times the service time in an M/M/1, 50 and more where a target breaks at once. Its weight against
// the counts is set by their dispersion. b is kept in [3, 2000].
//
// Pure; any thread.
#pragma once

#include <span>
#include <vector>

namespace muster {

inline constexpr double kAnyLogit = 1e9;

struct CurvePoint {
  double x = 0;  // ln load
  double hits = 0, all = 0;
  double weight = 1;  // in [0, 1]: how near, times trust
  double trust = 1;
  double least = -kAnyLogit, most = kAnyLogit;  // a logit of the curve beyond these counts as these
};

inline constexpr double kLeastWeight = 0.02;        // of how near
inline constexpr double kLogSlopePrior = 2.484907;  // ln 12
inline constexpr double kLogSlopeDeviation = 1;

struct ShareCurve {
  double middle = 0;  // logit = at_middle + slope (x - middle)
  double at_middle = 0;
  double slope = 15;

  double Logit(double x) const { return at_middle + slope * (x - middle); }
  double ShareAt(double x) const;
  // ln load at which the curve meets a share in (0, 1).
  double Meets(double share) const;
};

double LogitOf(double share);  // of 0 < share < 1

// From `start`; weights as given. `dispersion` >= 1: the variance of hits over a binomial's.
// `log_slope` is the prior's centre.
ShareCurve FitCurve(std::span<const CurvePoint> points, double dispersion, double log_slope,
                    const ShareCurve& start);

// Fits, and sets the points' weights by how near they are to `share`, until both agree.
ShareCurve FitLocalCurve(std::span<CurvePoint> points, double dispersion, double share,
                         const ShareCurve& start);

}  // namespace muster
