#include "master/plan/flags.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <array>
#include <string_view>

#include "common/base/nearest_key.h"
#include "master/plan/flag_table.h"
#include "master/plan/search_flags.h"
#include "master/plan/values.h"

namespace muster {
namespace {

constexpr std::array<std::string_view, 7> kCommands = {
    "run", "validate", "find-capacity", "runs", "report", "compare", "suite"};

constexpr const char* kAbout =
    "Muster is a distributed HTTP load tester: one schedule, any number of workers, one true "
    "result\n"
    "and an exit code.";

constexpr const char* kMainFooter =
    "Exit codes:\n"
    "  0 passed   1 a threshold failed   2 wrong usage or plan   3 incomplete\n"
    "  4 limited by the generator   5 interrupted   70 internal error\n\n"
    "Examples:\n"
    "  muster run http://127.0.0.1:8080 --users 50 --duration 30s\n"
    "  muster run shop.yaml --out json=result.json\n"
    "  muster validate shop.yaml\n"
    "  muster find-capacity shop.yaml --objective 'within(100ms) >= 99%'\n\n"
    "More: muster run --help, and the same of each command";

constexpr const char* kSourceHelp =
    "a plan file, - for a plan on standard input, or a URL (whatever holds '://')";

constexpr const char* kRunFooter =
    "A flag goes over the plan's own value; headers, tags, resolve rules and thresholds are added "
    "to\n"
    "the plan's. Without a plan and without --users, --rate and --stage, 10 users run for 10s.\n"
    "A body without --method is sent by POST.\n\n"
    "Examples:\n"
    "  muster run http://127.0.0.1:8080/ -u 50 -d 30s\n"
    "  muster run http://127.0.0.1:8080/ --rate 2000/s -d 1m --threshold 'p99(response) < 400ms'\n"
    "  muster run http://127.0.0.1:8080/ --stage 30s:2000/s --stage 1m:2000/s --arrivals poisson\n"
    "  muster run shop.yaml --seed 7 --out json=result.json\n"
    "  muster run shop.yaml --listen 127.0.0.1:7700 --workers 3\n"
    "  cat shop.yaml | muster run -";

constexpr const char* kValidateFooter =
    "Takes every flag of run, so that a run's command line is checked by writing validate for\n"
    "run. What is about workers and output is checked for its form and does nothing: no file is\n"
    "written, no port opened, nobody waited for.\n\n"
    "Exit codes:\n"
    "  0 it would run   2 wrong usage or plan\n\n"
    "Examples:\n"
    "  muster validate shop.yaml\n"
    "  muster validate shop.yaml --rate 500/s --duration 1m --out json=result.json\n"
    "  cat shop.yaml | muster validate -";

constexpr const char* kSearchFooter =
    "Without --objective, the plan's thresholds are the objectives where they are shares of\n"
    "requests, else within(1s) >= 99%, error_rate < 0.1% and no dropped SYN. --out takes json,\n"
    "junit, csv, markdown and html.\n\n"
    "Exit codes:\n"
    "  0 found (and, with --at-least, enough)   1 not resolved within the budget, or less than\n"
    "  --at-least   2 wrong usage or plan   3 incomplete: a worker was lost   4 at least so much:\n"
    "  the generator was the limit   5 interrupted   70 internal error\n\n"
    "Examples:\n"
    "  muster find-capacity http://127.0.0.1:8080/ --objective 'within(100ms) >= 99%'\n"
    "  muster find-capacity shop.yaml --axis users --from 10 --budget 10m --out "
    "html=capacity.html\n"
    "  muster find-capacity shop.yaml --at-least 500/s --budget 2m --out junit=capacity.xml\n"
    "  muster find-capacity shop.yaml --listen 127.0.0.1:7700 --workers 3";

// The flags of one command.
using Rows = std::vector<const FlagRow*>;

Rows RowsOf(CommandLine::Command command) {
  Rows rows;
  const bool search = command == CommandLine::Command::kFindCapacity;
  if (search) {
    for (const FlagRow& row : SearchFlagTable()) rows.push_back(&row);
  }
  for (const FlagRow& row : FlagTable()) {
    if (!search || RefusedInSearch(row.name).empty()) rows.push_back(&row);
  }
  return rows;
}

Status NeedsHelp(const std::string& text, const std::string& command) {
  return InvalidArgument(text + "; see muster" + (command.empty() ? "" : " " + command) +
                         " --help");
}

// What CLI11 fills in: the positional and one list of values for each row of the table.
struct RawValues {
  explicit RawValues(const Rows& rows) : by_row(rows.size()) {}
  std::string source;
  std::vector<std::vector<std::string>> by_row;
};

std::string CliName(const FlagRow& row) {
  return row.letter == 0 ? row.name : std::string(1, '-') + row.letter + "," + row.name;
}

void AddRows(CLI::App& app, const Rows& rows, RawValues& raw) {
  app.add_option("PLAN", raw.source, kSourceHelp)->type_name("");
  for (size_t i = 0; i < rows.size(); ++i) {
    const FlagRow& row = *rows[i];
    if (*row.value == '\0') {
      app.add_flag(CliName(row), row.help)->group(row.section);
      continue;
    }
    app.add_option(CliName(row), raw.by_row[i], row.help)
        ->type_name(row.value)
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false)
        ->group(row.section);
  }
}

bool IsFlag(std::string_view word, const FlagRow& row) {
  return word.substr(0, word.find('=')) == row.name ||
         (row.letter != 0 && word.size() >= 2 && word[0] == '-' && word[1] == row.letter);
}

const FlagRow* FindRow(const Rows& rows, std::string_view word) {
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const FlagRow* r) { return IsFlag(word, *r); });
  return row == rows.end() ? nullptr : *row;
}

