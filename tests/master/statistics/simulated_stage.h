// Simulated hold stages whose true percentiles are known in closed form, and stages made by hand.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "common/base/random.h"
#include "common/stats/histogram.h"
#include "common/time/time.h"
#include "master/statistics/natural_log.h"
#include "master/statistics/sections.h"

namespace muster {

inline constexpr Duration kSecond = Duration::Seconds(1);
inline constexpr uint32_t kP50 = 50'000, kP99 = 99'000;

// A reproducible stream of draws: SplitMix64.
class StageDraws {
 public:
  explicit StageDraws(uint64_t seed) : state_(MixBits(seed)) {}
  // In (0, 1).
  double Unit() {
    const uint64_t bits = MixBits(state_ += 0x9e3779b97f4a7c15ULL);
    return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
  }
  double Exponential() { return -NaturalLog(Unit()); }

 private:
  uint64_t state_;
};

// Rows of a stage, each with its histogram; cleared and filled again, they keep their memory.
class StageRows {
 public:
  StageRows(size_t rows, Duration row_length)
      : row_length_(row_length),
        rows_per_s_(1 / row_length.seconds()),
        rows_(rows),
        failed_(rows) {}

  void Clear() {
    for (Histogram& row : rows_) row.Clear();
    std::fill(failed_.begin(), failed_.end(), 0);
  }
  Histogram& row(size_t i) { return rows_[i]; }
  void Fail(size_t i, uint64_t times) { failed_[i] += times; }
  // At the moment of completion; what is later than the last row is counted in it.
  void Record(double at_s, double latency_s) {
    const auto i = static_cast<size_t>(at_s * rows_per_s_);
    rows_[std::min(i, rows_.size() - 1)].Record(static_cast<int64_t>(latency_s * 1e9));
  }

  size_t size() const { return rows_.size(); }
  Duration row_length() const { return row_length_; }
  double length_s() const { return row_length_.seconds() * static_cast<double>(rows_.size()); }
  std::vector<RowView> views() const {
    std::vector<RowView> views;
    for (size_t i = 0; i < rows_.size(); ++i) views.push_back({&rows_[i], failed_[i]});
    return views;
  }

 private:
  Duration row_length_;
  double rows_per_s_;
  std::vector<Histogram> rows_;
  std::vector<uint64_t> failed_;
};

// Independent exponential latencies of this mean, Poisson arrivals.
inline void SimulateIndependent(double per_s, double mean_s, uint64_t seed, StageRows* rows) {
  rows->Clear();
  StageDraws draws(seed);
  const double end = rows->length_s();
  for (double now = draws.Exponential() / per_s; now < end; now += draws.Exponential() / per_s) {
    rows->Record(now, mean_s * draws.Exponential());
  }
}

// An M/M/1 queue, first come first served, by Lindley's recursion, from its stationary state on:
// the time in it is exponential with mean 1 / (service rate - arrival rate).
inline double QueueMean(double per_s, double load) { return 1 / (per_s / load - per_s); }
inline void SimulateQueue(double per_s, double load, uint64_t seed, StageRows* rows) {
  rows->Clear();
  StageDraws draws(seed);
  const double end = rows->length_s();
  double now = 0;
  double left = draws.Exponential() * QueueMean(per_s, load);
  while (true) {
    const double gap = draws.Exponential() / per_s;
    now += gap;
    if (now >= end) return;
    left = std::max(0.0, left - gap) + draws.Exponential() * load / per_s;
    rows->Record(now + left, left);
  }
}

// Each row holds `per_row` latencies spread evenly over [0.5, 1.5) of its level.
inline void FillRow(size_t i, int per_row, double level_s, StageRows* rows) {
  for (int n = 0; n < per_row; ++n) {
    rows->row(i).Record(static_cast<int64_t>(level_s * 1e9 * (0.5 + (n + 0.5) / per_row)));
  }
}

// A stage whose level wanders: exp(spread * a) of `level_s`, a an AR(1) process that keeps `memory`
// of its value from row to row, with about normal steps of variance 1 - memory^2.
inline void SimulateWandering(double level_s, double spread, double memory, uint64_t seed,
                              StageRows* rows) {
  rows->Clear();
  StageDraws draws(seed);
  const auto normal = [&draws] {
    double sum = -6;  // Irwin and Hall: twelve uniform draws have variance 1
    for (int i = 0; i < 12; ++i) sum += draws.Unit();
    return sum;
  };
  double state = normal();
  for (size_t i = 0; i < rows->size(); ++i) {
    FillRow(i, 20, level_s * Exp(spread * state), rows);
    state = memory * state + std::sqrt(1 - memory * memory) * normal();
  }
}

}  // namespace muster
