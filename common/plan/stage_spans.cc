#include "common/plan/stage_spans.h"

#include <algorithm>
#include <utility>

namespace muster {
namespace {

// Calls `use(segment, stretch)` for each segment of a selected stage that has begun by `load_end`,
// until it says false.
template <typename Segments, typename Use>
void ForSelected(const Segments& segments, const Plan& plan, std::optional<uint16_t> stage,
                 RunTime load_end, Use&& use) {
  RunTime at;
  for (const auto& segment : segments) {
    const RunTime from = std::exchange(at, at + segment.length);
    const bool selected =
        stage ? *stage == segment.stage : plan.spec().stages[segment.stage].measure;
    if (!selected || from >= load_end) continue;
    if (!use(segment, Stretch{from, std::min(at, load_end)})) return;
  }
}

template <typename Segments>
std::vector<Stretch> SelectedIn(const Segments& segments, const Plan& plan,
                                std::optional<uint16_t> stage, RunTime load_end) {
  std::vector<Stretch> stretches;
  ForSelected(segments, plan, stage, load_end, [&](const auto&, Stretch stretch) {
    if (!stretches.empty() && stretches.back().to == stretch.from) {
      stretches.back().to = stretch.to;
    } else if (stretch.to > stretch.from) {
      stretches.push_back(stretch);
    }
    return true;
  });
  return stretches;
}

template <typename Segments>
std::optional<Stretch> HeldIn(const Segments& segments, const Plan& plan,
                              std::optional<uint16_t> stage, RunTime load_end) {
  std::optional<Stretch> held;
  auto value = segments.front().from;
  ForSelected(segments, plan, stage, load_end, [&](const auto& segment, Stretch stretch) {
    const bool goes_on = !held || (held->to == stretch.from && value == segment.to);
    if (segment.from != segment.to || !goes_on) {
      held.reset();
      return false;
    }
    if (!held) held = Stretch{stretch.from, stretch.from};
    held->to = stretch.to;
    value = segment.to;
    return true;
  });
  return held;
}

}  // namespace

std::vector<Stretch> SelectedStretches(const Plan& plan, std::optional<uint16_t> stage,
                                       RunTime load_end) {
  return plan.open() ? SelectedIn(plan.rates().segments(), plan, stage, load_end)
                     : SelectedIn(plan.users().segments(), plan, stage, load_end);
}

Duration LengthBefore(const std::vector<Stretch>& stretches, RunTime until) {
  Duration length;
  for (const Stretch& stretch : stretches) {
    if (stretch.from < until) length += std::min(stretch.to, until) - stretch.from;
  }
  return length;
}

bool Cover(const std::vector<Stretch>& stretches, RunTime from, RunTime to) {
  return std::any_of(stretches.begin(), stretches.end(), [&](const Stretch& stretch) {
    return stretch.from <= from && to <= stretch.to;
  });
}

std::optional<Stretch> HeldStretch(const Plan& plan, std::optional<uint16_t> stage,
                                   RunTime load_end) {
  return plan.open() ? HeldIn(plan.rates().segments(), plan, stage, load_end)
                     : HeldIn(plan.users().segments(), plan, stage, load_end);
}

}  // namespace muster
