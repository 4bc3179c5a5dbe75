#include "worker/engine/share.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "common/base/check.h"
#include "common/base/int128.h"

namespace muster {
namespace {

constexpr int64_t kHourNs = 3'600'000'000'000;

uint64_t PartOf(uint64_t total, const std::vector<uint32_t>& weights, uint32_t index) {
  CHECK_LT(index, weights.size());
  return SplitByLargestRemainder(total, weights)[index];
}

}  // namespace

EngineLimits WorkerLimits(const Plan& plan, const Assignment& assignment) {
  return {.max_in_flight = PartOf(plan.max_in_flight(), assignment.weights, assignment.worker),
          .connections = PartOf(plan.connections(), assignment.weights, assignment.worker)};
}

EngineLimits ThreadLimits(const Plan& plan, const EngineShare& share) {
  const EngineLimits worker = WorkerLimits(plan, share.assignment);
  const std::vector<uint32_t> even(share.threads, 1);
  EngineLimits limits{.max_in_flight = PartOf(worker.max_in_flight, even, share.thread),
                      .connections = PartOf(worker.connections, even, share.thread)};
  if (plan.own_connections()) {  // users are split by number, which may differ by one
    limits.connections =
        std::max(limits.connections, NumbersOf(share).CountBelow(plan.users().peak()));
  }
  const std::optional<Rate> rate = plan.connect_rate();
  if (!rate.has_value() || limits.connections == 0) return limits;
  // The run's bound in the proportion of the run's connections.
  const Int128 spacing = Int128{kHourNs} * 1'000'000 * plan.connections() /
                         (Int128{rate->micro_per_hour} * static_cast<Int128>(limits.connections));
  limits.open_spacing = Duration::Nanos(static_cast<int64_t>(std::min(spacing, Int128{kHourNs})));
  return limits;
}

ThreadShare NumbersOf(const EngineShare& share) {
  const OwnerTable table(share.assignment.weights);
  return ThreadShare(table.period(), table.positions(share.assignment.worker), share.thread,
                     share.threads);
}

}  // namespace muster