// A flag of run that this command does not take.
Status CheckMeaning(const std::string& word, const Rows& rows) {
  if (FindRow(rows, word) != nullptr) return absl::OkStatus();
  for (const FlagRow& row : FlagTable()) {
    if (!IsFlag(word, row)) continue;
    return InvalidArgument(std::string(row.name) + ": " + std::string(RefusedInSearch(row.name)));
  }
  return absl::OkStatus();
}

Status UnknownFlag(const std::string& word, const Rows& rows, const std::string& command) {
  const std::string name = word.substr(0, word.find('='));
  if (!name.starts_with("--")) {
    for (const RefusedLetter& refused : RefusedLetters()) {
      if (name.size() >= 2 && name[1] == refused.letter) {
        return InvalidArgument("-" + std::string(1, refused.letter) + ": " + refused.reason);
      }
    }
    return NeedsHelp(name + ": unknown flag", command);
  }
  std::vector<std::string_view> known = {"help"};
  for (const FlagRow* row : rows) known.push_back(row->name + 2);
  const std::string nearest = NearestKey(name.substr(2), known);
  if (nearest.empty()) return NeedsHelp(name + ": unknown flag", command);
  return InvalidArgument(name + ": unknown flag; did you mean --" + nearest + "?");
}

// Judges the words one by one before CLI11 sees them, for messages that name the word and the
// remedy.
Status CheckWords(std::span<const std::string> args, const Rows& rows, const std::string& command) {
  std::vector<const FlagRow*> seen;
  std::vector<std::string_view> sources;
  for (size_t i = 0; i < args.size(); ++i) {
    const std::string& word = args[i];
    if (word == "-" || !word.starts_with('-')) {
      sources.push_back(word);
      continue;
    }
    if (word == "--") return InvalidArgument("--: unknown flag");
    if (word == "--help" || word == "-h") continue;
    RETURN_IF_ERROR(CheckMeaning(word, rows));
    const FlagRow* row = FindRow(rows, word);
    if (row == nullptr) return UnknownFlag(word, rows, command);
    if (!row->repeats && std::find(seen.begin(), seen.end(), row) != seen.end()) {
      return InvalidArgument(std::string(row->name) + ": given twice");
    }
    seen.push_back(row);
    const bool is_long = word.starts_with("--");
    const size_t equals = is_long ? word.find('=') : word.npos;
    if (*row->value == '\0') {
      if (equals != word.npos) return InvalidArgument(std::string(row->name) + ": takes no value");
      continue;
    }
    const bool attached = is_long ? equals != word.npos : word.size() > 2;
    const bool empty = attached ? equals + 1 == word.size() : i + 1 == args.size();
    if (empty) return InvalidArgument(std::string(row->name) + ": needs a value, " + row->value);
    if (!attached) ++i;
  }
  if (sources.size() > 1) {
    return InvalidArgument(Quote(sources[1]) + ": one plan or URL is enough, and " +
                           Quote(sources[0]) + " is given already");
  }
  return absl::OkStatus();
}

bool AsksForHelp(std::span<const std::string> args) {
  return std::any_of(args.begin(), args.end(),
                     [](const std::string& word) { return word == "--help" || word == "-h"; });
}

// Flags that mean nothing without a master's port.
Status CheckListen(const CLI::App& app) {
  if (app.count("--listen") > 0) {
    if (app.count("--threads") == 0) return absl::OkStatus();
    return InvalidArgument(
        "--threads: of this process's own worker; with --listen, give it to muster-worker");
  }
  for (const char* flag :
       {"--workers", "--wait", "--tls-ca", "--tls-server-name", "--insecure-control"}) {
    if (app.count(flag) > 0) {
      return InvalidArgument(std::string(flag) + ": needs --listen HOST:PORT");
    }
  }
  return absl::OkStatus();
}

// Puts what CLI11 has read into `line`, row by row.
Status ApplyRows(const CLI::App& app, const Rows& rows, const RawValues& raw, CommandLine& line) {
  line.plan.source = raw.source;
  for (size_t i = 0; i < rows.size(); ++i) {
    const FlagRow& row = *rows[i];
    std::vector<std::string> values = raw.by_row[i];
    if (*row.value == '\0' && app.count(row.name) > 0) values = {""};
    for (const std::string& value : values) {
      const Status status = row.apply(value, line);
      if (!status.ok()) return InvalidArgument(std::string(row.name) + ": " + Message(status));
    }
  }
  RETURN_IF_ERROR(CheckListen(app));
  RETURN_IF_ERROR(CheckSearch(line));
  return CheckCombinations(line);
}

