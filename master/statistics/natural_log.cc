#include "master/statistics/natural_log.h"

#include <cmath>

#include "common/base/check.h"

namespace muster {
namespace {

// ln 2 in two parts; the first has its low 20 bits clear, so its product with an exponent is exact.
constexpr double kLn2High = 0x1.62e42fee00000p-1;
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kTerms[] = {1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13,
                             1.0 / 11, 1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3};
constexpr double kRootHalf = 0x1.6a09e667f3bcdp-1;

}  // namespace

double NaturalLog(double x) {
  CHECK(x > 0 && std::isfinite(x)) << x;
  int exponent;
  double m = std::frexp(x, &exponent);  // exact
  if (m < kRootHalf) {
    m *= 2;
    --exponent;
  }
  // ln m = 2 atanh s, a series in s with s^2 < 0.0295: what follows s^21 is below 2^-60 of it.
  const double s = (m - 1) / (m + 1);
  const double z = s * s;
  double sum = 0;
  for (const double term : kTerms) sum = (sum + term) * z;
  return exponent * kLn2High + (exponent * kLn2Low + 2 * s * sum + 2 * s);
}

double Exp(double x) {
  CHECK(x >= -700 && x <= 700) << x;
  const double k = std::floor(x / (kLn2High + kLn2Low) + 0.5);
  const double r = (x - k * kLn2High) - k * kLn2Low;  // |r| <= 0.347: r^15 / 15! is below 2^-62
  double sum = 1;
  for (int i = 14; i >= 1; --i) sum = 1 + sum * r / i;
  return std::ldexp(sum, static_cast<int>(k));  // exact
}

}  // namespace muster
