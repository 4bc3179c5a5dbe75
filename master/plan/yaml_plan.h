// ReadYamlPlan: the text of a plan file -> PlanDraft. Decides the vocabulary of plan files
// (docs/plan.md describes it, docs/plan.schema.json repeats it for editors) and says, for whatever
// does not fit, where it stands, which key it is, what was expected, and the nearest known key:
//
//   plan.yaml:12:7: unknown key 'tresholds' in the plan; did you mean 'thresholds'?
//   plan.yaml:13:1: 'timeout' belongs under 'defaults' or in a request, not in the plan
//
// Up to ten errors at once. Flags over the plan, defaults that depend on several keys, and the
// final check are left to plan_loader.h. Pure but for the FileReader; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "master/plan/plan_draft.h"
#include "master/plan/yaml_map.h"

namespace muster {

// Of every kind of mapping in a plan; docs/plan.schema.json has the same.
std::span<const KnownKeys> AllKnownKeys();

// `file_name` is for messages, and its folder is where body files are looked for ("<stdin>": the
// current folder).
StatusOr<PlanDraft> ReadYamlPlan(std::string_view text, const std::string& file_name,
                                 const FileReader& read_file);

}  // namespace muster
