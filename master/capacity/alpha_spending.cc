#include "master/capacity/alpha_spending.h"

#include <algorithm>
#include <cmath>

#include "common/base/check.h"
#include "master/statistics/quantile.h"

namespace muster {

std::vector<double> SpendAlpha(double alpha, std::span<const double> fractions) {
  CHECK(alpha > 0 && alpha < 1) << alpha;
  CHECK(!fractions.empty() && fractions.back() == 1);
  const double z = NormalQuantile(1 - alpha / 2);
  std::vector<double> newly;
  double spent = 0, before = 0;
  for (const double t : fractions) {
    CHECK(t > before && t <= 1) << t;
    const double until = t == 1 ? alpha : 2 * NormalTail(z / std::sqrt(t));
    newly.push_back(until - spent);
    spent = until;
    before = t;
  }
  return newly;
}

}  // namespace muster
