#include "master/result_app.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "master/cli/result_commands.h"
#include "master/compare/compare_json.h"
#include "master/compare/compare_report.h"
#include "master/outputs.h"
#include "master/plan/file_reader.h"
#include "master/process_app.h"
#include "master/report/json_report.h"
#include "master/report/terminal_report.h"
#include "master/store/run_store.h"
#include "master/store/runs_report.h"
#include "master/store/store_path.h"

namespace muster {
namespace {

constexpr int kExitRegression = 1;
constexpr int kExitWrong = 2;
constexpr int kExitNotWritten = 70;

StoreEnvironment ThisEnvironment() {
  return {Variable("CI"), Variable("XDG_STATE_HOME"), Variable("HOME")};
}

int Refuse(const Status& status) {
  const TextStyle style(OptionsFor(STDERR_FILENO, ColorMode::kNever));
  std::fprintf(stderr, "muster: %s\n", style.Clean(Message(status)).c_str());
  return kExitWrong;
}

int NotWritten(const std::string& why) {
  std::fprintf(stderr, "muster: %s\n", why.c_str());
  return kExitNotWritten;
}

// To standard output, or beside data there to standard error.
int Print(const std::string& text, FILE* stream = stdout, int exit_code = 0) {
  if (std::fputs(text.c_str(), stream) >= 0 && std::fflush(stream) == 0) return exit_code;
  return NotWritten(std::string("can't write the report: ") + std::strerror(errno));
}

StatusOr<RunStore> OpenStore(const std::string& given, RunStore::Access access) {
  ASSIGN_OR_RETURN(const std::string path, StorePath(given, ThisEnvironment()));
  return RunStore::Open(path, access);
}

// --- muster runs

Status ChangeRuns(RunStore& store, const RunsCommand& command) {
  const auto each = [&](const std::vector<std::string>& references, const char* done, auto change) {
    for (const std::string& reference : references) {
      ASSIGN_OR_RETURN(const std::string id, store.Resolve(reference));
      RETURN_IF_ERROR(change(id));
      std::printf("%s %s\n", done, id.c_str());
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(
      each(command.pin, "pinned", [&](const auto& id) { return store.SetPinned(id, true); }));
  RETURN_IF_ERROR(
      each(command.unpin, "unpinned", [&](const auto& id) { return store.SetPinned(id, false); }));
  return each(command.remove, "deleted", [&](const auto& id) { return store.Delete(id); });
}

int ListRuns(const RunsCommand& command) {
  RunFilter filter{
      .since = {}, .name = command.name, .outcome = command.outcome, .limit = command.limit};
  if (command.since) filter.since = WallNow() - *command.since;
  const auto path = StorePath(command.options.store, ThisEnvironment());
  if (!path.ok()) return Refuse(path.status());
  RunList list;
  auto store = RunStore::Open(*path, RunStore::Access::kRead);
  if (store.ok()) {
    auto listed = store->List(filter);
    if (!listed.ok()) return Refuse(listed.status());
    list = *std::move(listed);
  } else if (!absl::IsNotFound(store.status()) || !command.options.store.empty()) {
    return Refuse(store.status());
  }  // else nothing has been run yet
  return Print(command.json ? RunsJson(list)
                            : RunsTable(list, OptionsFor(STDOUT_FILENO, command.options.color)));
}

// --- muster report

// Said before a store is looked for: with a file in hand, a missing store explains nothing.
Status CheckReported(const std::string& word) {
  if (IsRunReference(word)) return absl::OkStatus();
  if (!word.ends_with(".json") && ::access(word.c_str(), F_OK) != 0) return absl::OkStatus();
  return InvalidArgument(
      word +
      ": a result in a file can't be shown again, as it has not all that a "
      "report needs; write muster report RUN for a run in the store (muster runs "
      "lists them), or muster compare, which takes files");
}

StatusOr<RunSummary> LoadRun(const ReportCommand& command) {
  RETURN_IF_ERROR(CheckReported(command.run));
  ASSIGN_OR_RETURN(RunStore store, OpenStore(command.options.store, RunStore::Access::kRead));
  ASSIGN_OR_RETURN(const std::string id, store.Resolve(command.run));
  return store.Load(id);
}

// --- muster compare

struct SideOfRuns {
  std::vector<RunFigures> runs;
  std::vector<std::string> missing;  // one line each
};

class RunReader {
 public:
  explicit RunReader(const ResultOptions& options) : options_(options) {}

  // NotFound: there is no such file or run. Other errors: it is there, and no result.
  StatusOr<RunFigures> Read(const std::string& word) {
    struct stat found {};
    if (::stat(word.c_str(), &found) == 0 || !IsRunReference(word)) return ReadFile(word);
    if (!store_) {
      ASSIGN_OR_RETURN(store_, OpenStore(options_.store, RunStore::Access::kRead));
    }
    ASSIGN_OR_RETURN(const std::string id, store_->Resolve(word));
    ASSIGN_OR_RETURN(const RunSummary summary, store_->Load(id));
    return ReadRunFigures(JsonReport(summary), "run " + id);
  }

 private:
  static StatusOr<RunFigures> ReadFile(const std::string& path) {
    if (::access(path.c_str(), F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
      return NotFound("there is no file " + path);
    }
    ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path, kMaxResultBytes));
    return ReadRunFigures(text, path);
  }

  const ResultOptions& options_;
  std::optional<RunStore> store_;
};

StatusOr<SideOfRuns> ReadSide(RunReader& reader, const std::vector<std::string>& words) {
  SideOfRuns side;
  for (const std::string& word : words) {
    auto run = reader.Read(word);
    if (run.ok()) {
      side.runs.push_back(*std::move(run));
    } else if (absl::IsNotFound(run.status())) {
      side.missing.push_back(Message(run.status()));
    } else {
      return run.status();
    }
  }
  return side;
}

// The files of --out, opened before anything is read.
class CompareOutputs {
 public:
  Status Open(const std::vector<OutputSpec>& specs) {
    for (const OutputSpec& spec : specs) {
      for (const auto& [other, file] : files_) {
        if (file.path() == spec.path) {
          return InvalidArgument("--out: " + spec.path + " is named twice");
        }
      }
      ASSIGN_OR_RETURN(OutputFile file, OutputFile::Open(spec.path));
      to_stdout_ = to_stdout_ || file.is_stdout();
      files_.emplace_back(spec.format, std::move(file));
    }
    return absl::OkStatus();
  }
  Status Write(const std::string& json, const std::string& markdown) {
    Status status = absl::OkStatus();
    for (auto& [format, file] : files_) {
      status.Update(file.Write(format == OutputFormat::kJson ? json : markdown));
    }
    return status;
  }
  FILE* screen() const { return to_stdout_ ? stderr : stdout; }

 private:
  std::vector<std::pair<OutputFormat, OutputFile>> files_;
  bool to_stdout_ = false;
};

// A job's first run has nothing to be compared with.
int NoBaseline(const SideOfRuns& base, const CompareOptions& options, CompareOutputs& outputs) {
  const std::string why = "no baseline: " + base.missing[0];
  const Status written = outputs.Write(NoBaselineJson(why, options), NoBaselineMarkdown(why));
  if (!written.ok()) return NotWritten(Message(written));
  return Print(why + "\n", outputs.screen());
}

int CompareAndWrite(SideOfRuns base, SideOfRuns changed, const CompareCommand& command,
                    CompareOutputs& outputs) {
  auto comparison = CompareSides(std::move(base.runs), std::move(changed.runs), command.compare);
  if (!comparison.ok()) return Refuse(comparison.status());
  for (const std::string& missing : base.missing) {
    comparison->notes.push_back("left out of the base: " + missing);
  }
  const Status written = outputs.Write(CompareJson(*comparison), CompareMarkdown(*comparison));
  if (!written.ok()) return NotWritten(Message(written));
  FILE* const screen = outputs.screen();
  return Print(CompareTerminal(*comparison, OptionsFor(fileno(screen), command.options.color)),
               screen, comparison->regression() ? kExitRegression : 0);
}

}  // namespace

StatusOr<std::string> StoreFor(const RunOptions& options) {
  const StoreEnvironment environment = ThisEnvironment();
  const bool wanted = !options.store.empty() || KeepsRunsByDefault(environment);
  if (options.no_store || !wanted) return std::string();
  return StorePath(options.store, environment);
}

int RunsMain(std::span<const std::string> args) {
  const auto command = ParseRunsCommand(args);
  if (!command.ok()) return Refuse(command.status());
  if (!command->options.help.empty()) return Print(command->options.help);
  if (!command->changes()) return ListRuns(*command);
  auto store = OpenStore(command->options.store, RunStore::Access::kChange);
  if (!store.ok()) return Refuse(store.status());
  const Status changed = ChangeRuns(*store, *command);
  return changed.ok() ? Print("") : Refuse(changed);
}

int ReportMain(std::span<const std::string> args) {
  const auto command = ParseReportCommand(args);
  if (!command.ok()) return Refuse(command.status());
  if (!command->options.help.empty()) return Print(command->options.help);
  const auto summary = LoadRun(*command);
  if (!summary.ok()) return Refuse(summary.status());
  std::vector<std::string> names;
  for (const NameSummary& name : summary->by_name) names.push_back(name.name);
  auto outputs = Outputs::Open(command->outputs, names, {});
  if (!outputs.ok()) return Refuse(outputs.status());
  const Status written = outputs->Write(*summary);
  if (!written.ok()) return NotWritten(Message(written));
  if (!command->outputs.empty()) return 0;
  return Print(TerminalReport(*summary, OptionsFor(STDOUT_FILENO, command->options.color)));
}

int CompareMain(std::span<const std::string> args) {
  const auto command = ParseCompareCommand(args);
  if (!command.ok()) return Refuse(command.status());
  if (!command->options.help.empty()) return Print(command->options.help);
  CompareOutputs outputs;
  if (const Status opened = outputs.Open(command->outputs); !opened.ok()) return Refuse(opened);
  RunReader reader(command->options);
  auto changed = ReadSide(reader, command->changed);
  if (!changed.ok()) return Refuse(changed.status());
  if (!changed->missing.empty()) return Refuse(NotFound(changed->missing[0]));
  auto base = ReadSide(reader, command->base);
  if (!base.ok()) return Refuse(base.status());
  if (base->runs.empty()) return NoBaseline(*base, command->compare, outputs);
  return CompareAndWrite(*std::move(base), *std::move(changed), *command, outputs);
}

}  // namespace muster