const char* AboutOf(CommandLine::Command command) {
  switch (command) {
    case CommandLine::Command::kRun:
      return "Runs a plan, or a load on one URL.";
    case CommandLine::Command::kFindCapacity:
      return "Finds the highest load that the target sustains under stated objectives. Takes most "
             "flags\nof run.";
    default:
      return "Checks a plan and prints what would run, without sending anything.";
  }
}

const char* FooterOf(CommandLine::Command command) {
  switch (command) {
    case CommandLine::Command::kRun:
      return kRunFooter;
    case CommandLine::Command::kFindCapacity:
      return kSearchFooter;
    default:
      return kValidateFooter;
  }
}

StatusOr<CommandLine> ParseRun(CommandLine::Command command, const std::string& name,
                               std::span<const std::string> args) {
  const bool search = command == CommandLine::Command::kFindCapacity;
  const Rows rows = RowsOf(command);
  RawValues raw(rows);
  CommandLine line;
  if (search) line.plan.search.emplace();
  CLI::App app(AboutOf(command), "muster " + name);
  app.set_help_flag("-h,--help", "print this and exit");
  app.get_formatter()->column_width(34);
  app.footer(FooterOf(command));
  AddRows(app, rows, raw);
  if (AsksForHelp(args)) {
    line.text = app.help();
    return line;
  }
  RETURN_IF_ERROR(CheckWords(args, rows, name));
  try {
    app.parse(std::vector<std::string>(args.rbegin(), args.rend()));  // CLI11 reads from the back
  } catch (const CLI::ParseError& e) {
    return NeedsHelp(e.what(), name);
  }
  line.command = command;
  // First: -H URL, as Locust reads it, has its own hint.
  RETURN_IF_ERROR(ApplyRows(app, rows, raw, line));
  if (raw.source.empty()) return NeedsHelp("a plan file or a URL is missing", name);
  return line;
}

std::string MainHelp() {
  CLI::App app(kAbout, "muster");
  app.set_help_flag("-h,--help", "print this and exit");
  const std::string version_help = "print the version and exit";
  app.add_flag("--version", version_help);
  app.add_subcommand("run", "run a plan, or a load on one URL");
  app.add_subcommand("validate", "check a plan and print what would run");
  app.add_subcommand("find-capacity", "find the highest load that the target sustains");
  app.add_subcommand("runs", "list the runs that were kept");
  app.add_subcommand("report", "show a kept run again, or write it in any format");
  app.add_subcommand("compare", "compare runs: did the new ones get worse?");
  app.add_subcommand("suite", "run the same plans over several targets, one table");
  app.footer(kMainFooter);
  return app.help();
}

Status UnknownCommand(const std::string& word) {
  if (word.starts_with("--")) {
    const std::array<std::string_view, 2> known = {"help", "version"};
    const std::string nearest = NearestKey(word.substr(2), known);
    if (!nearest.empty()) {
      return InvalidArgument(word + ": unknown flag; did you mean --" + nearest + "?");
    }
  }
  if (word.starts_with('-') && word != "-") {
    return InvalidArgument(word + ": a command comes first: muster run " + word + " ...");
  }
  const bool plan = word == "-" || word.find("://") != word.npos || word.ends_with(".yaml") ||
                    word.ends_with(".yml");
  if (plan)
    return InvalidArgument(Quote(word) + " is no command; did you mean muster run " + word + "?");
  const std::string nearest = NearestKey(word, kCommands);
  if (nearest.empty())
    return NeedsHelp(
        Quote(word) +
            " is no command; run, validate, find-capacity, runs, report, compare and suite are",
        "");
  return InvalidArgument(Quote(word) + " is no command; did you mean " + Quote(nearest) + "?");
}

}  // namespace

StatusOr<CommandLine> ParseCommandLine(std::span<const std::string> args,
                                       const std::string& version) {
  CommandLine print;
  if (args.empty())
    return NeedsHelp(
        "a command is missing: run, validate, find-capacity, runs, report, compare or suite", "");
  const std::string& word = args[0];
  if (word == "--help" || word == "-h" || word == "help") {
    print.text = MainHelp();
    return print;
  }
  if (word == "--version") {
    print.text = "muster " + version + "\n";
    return print;
  }
  if (word == "run") return ParseRun(CommandLine::Command::kRun, word, args.subspan(1));
  if (word == "validate") return ParseRun(CommandLine::Command::kValidate, word, args.subspan(1));
  if (word == "find-capacity") {
    return ParseRun(CommandLine::Command::kFindCapacity, word, args.subspan(1));
  }
  for (const auto& [name, command] : {std::pair("runs", CommandLine::Command::kRuns),
                                      std::pair("report", CommandLine::Command::kReport),
                                      std::pair("compare", CommandLine::Command::kCompare),
                                      std::pair("suite", CommandLine::Command::kSuite)}) {
    if (word != name) continue;
    print.command = command;
    return print;
  }
  return UnknownCommand(word);
}

}  // namespace muster
