// Cost of one request in the recorder, from due to completed with its six latencies, two within()
// limits and a status; an interval's delta is handed over and recycled every 1,000. Budget: 100 ns.
#include <benchmark/benchmark.h>

#include <vector>

#include "common/base/random.h"
#include "tests/worker/engine/test_plans.h"
#include "worker/engine/recorder.h"

namespace muster {
namespace {

void Completed(benchmark::State& state) {
  PlanSpec spec = OpenSpec(1'000, 100);
  spec.thresholds = {ParseThreshold("within(50ms) >= 99%").value(),
                     ParseThreshold("within(250ms) >= 99%").value()};
  const auto plan = MakePlan(std::move(spec));
  Recorder recorder(*plan, 0, plan->load_end());
  std::vector<Duration> services;
  for (uint64_t i = 0; i < 1'024; ++i) {  // 1 to 16 ms, the short ones more often
    const uint64_t bits = RandomBits(7, RandomStream::kThinkTime, i);
    services.push_back(Duration::Nanos(1'000'000 + static_cast<int64_t>(bits >> (40 + bits % 5))));
  }
  uint64_t k = 0;
  for (auto _ : state) {
    const RunTime due = RunTime() + Duration::Micros(static_cast<int64_t>(k % 1'000));
    recorder.Due(due, 0, 0);
    recorder.Started(due, 0, 0);
    const RunTime sent = due + Duration::Micros(20), done = sent + services[k % 1'024];
    recorder.Completed(done,
                       {.due = due,
                        .handled = due + Duration::Micros(5),
                        .sent = sent,
                        .first_byte = done - Duration::Micros(30)},
                       {.stage = 0, .name = 0, .bytes_sent = 120, .bytes_received = 2'000}, 200);
    if (++k % 1'000 == 0) recorder.Recycle(recorder.Take(due, false));
  }
}
BENCHMARK(Completed);

}  // namespace
}  // namespace muster
