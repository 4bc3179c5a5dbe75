#include "master/suite_child_app.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "master/process_app.h"
#include "master/suite_signals_app.h"

namespace muster {
namespace {

constexpr int kReadingMs = 200;
constexpr Duration kPatience = Duration::Seconds(15);  // of a run that was told to stop: it drains

// Waits for the child's end, a reading's time at most.
bool HasEnded(pid_t child, int* status) {
  const MonoTime until = MonoNow() + Duration::Millis(kReadingMs);
  for (;;) {
    if (::waitpid(child, status, WNOHANG) == child) return true;
    if (MonoNow() >= until) return false;
    ::poll(nullptr, 0, 10);
  }
}

}  // namespace

StatusOr<ChildEnd> RunChild(const Words& words, const std::vector<int>& cores,
                            const std::vector<int>& target_cores, const std::string& log,
                            TargetProcess& target) {
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  if (out < 0) return Unavailable("can't write " + log + ": " + std::strerror(errno));
  SpawnSpec spec{.words = {"/proc/self/exe"}, .folder = ""};
  spec.words.insert(spec.words.end(), words.begin(), words.end());
  spec.env = {{"GITHUB_STEP_SUMMARY", ""}, {"GITHUB_ACTIONS", ""}};
  spec.cores = cores;
  spec.out = spec.err = out;
  const auto child = Spawn(spec);
  ::close(out);
  RETURN_IF_ERROR(child.status());
  const auto read = [&]() -> UseReading {
    const ProcessUse theirs = target.Use();
    const ProcessUse own = UseOf({*child});
    return {.at = WallNow(),
            .target_cpu_s = theirs.cpu_s,
            .generator_cpu_s = own.cpu_s,
            .target_memory_bytes = theirs.resident_bytes,
            .target_cores_s = WorkOfCores(target_cores),
            .generator_cores_s = WorkOfCores(cores)};
  };
  ChildEnd end;
  int told = 0;  // how often it was told to stop
  MonoTime told_at;
  end.readings.push_back(read());
  while (!HasEnded(*child, &end.status)) {
    end.readings.push_back(read());
    end.interrupted = end.interrupted || SuiteSignals() > 0;
    end.target_died = end.target_died || (!end.interrupted && target.Ended().has_value());
    // Twice is at once: without its target there is nothing to wait for.
    const int wanted = end.target_died ? 2 : SuiteSignals();
    for (; told < wanted && told < 2; ++told, told_at = MonoNow()) ::kill(*child, SIGINT);
    if (told > 0 && MonoNow() >= told_at + kPatience) ::kill(*child, SIGKILL);
  }
  end.interrupted = end.interrupted || SuiteSignals() > 0;
  end.target_died = end.target_died || (!end.interrupted && target.Ended().has_value());
  return end;
}

}  // namespace muster
