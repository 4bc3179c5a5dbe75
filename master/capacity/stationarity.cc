#include "master/capacity/stationarity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "master/statistics/quantile.h"
#include "master/statistics/sections.h"

namespace muster {
namespace {

constexpr size_t kMaxParts = 20;
constexpr double kTail = 0.01;
constexpr double kMaxCorrelation = 0.9;
constexpr double kNegligible = 2, kNegligibleShare = 0.05;

double MeanOf(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

std::vector<double> PartMeans(std::span<const double> values) {
  const size_t parts = std::min(values.size(), kMaxParts);
  std::vector<double> means;
  for (size_t i = 0; i < parts; ++i) {
    const size_t first = PartStart(values.size(), parts, i);
    means.push_back(MeanOf(values.subspan(first, PartStart(values.size(), parts, i + 1) - first)));
  }
  return means;
}

struct Line {
  double slope = 0;
  double squares_of_x = 0;
  std::vector<double> residuals;
};

Line LeastSquares(std::span<const double> y) {
  const double mean = MeanOf(y), middle = (static_cast<double>(y.size()) - 1) / 2;
  Line line;
  double products = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    const double x = static_cast<double>(i) - middle;
    line.squares_of_x += x * x;
    products += x * (y[i] - mean);
  }
  line.slope = products / line.squares_of_x;
  for (size_t i = 0; i < y.size(); ++i) {
    line.residuals.push_back(y[i] - mean - line.slope * (static_cast<double>(i) - middle));
  }
  return line;
}

// Corrected for what the line took off.
double Autocorrelation(std::span<const double> residuals) {
  double products = 0, squares = residuals[0] * residuals[0];
  for (size_t i = 1; i < residuals.size(); ++i) {
    products += residuals[i] * residuals[i - 1];
    squares += residuals[i] * residuals[i];
  }
  if (squares <= 0) return 0;
  const double r = products / squares;
  return std::clamp(r + 2 * (2 + 4 * r) / static_cast<double>(residuals.size()), 0.0,
                    kMaxCorrelation);
}

}  // namespace

Slope FitSlope(std::span<const double> values) {
  constexpr double kAll = std::numeric_limits<double>::infinity();
  const std::vector<double> parts = PartMeans(values);
  if (parts.size() < 2) return {0, {-kAll, kAll}};
  const Line line = LeastSquares(parts);
  const double to_values = static_cast<double>(parts.size()) / static_cast<double>(values.size());
  Slope slope{line.slope * to_values, {-kAll, kAll}};
  if (parts.size() < kMinSlopeParts) return slope;
  double squares = 0;
  for (const double residual : line.residuals) squares += residual * residual;
  const double freedom = static_cast<double>(parts.size()) - 2;
  const double r = Autocorrelation(line.residuals);
  const double deviation =
      std::sqrt(squares / freedom / line.squares_of_x * (1 + r) / (1 - r)) * to_values;
  const double half = StudentQuantile(1 - kTail, freedom) * deviation;
  slope.interval = {slope.per_value - half, slope.per_value + half};
  return slope;
}

double Growth(std::span<const double> values, double negligible) {
  const Slope slope = FitSlope(values);
  const double growth = slope.per_value * static_cast<double>(values.size());
  const double least = std::max({kNegligible, kNegligibleShare * MeanOf(values), negligible});
  return slope.interval.low > 0 && growth >= least ? growth : 0;
}

}  // namespace muster
