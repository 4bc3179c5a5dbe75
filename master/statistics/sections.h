// Sections: a hold stage's timeline rows as ten contiguous parts of equal length. Samples of a
// queue depend on their neighbours, so what they scatter says little of how far a percentile may be
// off; what ten long sections scatter does.
//
// Rows that do not divide by ten are spread: section i is rows [i * n / 10, (i + 1) * n / 10), so
// every row is in one section and their lengths differ by at most one row.
//
// Refused: less than 30 s, and fewer than 20 rows (a section could be twice as long as the next).
// A stage that is not held (a ramp) has no one value to be sure of: the caller's to leave out.
//
// Pure; any thread. The views' histograms must outlive the call alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/stats/histogram.h"
#include "common/time/time.h"

namespace muster {

inline constexpr size_t kSections = 10;
inline constexpr size_t kMinSectionRows = 20;
inline constexpr Duration kMinSectioned = Duration::Seconds(30);

enum class CutRefusal : uint8_t { kNone, kTooShort, kTooFewRows };
CutRefusal CheckCut(size_t rows, Duration row_length);

// First row of part `i` of `parts`; of i == parts, the end.
constexpr size_t PartStart(size_t rows, size_t parts, size_t i) { return rows * i / parts; }

// One timeline row as these functions see it. `failed` rank above every record: what failed and
// what was not started, for response over all that was due; 0 for completed ones alone.
struct RowView {
  const Histogram* latency = nullptr;
  uint64_t failed = 0;
};

struct Section {
  Histogram latency;
  uint64_t failed = 0;

  void Add(const RowView& row);
  uint64_t all() const { return latency.count() + failed; }
  // kRankFailed when the rank falls among the failed. Requires 1 <= rank <= all().
  double AtRank(uint64_t rank) const;
  // By the histogram's rank rule over all(). Requires all() > 0.
  double AtPercentile(uint32_t percentile_millis) const;
  // How many rank above the bucket of `value`; of kRankFailed: the failed.
  uint64_t Above(double value) const;
};

struct Sections {
  Duration length;
  Section whole;
  std::array<Section, kSections> parts;
  double correlation = 0;  // of neighbours in LogMeanSeries of the rows
};

// nullopt: refused, see CheckCut.
std::optional<Sections> CutIntoSections(std::span<const RowView> rows, Duration row_length);

}  // namespace muster
