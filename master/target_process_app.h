// TargetProcess: a program that is measured, with everything that it starts. Between it and this
// process stands a keeper, a fork of ours that adopts whatever loses its parent below it, so that
// nothing is left running: not when the target forks and dies, and not when this process is killed,
// which the keeper sees by the end of their link.
//
// Stopping: the signal to the target's session, up to the grace, SIGKILL to all that is left.
// Adapter: no decisions but those. One owner, of a process without threads.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

#include "common/base/status.h"
#include "common/time/time.h"
#include "master/process_tree_app.h"
#include "master/spawn_app.h"

namespace muster {

struct StopWay {
  int signal = 15;
  Duration grace = Duration::Seconds(5);
};

class TargetProcess {
 public:
  // Errors: it could not be started, and why.
  static StatusOr<TargetProcess> Start(const SpawnSpec& spec, StopWay stop);
  TargetProcess(TargetProcess&& other) noexcept;
  TargetProcess& operator=(TargetProcess&&) = delete;
  ~TargetProcess();  // stops it

  // How it ended, when it has: "exit code 1". Does not wait.
  const std::optional<std::string>& Ended();
  // Of it and everything below it.
  ProcessUse Use() const;
  // Returns when nothing of it is left. As soon as `at_once` says so, without grace.
  void Stop(const std::function<bool()>& at_once = [] { return false; });

 private:
  TargetProcess(pid_t keeper, int link, StopWay stop) : keeper_(keeper), link_(link), stop_(stop) {}
  pid_t keeper_;  // 0: nothing is left
  int link_;      // to the keeper; -1: closed
  StopWay stop_;
  std::optional<std::string> ended_;
};

}  // namespace muster
