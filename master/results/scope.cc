#include "master/results/scope.h"

#include <algorithm>

namespace muster {
namespace {

bool OnlyMeasured(const std::vector<Stage>& stages, uint16_t stage) {
  for (size_t i = 0; i < stages.size(); ++i) {
    if (stages[i].measure != (i == stage)) return false;
  }
  return true;
}

}  // namespace

bool Scope::HasRequest(uint16_t request) const {
  return names.empty() || std::binary_search(names.begin(), names.end(), request);
}

bool Scope::Holds(const Plan& plan, const CellKey& key, const std::string& of_group) const {
  if (!HasRequest(key.name) || (!group.empty() && group != of_group)) return false;
  return stage ? *stage == key.stage : plan.spec().stages[key.stage].measure;
}

std::optional<Scope> ScopeOf(const Plan& plan, const Threshold& threshold) {
  Scope scope;
  scope.names = plan.RequestsOf(threshold);
  if (scope.names.empty()) return std::nullopt;
  if (scope.names.size() == plan.spec().requests.size()) scope.names.clear();
  scope.group = threshold.group;
  if (threshold.stage.empty()) return scope;
  const std::vector<Stage>& stages = plan.spec().stages;
  const auto stage = std::find_if(stages.begin(), stages.end(),
                                  [&](const Stage& s) { return s.name == threshold.stage; });
  if (stage == stages.end()) return std::nullopt;
  const auto index = static_cast<uint16_t>(stage - stages.begin());
  // The only measured stage is all of them, which are kept anyway.
  if (!OnlyMeasured(stages, index)) scope.stage = index;
  return scope;
}

}  // namespace muster
