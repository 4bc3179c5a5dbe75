#include "master/report/percentile_rows.h"

#include <algorithm>

#include "common/base/check.h"

namespace muster {
namespace {

// The level after `percentile`: a step of the distance that is left to 100 %, rounded up to
// 100 / 2^n. A percentile on such a border is of the half that begins there.
double NextLevel(double percentile, int steps) {
  double distance = 100;
  while (100 - percentile <= distance / 2 && distance > 1e-12) distance /= 2;
  return percentile + distance / (2 * steps);
}

}  // namespace

std::vector<PercentileRow> PercentileRows(const Histogram& histogram, uint64_t all, int steps) {
  CHECK_GE(all, histogram.count());
  std::vector<PercentileRow> rows;
  double level = 0;
  uint64_t count = 0;
  histogram.ForEachSlot([&](size_t slot, uint64_t records) {
    count += records;
    const int64_t value = std::min(Histogram::HighestInSlot(slot), histogram.max());
    const double reached = 100 * static_cast<double>(count) / static_cast<double>(all);
    while (reached >= level && level < 100) {
      rows.push_back({value, level, count});
      if (count == all) break;  // what is left is one row
      level = NextLevel(level, steps);
    }
  });
  if (count == all && count > 0 && rows.back().percentile < 100) {
    rows.push_back({rows.back().value_ns, 100, count});
  }
  return rows;
}

}  // namespace muster
