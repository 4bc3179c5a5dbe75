// A limit of memory for the processes of one target, by a cgroup of its own: version 2 where its
// memory controller is there, else version 1. Adapter. Needs the right to make cgroups; the error
// says what is missing, for people who read that the limit was not enforced. One owner.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/status.h"

namespace muster {

class MemoryCgroup {
 public:
  // `name`: of its folder. `root`: where cgroups are mounted.
  static StatusOr<MemoryCgroup> Create(const std::string& name, uint64_t bytes,
                                       const std::string& root = "/sys/fs/cgroup");
  MemoryCgroup(MemoryCgroup&& other) noexcept;
  MemoryCgroup& operator=(MemoryCgroup&& other) noexcept;
  // Its processes must have ended.
  ~MemoryCgroup();

  // A process enters by writing its id there.
  std::string procs_file() const { return folder_ + "/cgroup.procs"; }
  // Some process of it was killed as the limit was met.
  bool has_killed() const;

 private:
  explicit MemoryCgroup(std::string folder) : folder_(std::move(folder)) {}
  void Remove();
  std::string folder_;  // empty: moved from
};

}  // namespace muster
