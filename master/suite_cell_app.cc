#include "master/suite_cell_app.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

#include "common/plan/units.h"
#include "master/cgroup_app.h"
#include "master/plan/file_reader.h"
#include "master/plan/target.h"
#include "master/process_app.h"
#include "master/ready_app.h"
#include "master/report/wall_clock.h"
#include "master/suite/child_result.h"
#include "master/suite/placeholders.h"
#include "master/suite/suite_plans.h"
#include "master/suite_child_app.h"
#include "master/suite_signals_app.h"
#include "master/target_process_app.h"

namespace muster {
namespace {

constexpr Duration kCommandTime = Duration::Seconds(30);  // of a check or a version
constexpr uint32_t kMostFailedStarts = 2;                 // one after the other
constexpr size_t kMaxResultFile = 256 << 20;
constexpr size_t kMaxVersion = 80;
constexpr int kReadyTickMs = 20;
constexpr int kExitUsage = 2;

std::vector<int> AllowedCores() {
  std::vector<int> cores;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  }
  return cores;
}

// A port of loopback that is free now.
StatusOr<uint16_t> FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool bound =
      fd >= 0 && ::bind(fd, generic, size) == 0 && ::getsockname(fd, generic, &size) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!bound) return Unavailable(std::string("no free port: ") + std::strerror(error));
  return ntohs(address.sin_port);
}

int SignalNumber(const std::string& name) {
  constexpr std::pair<const char*, int> kNames[] = {
      {"TERM", SIGTERM}, {"INT", SIGINT}, {"QUIT", SIGQUIT}, {"HUP", SIGHUP}, {"KILL", SIGKILL}};
  for (const auto& [known, number] : kNames) {
    if (name == known) return number;
  }
  return SIGTERM;
}

std::string FirstLine(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  std::string line = text.substr(begin, text.find_first_of("\r\n", begin) - begin);
  if (line.size() > kMaxVersion) line.resize(kMaxVersion);
  return line;
}

std::string LastLine(std::string text) {
  while (!text.empty() && std::string_view("\r\n ").find(text.back()) != std::string_view::npos) {
    text.pop_back();
  }
  return text.substr(text.find_last_of('\n') + 1);
}

Words ImportCommand(const std::vector<std::string>& modules) {
  std::string code;
  for (const std::string& module : modules) code += "import " + module + "\n";
  return {"{python}", "-c", code};
}

void SetState(CellRecord* record, CellState state, const std::string& reason) {
  record->state = state;
  record->reason = reason;
}

// Whoever asks twice does not want to wait.
bool Hurried() { return SuiteSignals() > 1; }

std::string WithLog(const std::string& text, const std::string& log) {
  const std::string lines = LastLines(log);
  return lines.empty() ? text : text + ": " + lines;
}

// Waits until it takes requests. What stops it, else: its end, a signal, the time.
struct Readiness {
  bool ready = false, interrupted = false;
  std::string why;
};
Readiness AwaitReady(const TargetSpec& spec, const Target& at, TargetProcess& target) {
  const MonoTime until = MonoNow() + spec.ready.within;
  Readiness result;
  do {
    if (SuiteSignals() > 0) return {.ready = false, .interrupted = true, .why = "interrupted"};
    const std::string why = WhyNotReady(at, spec.ready);
    // Whoever answers, it is the target only while that lives.
    if (const auto& ended = target.Ended(); ended) {
      result.why = "the target ended before it was ready (" + *ended + ")";
      if (*ended == StatusText(0)) result.why += "; its command must stay in the foreground";
      return result;
    }
    if (why.empty()) {
      result.ready = true;
      return result;
    }
    result.why =
        "the target was not ready within " + FormatDuration(spec.ready.within) + " (" + why + ")";
    ::poll(nullptr, 0, kReadyTickMs);
  } while (MonoNow() < until);
  return result;
}

}  // namespace

SuiteCores CoresOnThisHost(const SuiteSpec& suite) {
  const std::vector<int> allowed = AllowedCores();
  SuiteCores cores;
  if (suite.target_cores.empty()) {
    const auto half = static_cast<std::ptrdiff_t>(allowed.size() / 2);
    cores.target.assign(allowed.begin(), allowed.begin() + half);
    cores.generator.assign(allowed.begin() + half, allowed.end());
    if (half == 0) {
      cores.target = cores.generator;
      cores.not_enforced.push_back("cores: the host has one, which target and generator share");
    }
    return cores;
  }
  const auto take = [&](const std::vector<int>& wanted, const char* whose, std::vector<int>* to) {
    for (const int core : wanted) {
      if (std::find(allowed.begin(), allowed.end(), core) != allowed.end()) to->push_back(core);
    }
    if (to->size() == wanted.size()) return;
    cores.not_enforced.push_back(std::string("cores of the ") + whose + ": " + FormatCores(wanted) +
                                 " asked, this process may use " + FormatCores(allowed));
    if (to->empty()) *to = allowed;
  };
  take(suite.target_cores, "target", &cores.target);
  take(suite.generator_cores, "generator", &cores.generator);
  return cores;
}

