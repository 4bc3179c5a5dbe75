#include "master/statistics/quantile.h"

#include <algorithm>
#include <cmath>

#include "common/base/check.h"
#include "master/statistics/natural_log.h"

namespace muster {
namespace {

constexpr double kRootTwoPi = 2.5066282746310002;
constexpr double kFar = 38;  // its density is below the least double
constexpr double kLeastTail = 1e-12;

double Density(double z) { return Exp(-z * z / 2) / kRootTwoPi; }

}  // namespace

double NormalTail(double z) {
  if (z < 0) return 1 - NormalTail(-z);
  if (z > 37) return 0;
  if (z > 3) {  // Q(z) = density / (z + 1 / (z + 2 / (z + 3 / ...
    double fraction = z;
    for (int k = 60; k >= 1; --k) fraction = z + k / fraction;
    return Density(z) / fraction;
  }
  double sum = z, term = z;
  for (int k = 1; k <= 60; ++k) sum += term *= z * z / (2 * k + 1);
  return 0.5 - Density(z) * sum;
}

double NormalQuantile(double p) {
  CHECK(p >= kLeastTail && p <= 1 - kLeastTail) << p;
  double low = -kFar, high = kFar;
  for (int i = 0; i < 80; ++i) {
    const double middle = (low + high) / 2;
    (NormalTail(-middle) < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

double StudentQuantile(double p, double freedom) {
  CHECK_GE(freedom, 1);
  const double z = NormalQuantile(p), z2 = z * z, n = freedom;
  const double first = (z2 + 1) / 4;
  const double second = ((5 * z2 + 16) * z2 + 3) / 96;
  const double third = (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;
  const double fourth = ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160;
  return z * (1 + (first + (second + (third + fourth / n) / n) / n) / n);
}

}  // namespace muster
