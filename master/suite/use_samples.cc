#include "master/suite/use_samples.h"

#include <algorithm>

namespace muster {
namespace {

double SecondsBetween(WallTime from, WallTime to) { return (to - from).seconds(); }

// Growth of a counter within [from, to], which the readings cover.
template <auto Member>
double GrowthWithin(const std::vector<UseReading>& readings, WallTime from, WallTime to) {
  double growth = 0;
  for (size_t i = 1; i < readings.size(); ++i) {
    const UseReading& a = readings[i - 1];
    const UseReading& b = readings[i];
    const double length = SecondsBetween(a.at, b.at);
    const double within = SecondsBetween(std::max(a.at, from), std::min(b.at, to));
    if (length <= 0 || within <= 0) continue;
    // A process that nobody waited for takes its time with it: never below 0.
    growth += std::max(0.0, b.*Member - a.*Member) * within / length;
  }
  return growth;
}

}  // namespace

HostUse UseWithin(const std::vector<UseReading>& readings, WallTime from, WallTime to) {
  HostUse use;
  if (readings.size() < 2) return use;
  const WallTime first = std::max(from, readings.front().at);
  const WallTime last = std::min(to, readings.back().at);
  const double covered = SecondsBetween(first, last);
  if (covered <= 0 || covered < SecondsBetween(from, to) / 2) return use;
  use.target_cpu = GrowthWithin<&UseReading::target_cpu_s>(readings, first, last) / covered;
  use.generator_cpu = GrowthWithin<&UseReading::generator_cpu_s>(readings, first, last) / covered;
  const auto others = [&](double cores, double own) {
    return std::max(0.0, cores / covered - own);
  };
  use.others_on_target_cores =
      others(GrowthWithin<&UseReading::target_cores_s>(readings, first, last), *use.target_cpu);
  use.others_on_generator_cores = others(
      GrowthWithin<&UseReading::generator_cores_s>(readings, first, last), *use.generator_cpu);
  uint64_t memory = 0;
  for (const UseReading& reading : readings) {
    memory = std::max(memory, reading.target_memory_bytes);
  }
  if (memory > 0) use.target_memory_bytes = memory;
  return use;
}

}  // namespace muster
