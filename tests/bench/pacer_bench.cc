// Cost of the next due time in the pacer: even, Poisson and on a ramp (budget: 100 ns), of a thread
// that owns a quarter of the numbers.
#include <benchmark/benchmark.h>

#include "common/plan/ownership.h"
#include "tests/worker/engine/test_plans.h"
#include "worker/engine/pacer.h"

namespace muster {
namespace {

void Pace(benchmark::State& state, ArrivalKind arrivals, int64_t from, int64_t to) {
  PlanSpec spec = OpenSpec(from, 20'000);
  Open(spec).arrivals = arrivals;
  Open(spec).segments[0].to = Rate::PerSecond(to);
  const auto plan = MakePlan(std::move(spec));
  const OwnerTable table({1, 1});
  const ThreadShare share(table.period(), table.positions(1), 0, 2);
  Pacer pacer(*plan, share);
  for (auto _ : state) {
    benchmark::DoNotOptimize(pacer.due());
    pacer.Advance();
    if (pacer.exhausted()) state.SkipWithError("the plan is too short");
  }
}
BENCHMARK_CAPTURE(Pace, even, ArrivalKind::kEven, 1'000'000, 1'000'000);
BENCHMARK_CAPTURE(Pace, poisson, ArrivalKind::kPoisson, 1'000'000, 1'000'000);
BENCHMARK_CAPTURE(Pace, ramp, ArrivalKind::kEven, 500'000, 1'000'000);

}  // namespace
}  // namespace muster
