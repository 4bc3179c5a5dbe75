#include "tests/sim/queue/known_capacity.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/base/check.h"

namespace muster {
namespace {

// Poisson probabilities 0 .. n - 1.
std::vector<double> PoissonTerms(double mean, size_t n) {
  std::vector<double> terms(n, 0);
  double term = std::exp(-mean);
  for (size_t k = 0; k < n; ++k) {
    terms[k] = term;
    term *= mean / static_cast<double>(k + 1);
  }
  return terms;
}

// Probabilities of 0 .. n - 1 in the system. What is there a service time later is what was not yet
// in service, and what came: X' = max(X - c, 0) + Poisson. Solved by eliminating states from above,
// without a subtraction (Grassmann, Taksar and Heyman, Operations Research 33, 1985).
std::vector<double> SystemSizes(size_t c, double arrivals_per_service) {
  const double load = arrivals_per_service / static_cast<double>(c);
  const auto n = static_cast<size_t>(20 / (1 - load)) + 8 * c + 40;
  const size_t reach =
      static_cast<size_t>(arrivals_per_service + 12 * std::sqrt(arrivals_per_service)) + 30;
  const std::vector<double> terms = PoissonTerms(arrivals_per_service, reach);
  // Row i holds the moves to i - c .. i + reach - 1.
  const size_t width = c + reach;
  std::vector<double> moves(n * width, 0);
  const auto move = [&](size_t i, size_t j) -> double& { return moves[i * width + (j + c - i)]; };
  for (size_t i = 0; i < n; ++i) {
    const size_t waiting = i > c ? i - c : 0;
    for (size_t k = 0; k < reach; ++k) {
      const size_t j = std::min(waiting + k, n - 1);
      if (j < i + reach) move(i, j) += terms[k];
    }
  }
  for (size_t k = n - 1; k > 0; --k) {
    const size_t lowest = k > c ? k - c : 0, first = k > reach - 1 ? k - (reach - 1) : 0;
    double down = 0;
    for (size_t j = lowest; j < k; ++j) down += move(k, j);
    for (size_t i = first; i < k; ++i) {
      move(i, k) /= down;
      for (size_t j = std::max(lowest, i > c ? i - c : 0); j < k; ++j) {
        if (j < i + reach) move(i, j) += move(i, k) * move(k, j);
      }
    }
  }
  std::vector<double> sizes(n, 0);
  sizes[0] = 1;
  double sum = 1;
  for (size_t k = 1; k < n; ++k) {
    for (size_t i = k > reach - 1 ? k - (reach - 1) : 0; i < k; ++i)
      sizes[k] += sizes[i] * move(i, k);
    sum += sizes[k];
  }
  for (double& size : sizes) size /= sum;
  return sizes;
}

template <typename Share>
double Solve(double highest, double share, const Share& share_at) {
  double low = 0.05 * highest, high = highest * (1 - 1e-6);
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (share_at(middle) < share ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

double MM1Capacity(double service_s, double limit_s, double share) {
  return 1 / service_s + std::log(share) / limit_s;
}

double DM1Capacity(double service_s, double limit_s, double share) {
  const double mu = 1 / service_s;
  return Solve(mu, share, [&](double rate) {
    double s = 0.5;
    for (int i = 0; i < 2'000; ++i) s = std::exp(-mu * (1 - s) / rate);
    return std::exp(-mu * (1 - s) * limit_s);
  });
}

double MDcShareOver(int servers, double service_s, double rate, double limit_s) {
  CHECK(rate * service_s < servers);
  const double wait = limit_s - service_s;
  CHECK(wait >= 0);
  const auto c = static_cast<size_t>(servers);
  const std::vector<double> sizes = SystemSizes(c, rate * service_s);
  // Q_j: at most j waiting.
  const auto at_most = [&](size_t j) {
    double sum = 0;
    for (size_t i = 0; i <= std::min(c + j, sizes.size() - 1); ++i) sum += sizes[i];
    return std::min(1.0, sum);
  };
  // P(W <= x) = sum over j < k c of Q_(kc - j - 1) Poisson_j(lambda (k D - x)), (k-1) D <= x < k D.
  const auto k = static_cast<size_t>(std::floor(wait / service_s + 1e-9)) + 1;
  const double rest = static_cast<double>(k) * service_s - wait;
  const std::vector<double> terms = PoissonTerms(rate * rest, k * c);
  double within = 0;
  for (size_t j = 0; j < k * c; ++j) within += at_most(k * c - j - 1) * terms[j];
  return 1 - within;
}

double MDcCapacity(int servers, double service_s, double limit_s, double share) {
  return Solve(servers / service_s, share, [&](double rate) {
    if (rate > 0.995 * servers / service_s) return 1.0;
    return MDcShareOver(servers, service_s, rate, limit_s);
  });
}

}  // namespace muster
