// What is running below a process, and what it uses, out of /proc. Adapter: it reads, and signals
// when it is told to; it decides nothing.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace muster {

// All processes below `root`, itself left out.
std::vector<pid_t> Descendants(pid_t root);

struct ProcessUse {
  double cpu_s = 0;             // of those alive and those that they waited for
  uint64_t resident_bytes = 0;  // shared pages count in each process
};
ProcessUse UseOf(const std::vector<pid_t>& processes);

// Seconds that these cores have worked so far for any process, and that the host's host took from
// them; interrupts left out, which belong to no process.
double WorkOfCores(const std::vector<int>& cores);

// `root` with all below it.
ProcessUse UseOfTree(pid_t root);

}  // namespace muster
