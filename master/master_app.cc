#include "master/master_app.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/base/version.h"
#include "common/session/grpc_client.h"
#include "common/wire/plan_codec.h"
#include "master/capacity_app.h"
#include "master/plan/describe.h"
#include "master/plan/file_reader.h"
#include "master/plan/flags.h"
#include "master/plan/mask.h"
#include "master/plan/plan_loader.h"
#include "master/plan/threshold_warnings.h"
#include "master/result_app.h"
#include "master/run_app.h"
#include "master/store/host_facts.h"
#include "master/suite_app.h"

namespace muster {
namespace {

constexpr int kExitUsage = 2;

// One line, or one a position in the plan; each names its file or its flag.
// Control characters of a plan or an argument do not reach the terminal.
int RefuseUsage(const Status& status) {
  std::string text = Message(status);
  for (char& c : text) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f) c = '?';
  }
  std::fprintf(stderr, "muster: %s\n", text.c_str());
  return kExitUsage;
}

Status SetUpLog(const RunOptions& options) {
  try {
    auto log = options.log_file.empty() ? spdlog::stderr_color_mt("muster")
                                        : spdlog::basic_logger_mt("muster", options.log_file);
    spdlog::set_default_logger(std::move(log));
  } catch (const spdlog::spdlog_ex& error) {
    return InvalidArgument("--log-file " + options.log_file + ": " + error.what());
  }
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
  spdlog::set_level(spdlog::level::from_str(options.log_level));
  spdlog::flush_on(spdlog::level::info);
  return absl::OkStatus();
}

uint64_t DrawSeed() {
  std::random_device device;
  return device() % 1'000'000;  // short enough to be typed again
}

HostLimits ThisHost() {
  HostLimits host;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) host.descriptors = files.rlim_max;
  std::ifstream range("/proc/sys/net/ipv4/ip_local_port_range");
  uint64_t low = 0;
  uint64_t high = 0;
  if (range >> low >> high && high >= low) host.local_ports = high - low + 1;
  return host;
}

// Reads files as ReadWholeFile does, and keeps the text of the plan.
FileReader KeepingPlan(const std::string& source, std::string* plan_text) {
  return [source, plan_text](const std::string& path, size_t max_bytes) {
    auto text = ReadWholeFile(path, max_bytes);
    if (path == source && text.ok()) *plan_text = *text;
    return text;
  };
}

// What is kept with the run, its secrets masked.
RunRecord RecordOf(std::span<const std::string> words, const PlanFlags& flags,
                   const std::string& plan_text) {
  RunRecord record;
  Environment& environment = record.environment;
  environment.command = MaskCommand(words);
  environment.command.insert(environment.command.begin(), "muster");
  if (!flags.source_is_url()) {
    environment.plan_file = flags.source;
    environment.plan_text = MaskPlan(plan_text).value_or(
        "# left out: a secret header is written so that it can't be cut "
        "out\n");
  }
  AddHostFacts(&environment);
  return record;
}

}  // namespace

int MasterMain(int argc, char** argv, const EmbedWorker& embed_worker) {
  std::setlocale(LC_CTYPE, "");
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> words(argv + 1, argv + argc);
  const StatusOr<CommandLine> line = ParseCommandLine(words, std::string(kVersion));
  if (!line.ok()) return RefuseUsage(line.status());
  if (line->command == CommandLine::Command::kPrint) {
    std::fputs(line->text.c_str(), stdout);
    return 0;
  }
  const std::span<const std::string> rest =
      std::span(words).subspan(std::min<size_t>(1, words.size()));
  if (line->command == CommandLine::Command::kRuns) return RunsMain(rest);
  if (line->command == CommandLine::Command::kReport) return ReportMain(rest);
  if (line->command == CommandLine::Command::kCompare) return CompareMain(rest);
  if (line->command == CommandLine::Command::kSuite) return SuiteMain(rest);
  const bool validate = line->command == CommandLine::Command::kValidate;
  if (!validate) {
    if (const Status status = SetUpLog(line->run); !status.ok()) return RefuseUsage(status);
    RouteGrpcLogs();
  }

  std::string plan_text;
  StatusOr<LoadedPlan> loaded =
      LoadPlan(line->plan, KeepingPlan(line->plan.source, &plan_text), DrawSeed());
  if (!loaded.ok()) return RefuseUsage(loaded.status());
  if (const Status size = CheckPlanSize(loaded->plan.spec()); !size.ok()) return RefuseUsage(size);
  if (!line->run.by.empty()) {
    const Status by = CheckTagExists(loaded->plan, line->run.by);
    if (!by.ok()) return RefuseUsage(InvalidArgument("--by: " + Message(by)));
  }
  if (validate) {
    std::fputs(DescribePlan(*loaded, ThisHost()).c_str(), stdout);
    return 0;
  }
  if (!line->run.quiet) {
    for (const std::string& note : loaded->notes)
      std::fprintf(stderr, "muster: %s\n", note.c_str());
  }
  if (line->command == CommandLine::Command::kFindCapacity) {
    RunRecord record = RecordOf(words, line->plan, plan_text);
    return FindCapacity(line->run, *line->plan.search, *std::move(loaded),
                        std::move(record.environment), embed_worker);
  }
  if (!line->run.quiet) {
    for (const std::string& warning : ThresholdWarnings(loaded->plan)) {
      std::fprintf(stderr, "muster: warning: %s\n", warning.c_str());
    }
    if (!line->run.listen) {
      for (const std::string& warning : HostWarnings(loaded->plan, ThisHost())) {
        std::fprintf(stderr, "muster: warning: %s\n", warning.c_str());
      }
    }
  }
  RunRecord record = RecordOf(words, line->plan, plan_text);
  if (auto store = StoreFor(line->run); store.ok()) {
    record.store = *std::move(store);
  } else {
    std::fprintf(stderr, "muster: warning: this run is not kept: %s\n",
                 Message(store.status()).c_str());
  }
  return RunPlan(line->run, *std::move(loaded), std::move(record), embed_worker);
}

}  // namespace muster
