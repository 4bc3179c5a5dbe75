// Starts other programs: each in a session of its own, which dies with this process, with its
// cores, limits and surroundings. Adapter: no decisions. Call it from the main thread of a process
// that has no others: a child dies with the thread that made it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/time/time.h"

namespace muster {

struct SpawnSpec {
  std::vector<std::string> words;                          // the program is looked for in PATH
  std::string folder;                                      // empty: the current one
  std::vector<std::pair<std::string, std::string>> env{};  // beside this process's own
  std::vector<int> cores{};                                // empty: all
  std::optional<uint64_t> open_files{};
  std::string cgroup_procs{};  // file that takes its id; empty: none
  int out = -1, err = -1;      // descriptors; -1: /dev/null
};

// The id of the new process, once it has become the program. Errors say which step failed.
StatusOr<pid_t> Spawn(const SpawnSpec& spec);

struct CommandEnd {
  int status = 0;      // as waitpid gives it
  bool late = false;   // it was killed, as it took too long
  std::string output;  // what it wrote to both, its first 64 KiB
  bool good() const { return status == 0 && !late; }
};
// Runs a program to its end, for at most `within`.
StatusOr<CommandEnd> RunCommand(SpawnSpec spec, Duration within);

// "exit code 1", "signal 9 (Killed)"
std::string StatusText(int status);

}  // namespace muster
