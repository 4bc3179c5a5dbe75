// When the stages that a threshold looks at run. Pure; any thread.
#pragma once

#include <optional>
#include <vector>

#include "common/plan/plan.h"
#include "common/time/time.h"

namespace muster {

// Run time [from, to).
struct Stretch {
  RunTime from, to;
  bool operator==(const Stretch&) const = default;
};

// The stretches of the plan's stages that `stage` selects (none: all measured ones), in order,
// neighbours as one, as run until `load_end`.
std::vector<Stretch> SelectedStretches(const Plan& plan, std::optional<uint16_t> stage,
                                       RunTime load_end);
// Their length in [0, until).
Duration LengthBefore(const std::vector<Stretch>& stretches, RunTime until);
// Whether one of them holds all of [from, to).
bool Cover(const std::vector<Stretch>& stretches, RunTime from, RunTime to);

// The stretch of one rate or number of users that these stages are; nullopt: they are more than one
// stretch, change, or have not begun by `load_end`.
std::optional<Stretch> HeldStretch(const Plan& plan, std::optional<uint16_t> stage,
                                   RunTime load_end);

}  // namespace muster
