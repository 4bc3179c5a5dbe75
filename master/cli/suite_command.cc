#include "master/cli/suite_command.h"

#include <algorithm>
#include <utility>

#include "master/cli/command_flags.h"
#include "master/plan/flag_values.h"
#include "master/plan/values.h"

namespace muster {
namespace {

using SuiteTimes = CommandFlag::Times;

constexpr CommandFlag kSuiteFlags[] = {
    {"--quick", 0, "", SuiteTimes::kOnce, "a first look: what the file says under quick"},
    {"--only", 0, "TARGET", SuiteTimes::kMany, "only these targets, up to the next flag"},
    {"--plans", 0, "NAME", SuiteTimes::kMany, "only these plans, up to the next flag"},
    {"--repeats", 0, "N", SuiteTimes::kOnce, "of every plan, whatever the file says"},
    {"--results", 0, "FOLDER", SuiteTimes::kOnce,
     "where cells are kept; default NAME.results, with --quick NAME.results.quick"},
    {"--again", 0, "", SuiteTimes::kOnce, "measure everything anew, whatever is kept"},
    {"--list", 0, "", SuiteTimes::kOnce, "only say what would run, and how long at least"},
    {"--out", 'o', "FORMAT=FILE", SuiteTimes::kRepeated,
     "write the table as json, csv, markdown or html; json=- to standard output"},
    {"--quiet", 0, "", SuiteTimes::kOnce, "no progress on standard error"},
    {"--color", 0, "WHEN", SuiteTimes::kOnce, "auto (default), always or never"}};

constexpr CommandShape kSuiteShape = {
    "suite", "Runs the same plans over several targets, and makes one table of them.",
    "SUITE [OPTIONS]", kSuiteFlags,
    "Every target is started, measured and stopped for each plan and repeat, in turns. What is "
    "measured\n"
    "is kept in the results folder; running the suite again measures what is missing or has "
    "changed.\n\n"
    "Exit codes:\n"
    "  0 every row was measured, or what it needs isn't there   2 wrong usage or suite\n"
    "  3 a row is missing for another reason   5 interrupted   70 internal error\n\n"
    "Examples:\n"
    "  muster suite suite.yaml --list\n"
    "  muster suite suite.yaml --quick --out markdown=table.md\n"
    "  muster suite suite.yaml --only flask bottle --plans text --repeats 7\n"};

constexpr std::pair<std::string_view, SuiteFormat> kSuiteFormats[] = {
    {"json", SuiteFormat::kJson},
    {"csv", SuiteFormat::kCsv},
    {"markdown", SuiteFormat::kMarkdown},
    {"html", SuiteFormat::kHtml}};

// FORMAT=FILE; of a suite csv is one file, too.
StatusOr<SuiteOutput> ReadSuiteOutput(std::string_view text) {
  const size_t equals = text.find('=');
  for (const auto& [name, format] : kSuiteFormats) {
    if (text.substr(0, equals) != name) continue;
    if (equals == text.npos || equals + 1 == text.size()) {
      return InvalidArgument("the file is missing; write " + std::string(name) + "=FILE");
    }
    return SuiteOutput{format, std::string(text.substr(equals + 1))};
  }
  return InvalidArgument(
      "a suite's table is written as json=FILE, csv=FILE, markdown=FILE or "
      "html=FILE, found " +
      Quote(text));
}

Status ApplySuiteFlag(const GivenFlag& given, SuiteCommandLine* line) {
  const std::string_view name = given.flag->name;
  if (name == "--quick") {
    line->choices.quick = true;
  } else if (name == "--only") {
    line->choices.only.push_back(given.value);
  } else if (name == "--plans") {
    line->choices.plans.push_back(given.value);
  } else if (name == "--repeats") {
    ASSIGN_OR_RETURN(line->choices.repeats, ReadCount<SuiteLimits::kRepeats>(given.value));
  } else if (name == "--results") {
    line->results = given.value;
  } else if (name == "--again") {
    line->again = true;
  } else if (name == "--list") {
    line->list = true;
  } else if (name == "--quiet") {
    line->quiet = true;
  } else if (name == "--color") {
    ASSIGN_OR_RETURN(line->color, ReadColor(given.value));
  } else {
    ASSIGN_OR_RETURN(SuiteOutput output, ReadSuiteOutput(given.value));
    line->outputs.push_back(std::move(output));
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<SuiteCommandLine> ParseSuiteCommandLine(std::span<const std::string> args) {
  SuiteCommandLine line;
  ASSIGN_OR_RETURN(const GivenWords given, ReadCommand(kSuiteShape, args));
  if (given.help) {
    line.help = HelpText(kSuiteShape);
    return line;
  }
  for (const GivenFlag& flag : given.flags) {
    const Status status = ApplySuiteFlag(flag, &line);
    if (!status.ok()) {
      return InvalidArgument(std::string(flag.flag->name) + ": " + Message(status));
    }
  }
  if (given.words.empty()) return NeedsHelp(kSuiteShape, "a suite file is missing");
  if (given.words.size() > 1) {
    return InvalidArgument("'" + given.words[1] + "': one suite file is enough, and '" +
                           given.words[0] + "' is given already");
  }
  line.file = given.words[0];
  const auto to_stdout = [](const SuiteOutput& out) { return out.path == "-"; };
  if (std::count_if(line.outputs.begin(), line.outputs.end(), to_stdout) > 1) {
    return InvalidArgument("--out: only one table goes to standard output");
  }
  return line;
}

}  // namespace muster
