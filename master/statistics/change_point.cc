#include "master/statistics/change_point.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "master/statistics/natural_log.h"
#include "master/statistics/part_series.h"

namespace muster {
namespace {

// Kolmogorov's distribution: 2 sum (-1)^(k-1) exp(-2 k^2 x^2) is 0.001 here.
constexpr double kCritical = 1.9495;
constexpr double kMarginOfSixty = 10.0 / 60;  // independent values
constexpr size_t kMinLine = 5;                // values that a line is fitted to
constexpr size_t kLines = 4;                  // parameters of two lines
constexpr double kMaxPrewhitening = 0.9;
constexpr double kSameSquare = kSameLog * kSameLog;

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

// About the least-squares line, or the mean of fewer than kMinLine.
void AppendResiduals(Values x, std::vector<double>* residuals) {
  const double mean = MeanOf(x);
  const double middle = static_cast<double>(x.size() - 1) / 2;
  double products = 0, squares = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double at = static_cast<double>(i) - middle;
    products += at * (x[i] - mean);
    squares += at * at;
  }
  const double slope = x.size() < kMinLine ? 0 : products / squares;
  for (size_t i = 0; i < x.size(); ++i) {
    residuals->push_back(x[i] - mean - slope * (static_cast<double>(i) - middle));
  }
}

// Andrews' bandwidth for the Bartlett kernel, where neighbours correlate by r.
double Bandwidth(double r, size_t n) {
  const double whole = (1 - r) * (1 + r);
  const auto count = static_cast<double>(n);
  return std::min(1.1447 * std::cbrt(4 * r * r / (whole * whole) * count), count / 4);
}

struct Noise {
  double variance = 0;  // long-run
  double memory = 0;    // AR(1) of neighbours
};

// Of residuals about two lines. Requires more than kLines + 1 of them.
Noise NoiseOf(Values residuals) {
  const double squares = Products(residuals, 0);
  const auto n = static_cast<double>(residuals.size());
  if (squares <= kSameSquare * n) return {};
  double ar = Products(residuals, 1) / squares;
  ar = std::clamp(ar + 2 * (2 + 4 * ar) / n, 0.0, kMaxPrewhitening);
  std::vector<double> white;
  for (size_t i = 1; i < residuals.size(); ++i) {
    white.push_back(residuals[i] - ar * residuals[i - 1]);
  }
  const double white_squares = Products(white, 0);
  if (white_squares <= kSameSquare * n) return {0, ar};
  const double bandwidth = Bandwidth(Products(white, 1) / white_squares, residuals.size());
  double sum = white_squares;
  for (size_t lag = 1; static_cast<double>(lag) <= bandwidth; ++lag) {
    sum += 2 * (1 - static_cast<double>(lag) / (bandwidth + 1)) * Products(white, lag);
  }
  const auto freedom = static_cast<double>(white.size() - kLines);
  return {sum / freedom / ((1 - ar) * (1 - ar)), ar};
}

// By how much more than the critical value a change has to exceed it.
double Margin(double memory, size_t n) {
  const double few = static_cast<double>(kMaxParts) / static_cast<double>(n);
  const double slow = (1 + memory) / (1 - memory);
  return kMarginOfSixty * few * few * slow * slow;
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

bool IsLarge(double log_before, double log_after) {
  const double before = Exp(log_before), after = Exp(log_after);
  return std::max(before, after) >= kMinChangeRatio * std::min(before, after) &&
         std::fabs(after - before) >= kMinChangeNs;
}

// How many values lie before the change; nullopt: there is none. Requires kMinParts values.
std::optional<size_t> ChangeIn(Values x) {
  const Peak peak = CusumPeak(x);
  if (peak.at == 0 || peak.height * peak.height <= kSameSquare) return std::nullopt;
  const Values before = x.first(peak.at), after = x.subspan(peak.at);
  if (!IsLarge(MeanOf(before), MeanOf(after))) return std::nullopt;
  std::vector<double> residuals;
  AppendResiduals(before, &residuals);
  AppendResiduals(after, &residuals);
  const auto n = static_cast<double>(x.size());
  const Noise noise = NoiseOf(residuals);
  const double critical = kCritical * (1 + Margin(noise.memory, x.size()));
  if (peak.height <= critical * std::sqrt(n * noise.variance)) return std::nullopt;
  return peak.at;
}

ChangePoint At(const PartSeries& series, size_t part, ChangePoint::Kind kind) {
  const Values x = series.values;
  return {kind, series.first_row[part], Exp(MeanOf(x.first(part))), Exp(MeanOf(x.subspan(part)))};
}

}  // namespace

ChangePoint FindChangePoint(std::span<const RowView> rows, Duration row_length) {
  if (CheckCut(rows.size(), row_length) != CutRefusal::kNone) return {};
  uint64_t records = 0;
  for (const RowView& row : rows) records += row.latency->count();
  if (records < kMinChangeRecords) return {};
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
