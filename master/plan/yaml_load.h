// The `load` part of a plan file: which model, its stages, its limits. Errors go to the tree's
// errors.
#pragma once

#include <span>
#include <string_view>

#include "master/plan/plan_draft.h"
#include "master/plan/yaml_map.h"

namespace muster {

inline constexpr std::string_view kLoadKeys[] = {"rate", "users"};
inline constexpr std::string_view kRateKeys[] = {"arrivals", "max_in_flight", "max_lateness",
                                                 "stages"};
inline constexpr std::string_view kUsersKeys[] = {"think", "own_connections", "stages"};
inline constexpr std::string_view kStageKeys[] = {"name", "to",   "over",  "from",  "at",
                                                  "for",  "step", "every", "times", "measure"};

// Fills in the draft's load and stages from the value of `load`.
void ReadYamlLoad(const YamlNode& node, SourceErrors& errors, PlanDraft& draft);

}  // namespace muster
