#include "master/cgroup_app.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace muster {
namespace {

std::string OwnPath(std::string_view controllers) {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    // "4:memory:/a/b", of version 2 "0::/a/b"
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    if (line.substr(first + 1, second - first - 1) != controllers) continue;
    const std::string path = line.substr(second + 1);
    return path == "/" ? "" : path;
  }
  return "";
}

bool HasWord(const std::string& path, std::string_view word) {
  std::ifstream file(path);
  for (std::string each; file >> each;) {
    if (each == word) return true;
  }
  return false;
}

bool WriteText(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return static_cast<bool>(file);
}

std::string ParentOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

// Folders in which a cgroup with a limit of memory may be made, the nearest first.
std::vector<std::string> Places(const std::string& root, bool version_2) {
  if (!version_2) return {root + "/memory" + OwnPath("memory"), root + "/memory"};
  // A cgroup with processes gives its controllers to none below: so beside this one, too.
  const std::string own = root + OwnPath("");
  std::vector<std::string> places;
  for (const std::string& place : {own, own == root ? root : ParentOf(own)}) {
    if (HasWord(place + "/cgroup.subtree_control", "memory")) places.push_back(place);
  }
  return places;
}

// The number beside `key` in a file of lines "key number".
uint64_t ValueOf(const std::string& path, std::string_view key) {
  std::ifstream file(path);
  std::string name;
  for (uint64_t value = 0; file >> name >> value;) {
    if (name == key) return value;
  }
  return 0;
}

}  // namespace

StatusOr<MemoryCgroup> MemoryCgroup::Create(const std::string& name, uint64_t bytes,
                                            const std::string& root) {
  const bool version_2 = HasWord(root + "/cgroup.controllers", "memory");
  std::string why = "no memory controller of cgroups is there for this process";
  for (const std::string& place : Places(root, version_2)) {
    const std::string folder = place + "/" + name;
    if (::mkdir(folder.c_str(), 0755) != 0) {
      why = "can't make the cgroup " + folder + ": " + std::strerror(errno);
      continue;
    }
    MemoryCgroup made(folder);
    const std::string limit = std::to_string(bytes);
    const bool limited =
        WriteText(folder + (version_2 ? "/memory.max" : "/memory.limit_in_bytes"), limit);
    if (!limited) {
      why = "can't set the limit of the cgroup " + folder;
      continue;
    }
    // Swap would let it grow beyond; a host without has no such file.
    WriteText(folder + (version_2 ? "/memory.swap.max" : "/memory.memsw.limit_in_bytes"),
              version_2 ? "0" : limit);
    return made;
  }
  return Unavailable(why);
}

MemoryCgroup::MemoryCgroup(MemoryCgroup&& other) noexcept
    : folder_(std::exchange(other.folder_, "")) {}

MemoryCgroup& MemoryCgroup::operator=(MemoryCgroup&& other) noexcept {
  if (this != &other) {
    Remove();
    folder_ = std::exchange(other.folder_, "");
  }
  return *this;
}

MemoryCgroup::~MemoryCgroup() { Remove(); }

bool MemoryCgroup::has_killed() const {
  return ValueOf(folder_ + "/memory.events", "oom_kill") > 0 ||
         ValueOf(folder_ + "/memory.oom_control", "oom_kill") > 0;
}

// The kernel lets go of the dead a little later than their parents.
void MemoryCgroup::Remove() {
  if (folder_.empty()) return;
  for (int tries = 0; tries < 50 && ::rmdir(folder_.c_str()) != 0 && errno == EBUSY; ++tries) {
    ::poll(nullptr, 0, 20);
  }
}

}  // namespace muster
