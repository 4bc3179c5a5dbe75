// Cost of the histogram: recording (budget: 5 ns a value), merging a small one into a large one as
// the master does with every cell, and its sparse bytes both ways.
#include <benchmark/benchmark.h>

#include <cmath>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "common/stats/histogram.h"
#include "common/stats/histogram_codec.h"

namespace muster {
namespace {

// Log-normal, the median at 20 ms: seven octaves hold nearly all of them.
std::vector<int64_t> Values(size_t n) {
  std::vector<int64_t> values;
  for (size_t i = 0; i < n; ++i) {
    double normal = -6;  // the sum of twelve uniform draws
    for (uint64_t j = 0; j < 12; ++j) {
      normal += static_cast<double>(RandomBits(7, RandomStream::kThinkTime, i, j)) * 0x1p-64;
    }
    values.push_back(static_cast<int64_t>(20e6 * std::exp(0.5 * normal)));
  }
  return values;
}

Histogram Of(const std::vector<int64_t>& values) {
  Histogram histogram;
  for (const int64_t value : values) histogram.Record(value);
  return histogram;
}

void Record(benchmark::State& state) {
  const std::vector<int64_t> values = Values(4096);
  Histogram histogram = Of(values);
  size_t i = 0;
  for (auto _ : state) histogram.Record(values[i++ % 4096]);
  benchmark::DoNotOptimize(histogram.count());
}
BENCHMARK(Record);

// What a worker does at each interval: empties a histogram to use it again.
void Recycle(benchmark::State& state) {
  const std::vector<int64_t> values = Values(100);
  Histogram histogram;
  for (auto _ : state) {
    for (const int64_t value : values) histogram.Record(value);
    histogram.Clear();
  }
}
BENCHMARK(Recycle);

std::string Sparse(const Histogram& histogram) {
  std::string bytes;
  AppendSparseCounts(histogram, &bytes);
  return bytes;
}

// As the master gets it: decoded.
Histogram Decoded(const Histogram& from) {
  Histogram histogram;
  const Status status = AddSparseCounts(Sparse(from), &histogram);
  if (!status.ok() ||
      !histogram.SetExact(from.sum(), from.min(), from.max(), from.saturated()).ok()) {
    std::abort();
  }
  return histogram;
}

void Merge(benchmark::State& state) {
  const Histogram small = Decoded(Of(Values(static_cast<size_t>(state.range(0)))));
  Histogram large = Of(Values(100'000));
  for (auto _ : state) large.Merge(small);
  benchmark::DoNotOptimize(large.count());
}
BENCHMARK(Merge)->Arg(1)->Arg(100)->Arg(10'000);

void Encode(benchmark::State& state) {
  const Histogram histogram = Of(Values(static_cast<size_t>(state.range(0))));
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    AppendSparseCounts(histogram, &bytes);
  }
  state.counters["bytes"] = static_cast<double>(bytes.size());
}
BENCHMARK(Encode)->Arg(100)->Arg(10'000);

void Decode(benchmark::State& state) {
  const std::string bytes = Sparse(Of(Values(static_cast<size_t>(state.range(0)))));
  for (auto _ : state) {
    Histogram histogram;
    if (!AddSparseCounts(bytes, &histogram).ok()) state.SkipWithError("refused");
    benchmark::DoNotOptimize(histogram.count());
  }
}
BENCHMARK(Decode)->Arg(100)->Arg(10'000);

void Percentile(benchmark::State& state) {
  const Histogram histogram = Of(Values(100'000));
  for (auto _ : state) benchmark::DoNotOptimize(histogram.ValueAtPercentile(99'000));
}
BENCHMARK(Percentile);

}  // namespace
}  // namespace muster
