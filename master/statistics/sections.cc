#include "master/statistics/sections.h"

#include "common/base/check.h"
#include "master/statistics/interval.h"
#include "master/statistics/part_series.h"

namespace muster {

CutRefusal CheckCut(size_t rows, Duration row_length) {
  if (row_length * static_cast<int64_t>(rows) < kMinSectioned) return CutRefusal::kTooShort;
  if (rows < kMinSectionRows) return CutRefusal::kTooFewRows;
  return CutRefusal::kNone;
}

void Section::Add(const RowView& row) {
  latency.Merge(*row.latency);
  failed += row.failed;
}

double Section::AtRank(uint64_t rank) const {
  CHECK_GE(rank, 1U);
  CHECK_LE(rank, all());
  return rank > latency.count() ? kRankFailed : static_cast<double>(latency.ValueAtRank(rank));
}

double Section::AtPercentile(uint32_t percentile_millis) const {
  return AtRank(Histogram::RankOf(percentile_millis, all()));
}

uint64_t Section::Above(double value) const {
  if (value == kRankFailed) return failed;
  const size_t slot = Histogram::SlotOf(static_cast<int64_t>(value));
  uint64_t above = failed;
  latency.ForEachSlot([&](size_t i, uint64_t count) { above += i > slot ? count : 0; });
  return above;
}

std::optional<Sections> CutIntoSections(std::span<const RowView> rows, Duration row_length) {
  if (CheckCut(rows.size(), row_length) != CutRefusal::kNone) return std::nullopt;
  Sections cut;
  cut.length = row_length * static_cast<int64_t>(rows.size());
  for (size_t i = 0; i < kSections; ++i) {
    Section& part = cut.parts[i];
    const size_t end = PartStart(rows.size(), kSections, i + 1);
    for (size_t row = PartStart(rows.size(), kSections, i); row < end; ++row) part.Add(rows[row]);
    cut.whole.Add({&part.latency, part.failed});
  }
  cut.correlation = NeighbourCorrelation(LogMeanSeries(rows).values);
  return cut;
}

}  // namespace muster
