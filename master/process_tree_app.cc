#include "master/process_tree_app.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>

namespace muster {
namespace {

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Names of a folder of numbers.
std::vector<pid_t> Numbers(const std::string& folder) {
  std::vector<pid_t> numbers;
  DIR* const dir = ::opendir(folder.c_str());
  if (dir == nullptr) return numbers;
  while (const dirent* entry = ::readdir(dir)) {
    if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])) != 0) {
      numbers.push_back(std::atoi(entry->d_name));
    }
  }
  ::closedir(dir);
  return numbers;
}

std::string ProcFile(pid_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

// The fields of /proc/PID/stat from the third on: the name before may hold anything.
std::vector<std::string> StatFields(pid_t pid) {
  const std::string text = ReadText(ProcFile(pid, "stat"));
  const size_t close = text.rfind(')');
  if (close == std::string::npos) return {};
  std::istringstream rest(text.substr(close + 1));
  return {std::istream_iterator<std::string>(rest), std::istream_iterator<std::string>()};
}

// proc(5): numbers of fields, less the two that StatFields leaves out, from 0.
constexpr size_t kParentField = 1;
constexpr size_t kFirstTimeField = 11;  // utime, stime, cutime, cstime, in whole ticks

// The scheduler's account of the threads that are there, to the nanosecond.
double ThreadSeconds(pid_t pid) {
  double ns = 0;
  for (const pid_t thread : Numbers(ProcFile(pid, "task"))) {
    std::istringstream schedstat(
        ReadText(ProcFile(pid, "task/") + std::to_string(thread) + "/schedstat"));
    double on_cpu = 0;
    if (schedstat >> on_cpu) ns += on_cpu;
  }
  return ns / 1e9;
}

void AddChildren(pid_t pid, std::vector<pid_t>* all) {
  for (const pid_t thread : Numbers(ProcFile(pid, "task"))) {
    std::istringstream children(
        ReadText(ProcFile(pid, "task/") + std::to_string(thread) + "/children"));
    for (pid_t child = 0; children >> child;) {
      all->push_back(child);
      AddChildren(child, all);
    }
  }
}

// Where the kernel has no lists of children: from everybody's parent.
std::vector<pid_t> ScanForDescendants(pid_t root) {
  std::vector<std::pair<pid_t, pid_t>> parents;  // of each, its parent
  for (const pid_t pid : Numbers("/proc")) {
    const std::vector<std::string> fields = StatFields(pid);
    if (fields.size() > kParentField) {
      parents.emplace_back(pid, std::atoi(fields[kParentField].c_str()));
    }
  }
  std::vector<pid_t> all = {root};
  for (size_t i = 0; i < all.size(); ++i) {
    for (const auto& [pid, parent] : parents) {
      if (parent == all[i]) all.push_back(pid);
    }
  }
  all.erase(all.begin());
  return all;
}

}  // namespace

std::vector<pid_t> Descendants(pid_t root) {
  const std::string lists = ProcFile(root, "task/") + std::to_string(root) + "/children";
  if (::access(lists.c_str(), R_OK) != 0) return ScanForDescendants(root);
  std::vector<pid_t> all;
  AddChildren(root, &all);
  return all;
}

ProcessUse UseOf(const std::vector<pid_t>& processes) {
  const auto tick = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  ProcessUse use;
  for (const pid_t pid : processes) {
    const std::vector<std::string> fields = StatFields(pid);
    if (fields.size() < kFirstTimeField + 4) continue;  // it has gone
    const auto seconds = [&](size_t i) {
      return std::atof(fields[kFirstTimeField + i].c_str()) / tick;
    };
    // Ticks leave out what is less than one, threads those that have ended.
    use.cpu_s += std::max(seconds(0) + seconds(1), ThreadSeconds(pid)) + seconds(2) + seconds(3);
    std::istringstream sizes(ReadText(ProcFile(pid, "statm")));
    uint64_t whole = 0, resident = 0;
    if (sizes >> whole >> resident) use.resident_bytes += resident * page;
  }
  return use;
}

double WorkOfCores(const std::vector<int>& cores) {
  // proc(5): "cpu0 user nice system idle iowait irq softirq steal"
  constexpr size_t kUser = 0, kNice = 1, kSystem = 2, kSteal = 7;
  std::ifstream file("/proc/stat");
  double ticks = 0;
  for (std::string line; std::getline(file, line) && line.starts_with("cpu");) {
    std::istringstream rest(line);
    std::string name;
    rest >> name;
    const std::vector<double> times{std::istream_iterator<double>(rest),
                                    std::istream_iterator<double>()};
    const auto is_it = [&](int core) { return name == "cpu" + std::to_string(core); };
    if (times.size() <= kSteal || std::none_of(cores.begin(), cores.end(), is_it)) continue;
    ticks += times[kUser] + times[kNice] + times[kSystem] + times[kSteal];
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

ProcessUse UseOfTree(pid_t root) {
  std::vector<pid_t> all = Descendants(root);
  all.push_back(root);
  return UseOf(all);
}

}  // namespace muster
