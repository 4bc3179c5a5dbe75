// The plans of a suite file: each checked whole, with its flags, as `muster run` would. Decides
// what the suite adds to a plan's own words when it runs a cell, and which flags are not a plan's
// to give. Errors go to the map's. Pure but for the FileReader; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "master/plan/plan_draft.h"
#include "master/plan/yaml_map.h"
#include "master/suite/suite_spec.h"

namespace muster {

inline constexpr std::string_view kSuitePlanKeys[] = {"name",  "command",     "plan", "path",
                                                      "flags", "quick_flags", "rank", "repeats"};

// Of the suite file in `folder` (absolute). `repeats`: of plans that give none.
std::vector<SuitePlan> ReadSuitePlans(const YamlMap& suite, const std::string& folder, bool quick,
                                      uint32_t repeats, const FileReader& read_file);

// The command line, without the program, that runs a plan against `url` and leaves its result in
// `json_file`.
Words ChildWords(const SuitePlan& plan, const std::string& url, const std::string& json_file,
                 uint64_t seed);

}  // namespace muster
