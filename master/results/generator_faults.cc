#include "master/results/generator_faults.h"

#include <algorithm>

namespace muster {

uint64_t NotStartedByGenerator(const Counts& counts) {
  uint64_t total = 0;
  for (const NotStarted reason :
       {NotStarted::kLate, NotStarted::kDescriptors, NotStarted::kPorts, NotStarted::kSpoolFull}) {
    total += counts.not_started[static_cast<size_t>(reason)];
  }
  return total;
}

uint64_t FailedByGenerator(const Counts& counts) {
  uint64_t total = 0;
  for (const ErrorClass error :
       {ErrorClass::kLocalDescriptors, ErrorClass::kLocalPorts, ErrorClass::kLocalOther}) {
    total += counts.errors[static_cast<size_t>(error)];
  }
  return total;
}

Cell WithoutGeneratorFaults(const Cell& cell) {
  Cell perfect = cell;
  Counts& counts = perfect.counts;
  const uint64_t failed = FailedByGenerator(counts);
  counts.due -= std::min(counts.due, NotStartedByGenerator(counts) + failed);
  counts.started -= std::min(counts.started, failed);
  counts.failed -= std::min(counts.failed, failed);
  for (const NotStarted reason :
       {NotStarted::kLate, NotStarted::kDescriptors, NotStarted::kPorts, NotStarted::kSpoolFull}) {
    counts.not_started[static_cast<size_t>(reason)] = 0;
  }
  perfect.within = cell.within_onset;
  perfect.latency[static_cast<size_t>(LatencyKind::kResponse)] =
      cell.latency[static_cast<size_t>(LatencyKind::kOnset)];
  return perfect;
}

Cell AsIfDelivered(const Cell& cell) {
  Cell full = WithoutGeneratorFaults(cell);
  const uint64_t not_started = NotStartedByGenerator(cell.counts);
  const uint64_t undelivered = not_started + FailedByGenerator(cell.counts);
  full.counts.due = cell.counts.due;
  full.counts.started = cell.counts.started + not_started;
  full.counts.completed += undelivered;
  full.counts.load_completed += undelivered;
  return full;
}

}  // namespace muster
