// The command line of `muster suite`: words -> values. Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "master/plan/flags.h"
#include "master/suite/suite_file.h"

namespace muster {

enum class SuiteFormat : uint8_t { kJson, kCsv, kMarkdown, kHtml };

struct SuiteOutput {
  SuiteFormat format = SuiteFormat::kJson;
  std::string path;  // "-": standard output
};

struct SuiteCommandLine {
  std::string help;  // not empty: print it and do nothing else
  std::string file;
  SuiteChoices choices;
  std::string results;  // folder; empty: the file's, or the default
  bool again = false;   // leave nothing of earlier results
  bool list = false;    // only say what would run
  bool quiet = false;
  std::vector<SuiteOutput> outputs;
  ColorMode color = ColorMode::kAuto;
};

StatusOr<SuiteCommandLine> ParseSuiteCommandLine(std::span<const std::string> args);

}  // namespace muster
