#include "master/statistics/part_series.h"

#include <algorithm>

#include "common/base/int128.h"
#include "master/statistics/natural_log.h"

namespace muster {

PartSeries LogMeanSeries(std::span<const RowView> rows) {
  PartSeries series;
  const size_t parts = std::min(rows.size(), kMaxParts);
  for (size_t i = 0; i < parts; ++i) {
    const size_t first = PartStart(rows.size(), parts, i);
    Int128 sum = 0;
    uint64_t count = 0;
    for (size_t row = first; row < PartStart(rows.size(), parts, i + 1); ++row) {
      sum += rows[row].latency->sum();
      count += rows[row].latency->count();
    }
    if (count == 0) continue;
    const double mean = static_cast<double>(sum) / static_cast<double>(count);
    series.values.push_back(NaturalLog(std::max(mean, 1.0)));
    series.first_row.push_back(first);
  }
  return series;
}

double NeighbourCorrelation(std::span<const double> values) {
  if (values.size() < kMinParts) return 0;
  double mean = 0;
  for (const double value : values) mean += value;
  mean /= static_cast<double>(values.size());
  double squares = 0, products = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    squares += (values[i] - mean) * (values[i] - mean);
    if (i > 0) products += (values[i] - mean) * (values[i - 1] - mean);
  }
  if (squares <= kSameLog * kSameLog * static_cast<double>(values.size())) return 0;
  return products / squares;
}

}  // namespace muster
