#include "master/cli/result_commands.h"

#include <algorithm>
#include <array>

#include "common/plan/units.h"
#include "master/cli/command_flags.h"
#include "master/plan/flag_values.h"
#include "master/report/json_report.h"

namespace muster {
namespace {

using Times = CommandFlag::Times;

constexpr CommandFlag kStoreFlag = {"--store", 0, "FILE", Times::kOnce,
                                    "the run store; default: the user's own"};
constexpr CommandFlag kColorFlag = {"--color", 0, "WHEN", Times::kOnce,
                                    "auto (default), always or never"};

constexpr CommandFlag kRunsFlags[] = {
    {"--since", 0, "AGE", Times::kOnce, "only runs that began so long ago or later: 12h, 7d, 2w"},
    {"--name", 0, "TEXT", Times::kOnce, "only runs whose name contains this"},
    {"--outcome", 0, "OUTCOME", Times::kOnce,
     "only passed, failed, generator-limited, incomplete, interrupted or internal-error"},
    {"--limit", 0, "N", Times::kOnce, "the newest N; default 50"},
    {"--json", 0, "", Times::kOnce, "as JSON"},
    {"--pin", 0, "RUN", Times::kRepeated, "keep this run when old ones are removed"},
    {"--unpin", 0, "RUN", Times::kRepeated, "let it go with its age again"},
    {"--delete", 0, "RUN", Times::kRepeated, "remove this run"},
    kStoreFlag,
    kColorFlag};
constexpr CommandShape kRunsShape = {
    "runs", "Lists the runs in the run store, or changes what it keeps.", "[OPTIONS]", kRunsFlags,
    "RUN is an id, its beginning, latest, or latest~1 for the one before.\n"
    "Every run is kept, up to 200 runs and 1 GiB; --no-store of muster run leaves one out.\n\n"
    "Examples:\n"
    "  muster runs --since 7d --outcome failed\n"
    "  muster runs --pin latest\n"};

constexpr CommandFlag kReportFlags[] = {
    {"--out", 'o', "FORMAT=FILE", Times::kRepeated,
     "write the result in any format of muster run; json=- to standard output"},
    kStoreFlag,
    kColorFlag};
constexpr CommandShape kReportShape = {
    "report", "Shows the result of a stored run again, or writes it in any format.",
    "RUN [OPTIONS]", kReportFlags,
    "RUN is an id, its beginning, latest, or latest~1 for the one before; not a file, which "
    "muster\n"
    "compare takes. Exit code 0, whatever the run's was.\n\n"
    "Examples:\n"
    "  muster report latest\n"
    "  muster report 7f3a --out json=result.json --out junit=result.xml\n"};

constexpr CommandFlag kCompareFlags[] = {
    {"--base", 0, "RUN", Times::kMany, "the runs to compare with, up to the next flag"},
    {"--new", 0, "RUN", Times::kMany, "the runs to judge, up to the next flag"},
    {"--size", 0, "SHARE", Times::kOnce, "a regression is larger than this; default 5%"},
    {"--alpha", 0, "SHARE", Times::kOnce, "and at most so likely by chance; default 5%"},
    {"--force", 0, "", Times::kOnce, "compare runs of unlike plans, models or verdicts"},
    {"--out", 'o', "FORMAT=FILE", Times::kRepeated,
     "write the comparison as json or markdown; json=- to standard output"},
    kStoreFlag,
    kColorFlag};
constexpr CommandShape kCompareShape = {
    "compare", "Compares runs: did the new ones get worse than the base?",
    "BASE NEW [OPTIONS]\n       muster compare --base RUN... --new RUN... [OPTIONS]", kCompareFlags,
    "RUN is a JSON result, or a run in the store: an id, its beginning, latest, latest~1. "
    "Differences\n"
    "are judged from 4 runs against 4 on, taken in turns; fewer are shown and judge nothing.\n\n"
    "Exit codes:\n"
    "  0 no regression, or nothing to judge by   1 a regression   2 wrong usage, or unlike runs\n\n"
    "Examples:\n"
    "  muster compare base.json new.json\n"
    "  muster compare latest~1 latest\n"
    "  muster compare --base base-*.json --new new-*.json --size 3% --out markdown=compare.md\n"};

Status Of(const GivenFlag& given, const Status& status) {
  if (status.ok()) return status;
  return InvalidArgument(std::string(given.flag->name) + ": " + Message(status));
}

bool Is(const GivenFlag& given, std::string_view name) { return given.flag->name == name; }

template <typename T>
Status SetTo(StatusOr<T> value, T* to) {
  RETURN_IF_ERROR(value.status());
  *to = *std::move(value);
  return absl::OkStatus();
}

// --store and --color; false: another flag.
StatusOr<bool> ApplyCommon(const GivenFlag& given, ResultOptions* options) {
  if (Is(given, "--store")) {
    options->store = given.value;
    return true;
  }
  if (!Is(given, "--color")) return false;
  RETURN_IF_ERROR(SetTo(ReadColor(given.value), &options->color));
  return true;
}

StatusOr<Outcome> ReadOutcome(std::string_view text) {
  std::string name(text);
  std::replace(name.begin(), name.end(), '-', '_');
  for (const Outcome outcome :
       {Outcome::kPassed, Outcome::kThresholdFailed, Outcome::kGeneratorLimited,
        Outcome::kIncomplete, Outcome::kInterrupted, Outcome::kInternalError}) {
    if (OutcomeName(outcome) == name) return outcome;
  }
  return InvalidArgument(Quote(text) +
                         " is no outcome; write passed, failed, generator-limited, incomplete, "
                         "interrupted or internal-error");
}

Status CheckStdout(const std::vector<OutputSpec>& outputs) {
  const auto to_stdout = [](const OutputSpec& out) { return out.path == "-"; };
  if (std::count_if(outputs.begin(), outputs.end(), to_stdout) <= 1) return absl::OkStatus();
  return InvalidArgument("--out: only one result goes to standard output");
}

Status ApplyRuns(const GivenFlag& given, RunsCommand* command) {
  ASSIGN_OR_RETURN(const bool common, ApplyCommon(given, &command->options));
  if (common) return absl::OkStatus();
  if (Is(given, "--since")) {
    ASSIGN_OR_RETURN(command->since, ParseAge(given.value));
  } else if (Is(given, "--name")) {
    command->name = given.value;
  } else if (Is(given, "--outcome")) {
    ASSIGN_OR_RETURN(command->outcome, ReadOutcome(given.value));
  } else if (Is(given, "--limit")) {
    ASSIGN_OR_RETURN(command->limit, ReadCount<1'000'000>(given.value));
  } else if (Is(given, "--json")) {
    command->json = true;
  } else {
    auto& runs = Is(given, "--pin")     ? command->pin
                 : Is(given, "--unpin") ? command->unpin
                                        : command->remove;
    runs.push_back(given.value);
  }
  return absl::OkStatus();
}

// A share within (0, 1), or for --size from 0 on.
StatusOr<double> ReadShareOf(std::string_view text, bool zero_too) {
  ASSIGN_OR_RETURN(const double share, ParseShare(text));
  if (share < 1 && (share > 0 || zero_too)) return share;
  return InvalidArgument(zero_too ? "must be below 100%" : "must be above 0% and below 100%");
}

Status ApplyCompare(const GivenFlag& given, CompareCommand* command) {
  ASSIGN_OR_RETURN(const bool common, ApplyCommon(given, &command->options));
  if (common) return absl::OkStatus();
  if (Is(given, "--base")) {
    command->base.push_back(given.value);
  } else if (Is(given, "--new")) {
    command->changed.push_back(given.value);
  } else if (Is(given, "--size")) {
    ASSIGN_OR_RETURN(command->compare.size, ReadShareOf(given.value, true));
  } else if (Is(given, "--alpha")) {
    ASSIGN_OR_RETURN(command->compare.alpha, ReadShareOf(given.value, false));
  } else if (Is(given, "--force")) {
    command->compare.force = true;
  } else {
    ASSIGN_OR_RETURN(const OutputSpec output, ReadOutput(given.value));
    if (output.format != OutputFormat::kJson && output.format != OutputFormat::kMarkdown) {
      return InvalidArgument("a comparison is written as json or markdown");
    }
    command->outputs.push_back(output);
  }
  return absl::OkStatus();
}

// Two words, or both flags.
Status PlaceRuns(const std::vector<std::string>& words, CompareCommand* command) {
  const bool flags = !command->base.empty() || !command->changed.empty();
  if (!flags && words.size() == 2) {
    command->base = {words[0]};
    command->changed = {words[1]};
  } else if (!flags) {
    return NeedsHelp(kCompareShape, words.size() > 2 ? Quote(words[2]) +
                                                           ": for more than two runs write --base "
                                                           "RUN... --new RUN..."
                                                     : "two runs are needed, BASE and NEW");
  } else if (!words.empty()) {
    return InvalidArgument(Quote(words[0]) + ": base or new? write it behind --base or --new");
  } else if (command->base.empty() || command->changed.empty()) {
    return InvalidArgument(command->base.empty() ? "--new: needs --base RUN... beside it"
                                                 : "--base: needs --new RUN... beside it");
  }
  for (const auto* side : {&command->base, &command->changed}) {
    if (side->size() > kMaxComparedRuns) {
      return InvalidArgument(std::string(side == &command->base ? "--base" : "--new") +
                             ": more than " + std::to_string(kMaxComparedRuns) + " runs");
    }
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<Duration> ParseAge(std::string_view text) {
  const bool days = text.ends_with('d'), weeks = text.ends_with('w');
  if (!days && !weeks) {
    auto age = ParseDuration(text);
    if (age.ok()) return age;
    return InvalidArgument(Quote(text) + " is no age; write 12h, 7d or 2w");
  }
  constexpr uint64_t kMostDays = 36'500;
  const auto count = ParseWhole(text.substr(0, text.size() - 1), 0, kMostDays / (weeks ? 7 : 1));
  if (!count.ok()) return InvalidArgument(Quote(text) + " is no age; write 12h, 7d or 2w");
  return Duration::Seconds(86'400) * static_cast<int64_t>(*count * (weeks ? 7 : 1));
}

StatusOr<RunsCommand> ParseRunsCommand(std::span<const std::string> args) {
  RunsCommand command;
  ASSIGN_OR_RETURN(const GivenWords given, ReadCommand(kRunsShape, args));
  if (given.help) {
    command.options.help = HelpText(kRunsShape);
    return command;
  }
  for (const GivenFlag& flag : given.flags) {
    RETURN_IF_ERROR(Of(flag, ApplyRuns(flag, &command)));
  }
  if (!given.words.empty()) {
    return InvalidArgument(Quote(given.words[0]) + ": muster runs lists; write muster report " +
                           given.words[0] + " to see one");
  }
  if (!command.changes()) return command;
  for (const GivenFlag& flag : given.flags) {
    for (const char* lists : {"--since", "--name", "--outcome", "--limit", "--json"}) {
      if (!Is(flag, lists)) continue;
      return InvalidArgument(std::string(lists) + ": of no effect with --pin, --unpin or --delete");
    }
  }
  return command;
}

StatusOr<ReportCommand> ParseReportCommand(std::span<const std::string> args) {
  ReportCommand command;
  ASSIGN_OR_RETURN(const GivenWords given, ReadCommand(kReportShape, args));
  if (given.help) {
    command.options.help = HelpText(kReportShape);
    return command;
  }
  for (const GivenFlag& flag : given.flags) {
    const auto common = ApplyCommon(flag, &command.options);
    RETURN_IF_ERROR(Of(flag, common.status()));
    if (*common) continue;
    auto output = ReadOutput(flag.value);
    RETURN_IF_ERROR(Of(flag, output.status()));
    command.outputs.push_back(*std::move(output));
  }
  if (given.words.empty()) return NeedsHelp(kReportShape, "a run is missing, as latest");
  if (given.words.size() > 1) {
    return InvalidArgument(Quote(given.words[1]) + ": one run is enough, and " +
                           Quote(given.words[0]) + " is given already");
  }
  command.run = given.words[0];
  RETURN_IF_ERROR(CheckStdout(command.outputs));
  return command;
}

StatusOr<CompareCommand> ParseCompareCommand(std::span<const std::string> args) {
  CompareCommand command;
  ASSIGN_OR_RETURN(const GivenWords given, ReadCommand(kCompareShape, args));
  if (given.help) {
    command.options.help = HelpText(kCompareShape);
    return command;
  }
  for (const GivenFlag& flag : given.flags) {
    RETURN_IF_ERROR(Of(flag, ApplyCompare(flag, &command)));
  }
  RETURN_IF_ERROR(PlaceRuns(given.words, &command));
  RETURN_IF_ERROR(CheckStdout(command.outputs));
  return command;
}

}  // namespace muster
