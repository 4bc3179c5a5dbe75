// Cost of a batch on the wire, both ways: 1,000 requests of ten names in one interval.
#include <benchmark/benchmark.h>

#include <string>

#include "common/wire/batch_codec.h"
#include "tests/bench/simulated_workers.h"

namespace muster {
namespace {

std::string BatchBytes(int64_t rate) {
  const FleetShape shape{.workers = 1, .names = 10, .rate = rate, .seconds = 61};
  const auto plan = FleetPlan(shape);
  return BatchPool(*plan, shape, 1).Bytes(0, 1, false);
}

void Decode(benchmark::State& state) {
  const std::string bytes = BatchBytes(state.range(0));
  for (auto _ : state) {
    if (!DecodeBatch(bytes).ok()) state.SkipWithError("refused");
  }
  state.counters["bytes"] = static_cast<double>(bytes.size());
}
BENCHMARK(Decode)->Arg(10)->Arg(1'000)->Arg(20'000);

void Encode(benchmark::State& state) {
  DeltaBatch batch = *DecodeBatch(BatchBytes(state.range(0)));
  // As a worker has them: recorded, not decoded.
  for (auto& [key, cell] : batch.cells) {
    for (Histogram& histogram : cell.latency) {
      if (histogram.count() == 0) continue;
      Histogram recorded;
      recorded.Record(1);
      recorded.Merge(histogram);
      histogram = std::move(recorded);
    }
  }
  for (auto _ : state) benchmark::DoNotOptimize(EncodeBatch(batch).size());
}
BENCHMARK(Encode)->Arg(10)->Arg(1'000)->Arg(20'000);

}  // namespace
}  // namespace muster
