#include "master/statistics/change_point.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "master/statistics/natural_log.h"
#include "master/statistics/part_series.h"

namespace muster {
namespace {

// Kolmogorov's distribution: 2 sum (-1)^(k-1) exp(-2 k^2 x^2) is 0.001 and 0.02 here.
constexpr double kCritical01 = 1.9495;
constexpr double kCritical2 = 1.5174;
constexpr double kMarginOfFew = 4;
constexpr double kMaxPrewhitening = 0.9;
constexpr double kSame = 1e-24;  // a variance of logarithms that is rounding

using Values = std::span<const double>;

double MeanOf(Values x) {
  double sum = 0;
  for (const double value : x) sum += value;
  return sum / static_cast<double>(x.size());
}

// sum x_i x_(i - lag)
double Products(Values x, size_t lag) {
  double sum = 0;
  for (size_t i = lag; i < x.size(); ++i) sum += x[i] * x[i - lag];
  return sum;
}

void AppendResiduals(Values x, std::vector<double>* residuals) {
  const double mean = MeanOf(x);
  for (const double value : x) residuals->push_back(value - mean);
}

// Andrews' bandwidth for the Bartlett kernel, where neighbours correlate by r.
double Bandwidth(double r, size_t n) {
  const double whole = (1 - r) * (1 + r);
  const auto count = static_cast<double>(n);
  return std::min(1.1447 * std::cbrt(4 * r * r / (whole * whole) * count), count / 4);
}

// Of residuals about `means` means. Requires more than means + 1 of them.
double LongRunVariance(Values residuals, size_t means) {
  const double squares = Products(residuals, 0);
  const auto n = static_cast<double>(residuals.size());
  if (squares <= kSame * n) return 0;
  double ar = Products(residuals, 1) / squares;
  ar = std::clamp(ar + static_cast<double>(means) * (1 + 3 * ar) / n, 0.0, kMaxPrewhitening);
  std::vector<double> white;
  for (size_t i = 1; i < residuals.size(); ++i) {
    white.push_back(residuals[i] - ar * residuals[i - 1]);
  }
  const double white_squares = Products(white, 0);
  if (white_squares <= kSame * n) return 0;
  const double bandwidth = Bandwidth(Products(white, 1) / white_squares, residuals.size());
  double sum = white_squares;
  for (size_t lag = 1; static_cast<double>(lag) <= bandwidth; ++lag) {
    sum += 2 * (1 - static_cast<double>(lag) / (bandwidth + 1)) * Products(white, lag);
  }
  const auto freedom = static_cast<double>(white.size() - means);
  return sum / freedom / ((1 - ar) * (1 - ar));
}

struct Peak {
  size_t at = 0;  // values before it
  double height = 0;
};

// Where |S_k - k/n S_n| is largest.
Peak CusumPeak(Values x) {
  const double mean = MeanOf(x);
  Peak peak;
  double sum = 0;
  for (size_t i = 0; i + 1 < x.size(); ++i) {
    sum += x[i] - mean;
    if (std::fabs(sum) > peak.height) peak = {i + 1, std::fabs(sum)};
  }
  return peak;
}

bool Exceeds(double height, size_t n, double variance, double critical) {
  return variance >= 0 && height > critical * std::sqrt(static_cast<double>(n) * variance);
}

bool IsLarge(double log_before, double log_after) {
  const double before = Exp(log_before), after = Exp(log_after);
  return std::max(before, after) >= kMinChangeRatio * std::min(before, after) &&
         std::fabs(after - before) >= kMinChangeNs;
}

// How many values lie before the change; nullopt: there is none. Requires kMinParts values.
std::optional<size_t> ChangeIn(Values x) {
  const Peak peak = CusumPeak(x);
  if (peak.at == 0 || peak.height * peak.height <= kSame) return std::nullopt;
  const Values before = x.first(peak.at), after = x.subspan(peak.at);
  if (!IsLarge(MeanOf(before), MeanOf(after))) return std::nullopt;
  std::vector<double> longer, both;
  AppendResiduals(before.size() > after.size() ? before : after, &longer);
  AppendResiduals(before, &both);
  AppendResiduals(after, &both);
  const double margin = 1 + kMarginOfFew / static_cast<double>(longer.size());
  const bool found =
      Exceeds(peak.height, x.size(), LongRunVariance(longer, 1), kCritical01 * margin) &&
      Exceeds(peak.height, x.size(), LongRunVariance(both, 2), kCritical2);
  return found ? std::optional(peak.at) : std::nullopt;
}

ChangePoint At(const PartSeries& series, size_t part, ChangePoint::Kind kind) {
  const Values x = series.values;
  return {kind, series.first_row[part], Exp(MeanOf(x.first(part))), Exp(MeanOf(x.subspan(part)))};
}

}  // namespace

ChangePoint FindChangePoint(std::span<const RowView> rows, Duration row_length) {
  if (CheckCut(rows.size(), row_length) != CutRefusal::kNone) return {};
  const PartSeries series = LogMeanSeries(rows);
  const Values x = series.values;
  if (x.size() < kMinParts) return {};
  const size_t half = x.size() / 2;
  size_t first = 0, last = 0;
  // Each turn goes on by at least one part. Fewer than kMinParts that are left can't be asked.
  while (x.size() - last >= kMinParts) {
    const std::optional<size_t> found = ChangeIn(x.subspan(last));
    if (!found) break;
    if (first == 0) first = *found;
    last += *found;
    if (last > half) return At(series, first, ChangePoint::Kind::kDrift);
  }
  if (last == 0) return {.kind = ChangePoint::Kind::kNone};
  return At(series, last, ChangePoint::Kind::kWarmUp);
}

}  // namespace muster
