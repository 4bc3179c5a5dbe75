#include "master/store/host_facts.h"

#include <sched.h>
#include <sys/utsname.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace muster {

std::string CpuModel(std::string_view cpuinfo) {
  while (!cpuinfo.empty()) {
    const std::string_view line = cpuinfo.substr(0, cpuinfo.find('\n'));
    cpuinfo.remove_prefix(std::min(cpuinfo.size(), line.size() + 1));
    const size_t colon = line.find(':');
    if (!line.starts_with("model name") || colon == line.npos) continue;
    const size_t at = line.find_first_not_of(" \t", colon + 1);
    return at == line.npos ? "" : std::string(line.substr(at));
  }
  return "";
}

void AddHostFacts(Environment* environment) {
  utsname names{};
  if (uname(&names) == 0) {
    environment->host = names.nodename;
    environment->kernel = std::string(names.sysname) + " " + names.release + " " + names.machine;
  }
  std::ifstream file("/proc/cpuinfo");
  std::stringstream text;
  text << file.rdbuf();
  environment->cpu = CpuModel(text.str());
  cpu_set_t usable;
  CPU_ZERO(&usable);
  if (sched_getaffinity(0, sizeof usable, &usable) == 0) environment->cores = CPU_COUNT(&usable);
}

}  // namespace muster