// What a start needs beyond the command: limits, and where they live.
struct CellRunner::Limited {
  SpawnSpec spec;
  std::optional<MemoryCgroup> cgroup;
};

SpawnSpec CellRunner::SpecOf(const TargetSpec& target, const std::string& port) const {
  const Placeholders values{target.python, port, suite_.folder};
  SpawnSpec spec{.words = Filled(target.start, values), .folder = target.folder};
  for (const auto& [name, value] : target.env) spec.env.emplace_back(name, Filled(value, values));
  if (!target.pythonpath.empty()) spec.env.emplace_back("PYTHONPATH", target.pythonpath);
  spec.cores = cores_.target;
  const uint32_t limit = target.limits.cores.value_or(0);
  if (limit > 0 && limit < spec.cores.size()) spec.cores.resize(limit);
  return spec;
}

void CellRunner::SetLimits(const TargetSpec& target, Limited* limited, CellRecord* record) const {
  record->not_enforced = cores_.not_enforced;
  const TargetLimits& limits = target.limits;
  if (limits.cores && *limits.cores > cores_.target.size()) {
    record->not_enforced.push_back("cores: " + std::to_string(*limits.cores) +
                                   " asked, the target's are " + FormatCores(cores_.target));
  }
  if (limits.open_files) {
    rlimit now{};
    getrlimit(RLIMIT_NOFILE, &now);
    limited->spec.open_files = std::min<uint64_t>(*limits.open_files, now.rlim_max);
    if (*limits.open_files > now.rlim_max) {
      record->not_enforced.push_back("open_files: " + std::to_string(*limits.open_files) +
                                     " asked, the system's limit is " +
                                     std::to_string(now.rlim_max));
    }
  }
  if (!limits.memory_bytes) return;
  auto cgroup = MemoryCgroup::Create(
      "muster-suite-" + std::to_string(::getpid()) + "-" + std::to_string(cgroups_),
      *limits.memory_bytes);
  if (!cgroup.ok()) {
    record->not_enforced.push_back("memory: " + Message(cgroup.status()));
    return;
  }
  limited->cgroup = *std::move(cgroup);
  limited->spec.cgroup_procs = limited->cgroup->procs_file();
}

std::string CellRunner::WhatIsMissing(const TargetSpec& target) const {
  const TargetNeeds& needs = target.needs;
  std::string lacks;
  for (const Words& words :
       {needs.modules.empty() ? Words() : ImportCommand(needs.modules), needs.command}) {
    if (words.empty()) continue;
    SpawnSpec spec = SpecOf(target, "0");
    spec.words = Filled(words, {target.python, "0", suite_.folder});
    const auto end = RunCommand(std::move(spec), kCommandTime);
    if (end.ok() && end->good()) continue;
    lacks = !end.ok()   ? Message(end.status())
            : end->late ? words[0] + " did not end within 30s"
                        : LastLine(end->output);
    if (lacks.empty()) lacks = words[0] + " ended with " + StatusText(end->status);
    break;
  }
  if (lacks.empty() || needs.install.empty()) return lacks;
  return "install: " + needs.install + " (" + lacks + ")";
}

std::string CellRunner::VersionOf(const TargetSpec& target) const {
  if (target.version.empty()) return "";
  SpawnSpec spec = SpecOf(target, "0");
  spec.words = Filled(target.version, {target.python, "0", suite_.folder});
  const auto end = RunCommand(std::move(spec), kCommandTime);
  return end.ok() && end->good() ? FirstLine(end->output) : "unknown";
}

CellRunner::Known& CellRunner::KnownOf(const TargetSpec& target) {
  const auto found = known_.find(target.name);
  if (found != known_.end()) return found->second;
  Known known;
  known.lacks = WhatIsMissing(target);
  if (known.lacks.empty()) known.version = VersionOf(target);
  return known_[target.name] = std::move(known);
}

CellRecord CellRunner::Run(const SuiteCell& cell) {
  const TargetSpec& target = suite_.targets[cell.target];
  CellRecord record;
  record.key = KeyOfCell(suite_, cell);
  record.target = target.name;
  record.plan = suite_.plans[cell.plan].name;
  record.repeat = cell.repeat;
  record.started_at = FormatUtc(WallNow());
  Known& known = KnownOf(target);
  record.version = known.version;
  if (SuiteSignals() > 0) {
    SetState(&record, CellState::kInterrupted, "interrupted");
    return record;
  }
  if (!known.lacks.empty()) {
    SetState(&record, CellState::kNeedsMissing, known.lacks);
    return record;
  }
  if (known.failed_starts >= kMostFailedStarts) {
    SetState(&record, CellState::kNotMeasured, known.why);
    return record;
  }
  const CellFiles files = store_.FilesOf(suite_, cell);
  if (const Status prepared = store_.Prepare(files); !prepared.ok()) {
    SetState(&record, CellState::kNotMeasured, Message(prepared));
    return record;
  }
  Measure(cell, files, &record);
  return record;
}

