// The command lines of `muster runs`, `muster report` and `muster compare`: words -> values. What
// the commands do is result_app.h's. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/time/time.h"
#include "master/compare/comparison.h"
#include "master/plan/flags.h"
#include "master/results/summary.h"

namespace muster {

// What all three have.
struct ResultOptions {
  std::string help;   // not empty: print it and do nothing else
  std::string store;  // --store; empty: the user's own
  ColorMode color = ColorMode::kAuto;
};

struct RunsCommand {
  ResultOptions options;
  // What is listed.
  std::optional<Duration> since;  // that long ago, or less
  std::string name;               // a part of it
  std::optional<Outcome> outcome;
  uint32_t limit = 50;
  bool json = false;
  // What is done instead: references of runs.
  std::vector<std::string> pin, unpin, remove;
  bool changes() const { return !pin.empty() || !unpin.empty() || !remove.empty(); }
};
StatusOr<RunsCommand> ParseRunsCommand(std::span<const std::string> args);

struct ReportCommand {
  ResultOptions options;
  std::string run;
  std::vector<OutputSpec> outputs;
};
StatusOr<ReportCommand> ParseReportCommand(std::span<const std::string> args);

struct CompareCommand {
  ResultOptions options;
  std::vector<std::string> base, changed;  // files or references
  CompareOptions compare;
  std::vector<OutputSpec> outputs;  // kJson and kMarkdown alone
};
StatusOr<CompareCommand> ParseCompareCommand(std::span<const std::string> args);

// "7d", "2w", or a duration as elsewhere.
StatusOr<Duration> ParseAge(std::string_view text);

}  // namespace muster
