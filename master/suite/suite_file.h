// ReadSuite: the text of a suite file, and what the command line chooses of it -> SuiteSpec.
// Decides the vocabulary of suite files (docs/suite.md describes it, docs/suite.schema.json repeats
// it for editors). Whatever does not fit is said with its place, as plans' errors are:
//
//   suite.yaml:12:5: targets[0]: unknown key 'strat' in a target; did you mean 'start'?
//
// Pure but for the FileReader; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "master/plan/plan_draft.h"
#include "master/plan/yaml_plan.h"
#include "master/suite/suite_spec.h"

namespace muster {

// Of the command line.
struct SuiteChoices {
  bool quick = false;
  std::vector<std::string> only;   // targets; empty: all
  std::vector<std::string> plans;  // empty: all
  std::optional<uint32_t> repeats;
};

// The keys of each kind of mapping, by their definitions' names in docs/suite.schema.json.
std::span<const KnownKeys> SuiteKnownKeys();

// `file_name` is for messages; `folder`, absolute, is where it stands.
StatusOr<SuiteSpec> ReadSuite(std::string_view text, const std::string& file_name,
                              const std::string& folder, const SuiteChoices& choices,
                              const FileReader& read_file);

}  // namespace muster
