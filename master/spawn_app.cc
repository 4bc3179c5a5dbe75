#include "master/spawn_app.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include "master/process_app.h"

extern char** environ;

namespace muster {
namespace {

constexpr size_t kMaxOutput = 64 << 10;

enum class SpawnStep : int { kFolder, kCores, kOpenFiles, kCgroup, kProgram };

struct SpawnFailure {
  SpawnStep step = SpawnStep::kProgram;
  int error = 0;
};

[[noreturn]] void Fail(int pipe, SpawnStep step) {
  const SpawnFailure failure{step, errno};
  [[maybe_unused]] const ssize_t written = ::write(pipe, &failure, sizeof failure);
  _exit(127);
}

std::string Why(const SpawnSpec& spec, const SpawnFailure& failure) {
  const std::string reason = std::strerror(failure.error);
  switch (failure.step) {
    case SpawnStep::kFolder:
      return "can't enter the folder " + spec.folder + ": " + reason;
    case SpawnStep::kCores:
      return "can't be put on its cores: " + reason;
    case SpawnStep::kOpenFiles:
      return "can't get its limit of open files: " + reason;
    case SpawnStep::kCgroup:
      return "can't be put into " + spec.cgroup_procs + ": " + reason;
    case SpawnStep::kProgram:
      return "can't start " + spec.words[0] + ": " + reason;
  }
  return reason;
}

// This process's variables with `own` over them.
std::vector<std::string> Environ(const std::vector<std::pair<std::string, std::string>>& own) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    bool replaced = false;
    for (const auto& [name, value] : own) replaced = replaced || text.starts_with(name + "=");
    if (!replaced) all.push_back(text);
  }
  for (const auto& [name, value] : own) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

void ResetSignals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD}) {
    std::signal(number, SIG_DFL);
  }
}

void Redirect(int to, int from) {
  const int fd = from >= 0 ? from : ::open("/dev/null", to == STDIN_FILENO ? O_RDONLY : O_WRONLY);
  ::dup2(fd, to);
}

void EnterCgroup(const std::string& procs, int pipe) {
  if (procs.empty()) return;
  const int fd = ::open(procs.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0 || ::write(fd, "0", 1) != 1) Fail(pipe, SpawnStep::kCgroup);
  ::close(fd);
}

// In the new process, up to the program.
[[noreturn]] void Become(const SpawnSpec& spec, pid_t parent, int pipe, char* const* words,
                         char* const* variables) {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) _exit(127);  // it died before
  ResetSignals();
  if (!spec.folder.empty() && ::chdir(spec.folder.c_str()) != 0) Fail(pipe, SpawnStep::kFolder);
  if (!spec.cores.empty()) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int core : spec.cores) CPU_SET(core, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) Fail(pipe, SpawnStep::kCores);
  }
  if (spec.open_files) {
    const rlimit limit{*spec.open_files, *spec.open_files};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) Fail(pipe, SpawnStep::kOpenFiles);
  }
  EnterCgroup(spec.cgroup_procs, pipe);
  Redirect(STDIN_FILENO, -1);
  Redirect(STDOUT_FILENO, spec.out);
  Redirect(STDERR_FILENO, spec.err);
  ::execvpe(words[0], words, variables);
  Fail(pipe, SpawnStep::kProgram);
}

// Reads what comes until the end, the time or the limit.
void ReadOutput(int fd, MonoTime until, std::string* output) {
  std::array<char, 4096> buffer;
  for (;;) {
    const int64_t left = (until - MonoNow()).nanos() / 1'000'000;
    pollfd wait{fd, POLLIN, 0};
    if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left)) <= 0) return;
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got <= 0) return;
    if (output->size() < kMaxOutput) output->append(buffer.data(), static_cast<size_t>(got));
  }
}

}  // namespace

StatusOr<pid_t> Spawn(const SpawnSpec& spec) {
  const std::vector<std::string> variables = Environ(spec.env);
  const std::vector<char*> words = Pointers(spec.words);
  const std::vector<char*> pointers = Pointers(variables);
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return Unavailable(std::strerror(errno));
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) Become(spec, parent, pipe[1], words.data(), pointers.data());
  const int fork_error = errno;
  ::close(pipe[1]);
  SpawnFailure failure;
  ssize_t got = 0;
  if (pid > 0) {
    do got = ::read(pipe[0], &failure, sizeof failure);
    while (got < 0 && errno == EINTR);
  }
  ::close(pipe[0]);
  if (pid < 0) return Unavailable("can't start a process: " + std::string(strerror(fork_error)));
  if (got != static_cast<ssize_t>(sizeof failure)) return pid;
  ::waitpid(pid, nullptr, 0);
  return Unavailable(Why(spec, failure));
}

StatusOr<CommandEnd> RunCommand(SpawnSpec spec, Duration within) {
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return Unavailable(std::strerror(errno));
  spec.out = spec.err = pipe[1];
  const auto pid = Spawn(spec);
  ::close(pipe[1]);
  if (!pid.ok()) {
    ::close(pipe[0]);
    return pid.status();
  }
  CommandEnd end;
  const MonoTime until = MonoNow() + within;
  ReadOutput(pipe[0], until, &end.output);
  ::close(pipe[0]);
  while (::waitpid(*pid, &end.status, WNOHANG) == 0) {
    if (!end.late && MonoNow() >= until) {
      end.late = true;
      ::kill(-*pid, SIGKILL);
    }
    ::poll(nullptr, 0, 5);
  }
  ::kill(-*pid, SIGKILL);  // what it left behind
  return end;
}

std::string StatusText(int status) {
  if (WIFSIGNALED(status)) {
    return "signal " + std::to_string(WTERMSIG(status)) + " (" + strsignal(WTERMSIG(status)) + ")";
  }
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace muster
