#include "master/suite_app.h"

#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include "common/base/version.h"
#include "common/plan/units.h"
#include "master/cli/suite_command.h"
#include "master/plan/file_reader.h"
#include "master/plan/yaml_tree.h"
#include "master/process_app.h"
#include "master/report/output_file.h"
#include "master/report/wall_clock.h"
#include "master/results/format.h"
#include "master/store/host_facts.h"
#include "master/suite/suite_json.h"
#include "master/suite/suite_report.h"
#include "master/suite/suite_rows.h"
#include "master/suite_cell_app.h"
#include "master/suite_signals_app.h"
#include "master/suite_store_app.h"

namespace muster {
namespace {

constexpr int kExitWrongSuite = 2;
constexpr int kExitLostTable = 70;

int RefuseSuite(const Status& status) {
  const TextStyle style(OptionsFor(STDERR_FILENO, ColorMode::kNever));
  // Errors of a file are one a line.
  std::string text = Message(status);
  std::string cleaned;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    cleaned += (at == 0 ? "" : "\n") + style.Clean(text.substr(at, end - at));
    at = end + 1;
  }
  std::fprintf(stderr, "muster: %s\n", cleaned.c_str());
  return kExitWrongSuite;
}

int LostTable(const std::string& why) {
  std::fprintf(stderr, "muster: %s\n", why.c_str());
  return kExitLostTable;
}

// The files of --out, opened before anything runs.
class SuiteOutputs {
 public:
  Status Open(const std::vector<SuiteOutput>& outputs) {
    for (const SuiteOutput& output : outputs) {
      for (const auto& [format, file] : files_) {
        if (file.path() == output.path) {
          return InvalidArgument("--out: " + output.path + " is named twice");
        }
      }
      ASSIGN_OR_RETURN(OutputFile file, OutputFile::Open(output.path));
      to_stdout_ = to_stdout_ || file.is_stdout();
      files_.emplace_back(output.format, std::move(file));
    }
    return absl::OkStatus();
  }
  Status Write(const SuiteResult& result) {
    Status status = absl::OkStatus();
    for (auto& [format, file] : files_) status.Update(file.Write(Text(format, result)));
    return status;
  }
  FILE* screen() const { return to_stdout_ ? stderr : stdout; }

 private:
  static std::string Text(SuiteFormat format, const SuiteResult& result) {
    switch (format) {
      case SuiteFormat::kJson:
        return SuiteJson(result);
      case SuiteFormat::kCsv:
        return SuiteCsv(result);
      case SuiteFormat::kMarkdown:
        return SuiteMarkdown(result);
      case SuiteFormat::kHtml:
        return SuiteHtml(result);
    }
    return "";
  }
  std::vector<std::pair<SuiteFormat, OutputFile>> files_;
  bool to_stdout_ = false;
};

StatusOr<SuiteSpec> LoadSuite(const SuiteCommandLine& line) {
  ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(line.file, YamlLimits::kTextBytes));
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(line.file, error);
  if (error) return InvalidArgument(line.file + ": " + error.message());
  return ReadSuite(text, line.file, whole.parent_path().string(), line.choices, ReadWholeFile);
}

std::string ResultsFolder(const SuiteCommandLine& line, const SuiteSpec& suite) {
  if (!line.results.empty()) return line.results;
  if (!suite.results.empty()) return suite.results;
  return suite.name + ".results" + (suite.quick ? ".quick" : "");
}

class SuiteApp {
 public:
  SuiteApp(const SuiteCommandLine& line, SuiteSpec suite, SuiteStore store)
      : line_(line),
        suite_(std::move(suite)),
        store_(std::move(store)),
        cores_(CoresOnThisHost(suite_)),
        cells_(ScheduleCells(suite_)) {
    // What the cells' keys are made of is what they ran on.
    suite_.target_cores = cores_.target;
    suite_.generator_cores = cores_.generator;
  }

  int Run(SuiteOutputs& outputs) {
    result_.started_at = FormatUtc(WallNow());
    StayOffTheTarget();
    CatchSuiteSignals();
    ReadKept();
    RunMissing();
    Describe();
    FillRows(suite_, records_, &result_);
    return Report(outputs);
  }

  // What would run: a line a cell.
  int List() {
    ReadKept();
    std::string text;
    for (const SuiteCell& cell : missing_) text += NameOf(cell) + "\n";
    text += std::to_string(missing_.size()) + " of " + std::to_string(cells_.size()) +
            " cells to run, at least " + FormatSpan(LeastTime(suite_, missing_)) +
            ", targets' starts and stops not counted\n";
    return std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0
               ? 0
               : LostTable(std::string("can't write the list: ") + std::strerror(errno));
  }

 private:
  std::string NameOf(const SuiteCell& cell) const {
    const SuitePlan& plan = suite_.plans[cell.plan];
    std::string text = plan.name + ", " + suite_.targets[cell.target].name;
    if (plan.repeats > 1) {
      text += ", repeat " + std::to_string(cell.repeat) + " of " + std::to_string(plan.repeats);
    }
    return text;
  }