StatusOr<CellRunner::Place> CellRunner::PlaceOf(const TargetSpec& spec) const {
  Place place;
  place.port = std::to_string(spec.port);
  if (spec.port == 0) {
    ASSIGN_OR_RETURN(const uint16_t free, FreePort());
    place.port = std::to_string(free);
  }
  place.url = Filled(spec.url, {spec.python, place.port, suite_.folder});
  ASSIGN_OR_RETURN(TargetUrl url, ParseTargetUrl(place.url));
  place.target = std::move(url.target);
  if (!PortIsTaken(place.target)) return place;
  return Unavailable("port " + std::to_string(place.target.port) + " is in use by another program");
}

// Starts the target and waits for it; then the run.
void CellRunner::Measure(const SuiteCell& cell, const CellFiles& files, CellRecord* record) {
  const TargetSpec& spec = suite_.targets[cell.target];
  Known& known = KnownOf(spec);
  const auto not_started = [&](const std::string& why) {
    SetState(record, CellState::kNotMeasured, why);
    ++known.failed_starts;
    known.why = why;
  };
  const auto place = PlaceOf(spec);
  if (!place.ok()) return not_started(Message(place.status()));
  Limited limited{.spec = SpecOf(spec, place->port), .cgroup = std::nullopt};
  ++cgroups_;
  SetLimits(spec, &limited, record);
  const int log =
      ::open(files.target_log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  limited.spec.out = limited.spec.err = log;
  auto target =
      TargetProcess::Start(limited.spec, {SignalNumber(spec.stop.signal), spec.stop.grace});
  if (log >= 0) ::close(log);
  if (!target.ok()) return not_started(Message(target.status()));
  const Readiness ready = AwaitReady(spec, place->target, *target);
  if (ready.ready) {
    known.failed_starts = 0;
    return RunPlan(cell, files, *place, limited, *target, record);
  }
  const std::string limit = KilledByLimit(spec, limited);
  target->Stop(Hurried);
  if (ready.interrupted) return SetState(record, CellState::kInterrupted, "interrupted");
  not_started(WithLog(ready.why + limit, files.target_log));
}

std::string CellRunner::KilledByLimit(const TargetSpec& spec, const Limited& limited) {
  if (!limited.cgroup || !limited.cgroup->has_killed()) return "";
  return ", by its limit of memory, " + FormatMemory(*spec.limits.memory_bytes);
}

void CellRunner::RunPlan(const SuiteCell& cell, const CellFiles& files, const Place& place,
                         const Limited& limited, TargetProcess& target, CellRecord* record) const {
  const SuitePlan& plan = suite_.plans[cell.plan];
  const auto end = RunChild(ChildWords(plan, place.url, files.result, SeedOfCell(suite_, cell)),
                            cores_.generator, limited.spec.cores, files.run_log, target);
  const std::string how =
      target.Ended().value_or("") + KilledByLimit(suite_.targets[cell.target], limited);
  target.Stop(Hurried);
  if (!end.ok()) return SetState(record, CellState::kNotMeasured, Message(end.status()));
  if (end->interrupted) return SetState(record, CellState::kInterrupted, "interrupted");
  if (end->target_died) {
    return SetState(
        record, CellState::kNotMeasured,
        WithLog("the target ended in the middle of the run (" + how + ")", files.target_log));
  }
  TakeResult(plan, files, *end, record);
  TrimLog(files.target_log);
}

void CellRunner::TakeResult(const SuitePlan& plan, const CellFiles& files, const ChildEnd& end,
                            CellRecord* record) {
  const auto text = ReadWholeFile(files.result, kMaxResultFile);
  const bool done = WIFEXITED(end.status) && WEXITSTATUS(end.status) != kExitUsage;
  if (!text.ok() || !done) {
    return SetState(record, CellState::kNotMeasured,
                    WithLog("the run ended with " + StatusText(end.status), files.run_log));
  }
  auto result = ReadChildResult(*text, plan.command);
  if (!result.ok()) {
    return SetState(record, CellState::kNotMeasured, files.result + " " + Message(result.status()));
  }
  const WallTime from = result->load_from.value_or(end.readings.front().at);
  const WallTime to = result->load_from ? from + result->load_length : end.readings.back().at;
  record->use = UseWithin(end.readings, from, to);
  record->figures = std::move(result->figures);
  SetState(record, CellState::kMeasured, "");
}

}  // namespace muster
