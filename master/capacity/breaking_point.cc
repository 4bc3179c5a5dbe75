#include "master/capacity/breaking_point.h"

#include <algorithm>
#include <vector>

namespace muster {
namespace {

// Those that say something of the target, by load.
std::vector<const JudgedLevel*> ByLoad(std::span<const JudgedLevel> levels) {
  std::vector<const JudgedLevel*> order;
  for (const JudgedLevel& level : levels) {
    if (level.sustained() || level.failed()) order.push_back(&level);
  }
  std::stable_sort(order.begin(), order.end(), [](const JudgedLevel* a, const JudgedLevel* b) {
    return a->load() < b->load();
  });
  return order;
}

}  // namespace

std::optional<double> FindKnee(std::span<const JudgedLevel> levels, bool closed) {
  double best_per_user = 0;
  for (const JudgedLevel* level : ByLoad(levels)) {
    const double delivered = level->observation.delivered_per_s;
    const double asked = closed ? best_per_user * level->load() : level->load();
    if (level->failed() && delivered < kKneeShare * asked) return level->load();
    best_per_user = std::max(best_per_user, delivered / level->load());
  }
  return std::nullopt;
}

std::optional<BreakingPoint> FindBreakingPoint(std::span<const JudgedLevel> levels, double above) {
  double best = 0;
  for (const JudgedLevel* level : ByLoad(levels)) {
    const LevelObservation& seen = level->observation;
    const bool collapsed = seen.delivered_per_s < kCollapsedShare * best;
    best = std::max(best, seen.delivered_per_s);
    if (level->load() <= above) continue;
    if (seen.dropped_syns == 0 && seen.errors == 0 && !collapsed) continue;
    return BreakingPoint{seen.load, seen.dropped_syns > 0, seen.errors > 0, collapsed,
                         seen.in_flight_mean};
  }
  return std::nullopt;
}

}  // namespace muster
