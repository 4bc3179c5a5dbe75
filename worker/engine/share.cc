#include "worker/engine/share.h"

#include <vector>

#include "common/base/check.h"

namespace muster {
namespace {

uint64_t PartOf(uint64_t total, const std::vector<uint32_t>& weights, uint32_t index) {
  CHECK_LT(index, weights.size());
  return SplitByLargestRemainder(total, weights)[index];
}

}  // namespace

EngineLimits WorkerLimits(const Plan& plan, const Assignment& assignment) {
  return {PartOf(plan.max_in_flight(), assignment.weights, assignment.worker),
          PartOf(plan.connections(), assignment.weights, assignment.worker)};
}

EngineLimits ThreadLimits(const Plan& plan, const EngineShare& share) {
  const EngineLimits worker = WorkerLimits(plan, share.assignment);
  const std::vector<uint32_t> even(share.threads, 1);
  return {PartOf(worker.max_in_flight, even, share.thread),
          PartOf(worker.connections, even, share.thread)};
}

ThreadShare NumbersOf(const EngineShare& share) {
  const OwnerTable table(share.assignment.weights);
  return ThreadShare(table.period(), table.positions(share.assignment.worker), share.thread,
                     share.threads);
}

}  // namespace muster
