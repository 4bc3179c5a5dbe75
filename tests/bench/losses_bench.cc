// Cost of a lost worker's account on the master, with a million of its numbers in no batch.
#include <benchmark/benchmark.h>

#include "master/schedule/losses.h"
#include "tests/support/small_plan.h"

namespace muster {
namespace {

void Loss(benchmark::State& state, ArrivalKind arrivals, size_t names) {
  PlanSpec spec = SmallSpec(10'000, Duration::Seconds(200));
  std::get<OpenLoad>(spec.load).arrivals = arrivals;
  spec.requests.resize(names);
  for (size_t i = 0; i < names; ++i) spec.requests[i].name = "request" + std::to_string(i);
  const Plan plan = Plan::Create(std::move(spec)).value();
  const OwnerTable table({1, 1});
  WorkerEnd end;
  end.worker = 1;
  end.end = end.lost_at = end.may_start_until = plan.load_end();
  for (auto _ : state) benchmark::DoNotOptimize(LossOf(plan, table, end).not_started.size());
}
BENCHMARK_CAPTURE(Loss, even_1_name, ArrivalKind::kEven, 1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Loss, even_10_names, ArrivalKind::kEven, 10)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Loss, poisson_10_names, ArrivalKind::kPoisson, 10)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace muster