  // This process reads /proc while targets run: beside the generator, or on a core of neither.
  void StayOffTheTarget() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) return;
    for (const int core : cores_.target) CPU_CLR(core, &set);
    if (CPU_COUNT(&set) > static_cast<int>(cores_.generator.size())) {
      for (const int core : cores_.generator) CPU_CLR(core, &set);
    }
    if (CPU_COUNT(&set) > 0) sched_setaffinity(0, sizeof set, &set);
  }

  void ReadKept() {
    for (const SuiteCell& cell : cells_) {
      auto kept = line_.again ? std::nullopt : store_.Kept(suite_, cell);
      const bool good =
          kept && kept->state == CellState::kMeasured && kept->key == KeyOfCell(suite_, cell);
      if (good) {
        records_.push_back(*std::move(kept));
      } else {
        missing_.push_back(cell);
      }
    }
  }

  void RunMissing() {
    if (!records_.empty()) {
      Say(std::to_string(records_.size()) + " of " + std::to_string(cells_.size()) +
          " cells are kept in " + store_.folder() + "; --again measures them anew");
    }
    CellRunner runner(suite_, store_, cores_);
    for (size_t i = 0; i < missing_.size() && SuiteSignals() == 0; ++i) {
      const std::vector<SuiteCell> left(missing_.begin() + static_cast<std::ptrdiff_t>(i),
                                        missing_.end());
      Say("[" + std::to_string(i + 1) + "/" + std::to_string(missing_.size()) + "] " +
          NameOf(missing_[i]) + " · " + FormatSpan(LeastTime(suite_, left)) + " left at least");
      CellRecord record = runner.Run(missing_[i]);
      Say("    " + OutcomeOf(record));
      const Status kept = store_.Keep(store_.FilesOf(suite_, missing_[i]), record);
      if (!kept.ok()) result_.notes.push_back("not kept: " + Message(kept));
      const bool ran = record.state == CellState::kMeasured;
      records_.push_back(std::move(record));
      if (ran && i + 1 < missing_.size()) Pause();
    }
    result_.interrupted = SuiteSignals() > 0;
  }

  void Pause() const {
    const MonoTime until = MonoNow() + suite_.pause;
    while (SuiteSignals() == 0 && MonoNow() < until) ::poll(nullptr, 0, 20);
  }

  void Say(const std::string& text) const {
    if (line_.quiet) return;
    const TextStyle style(OptionsFor(STDERR_FILENO, line_.color));
    std::fprintf(stderr, "muster: %s\n", style.Clean(text).c_str());
  }

  static std::string OutcomeOf(const CellRecord& record) {
    if (record.state != CellState::kMeasured) {
      std::string state = CellStateName(record.state);
      std::replace(state.begin(), state.end(), '_', ' ');
      return state + ": " + record.reason;
    }
    const CellFigures& figures = *record.figures;
    std::string text = figures.outcome;
    if (figures.rate_per_s) text += " · " + FormatRatePerSecond(*figures.rate_per_s);
    if (figures.median_ns) text += " · median " + FormatLatency(*figures.median_ns);
    if (figures.p99_ns) text += " · p99 " + FormatLatency(*figures.p99_ns);
    if (figures.capacity && figures.capacity->per_s.estimate) {
      text += " · capacity " + FormatRatePerSecond(*figures.capacity->per_s.estimate);
    }
    return text;
  }

  void Describe() {
    result_.tool_version = std::string(kVersion);
    Environment here;
    AddHostFacts(&here);
    result_.host = here.host;
    result_.kernel = here.kernel;
    result_.cpu = here.cpu;
    result_.cores = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  }

  int Report(SuiteOutputs& outputs) {
    const Status written = outputs.Write(result_);
    FILE* const screen = outputs.screen();
    const std::string text = SuiteTerminal(result_, OptionsFor(fileno(screen), line_.color));
    if (std::fputs(text.c_str(), screen) < 0 || std::fflush(screen) != 0) {
      return LostTable(std::string("can't write the table: ") + std::strerror(errno));
    }
    if (!written.ok()) return LostTable(Message(written));
    return result_.exit_code;
  }

  const SuiteCommandLine& line_;
  SuiteSpec suite_;
  SuiteStore store_;
  SuiteCores cores_;
  std::vector<SuiteCell> cells_, missing_;
  std::vector<CellRecord> records_;
  SuiteResult result_;
};

}  // namespace

int SuiteMain(std::span<const std::string> args) {
  const auto line = ParseSuiteCommandLine(args);
  if (!line.ok()) return RefuseSuite(line.status());
  if (!line->help.empty()) {
    return std::fputs(line->help.c_str(), stdout) >= 0 ? 0 : kExitLostTable;
  }
  auto suite = LoadSuite(*line);
  if (!suite.ok()) return RefuseSuite(suite.status());
  SuiteOutputs outputs;
  if (!line->list) {
    if (const Status opened = outputs.Open(line->outputs); !opened.ok()) return RefuseSuite(opened);
  }
  const std::string folder = ResultsFolder(*line, *suite);
  if (line->list) return SuiteApp(*line, *std::move(suite), SuiteStore::Look(folder)).List();
  auto store = SuiteStore::Open(folder);
  if (!store.ok()) return RefuseSuite(store.status());
  return SuiteApp(*line, *std::move(suite), *std::move(store)).Run(outputs);
}

}  // namespace muster
