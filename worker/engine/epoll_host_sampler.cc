#include "worker/engine/epoll_host_sampler.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string_view>

#include "worker/engine/host_text.h"

namespace muster {
namespace {

constexpr uint64_t kTickNs = 10'000'000;  // USER_HZ is 100 on every Linux

// The file's beginning, up to 16 KiB; empty when it can't be read. No stream: it is read often.
std::string ReadStart(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  std::string text(16'384, '\0');
  const ssize_t size = read(fd, text.data(), text.size());
  close(fd);
  text.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return text;
}

// All below the lowest free one are open: at least so many, and as many where connections come and
// go. To count them takes milliseconds where there are thousands.
uint64_t OpenDescriptors() {
  const int lowest = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (lowest < 0) return 0;
  close(lowest);
  return static_cast<uint64_t>(lowest);
}

// Where the file of the process' own group is: seen from within a container it is at the root.
std::string GroupFile(const std::string& cgroup, const char* controller, const char* file) {
  const std::string root = std::string("/sys/fs/cgroup/") + controller;
  const auto path = CgroupPath(cgroup, controller);
  for (const std::string& folder : {root + path.value_or(""), root}) {
    const std::string name = folder + "/" + file;
    if (access(name.c_str(), R_OK) == 0) return name;
  }
  return "";
}

std::string FirstNamed(const std::string& one, const std::string& other) {
  return one.empty() ? other : one;
}

}  // namespace

ThreadSampler::ThreadSampler() : fd_(open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)) {
  run_queue_.Step(Read());
}

ThreadSampler::~ThreadSampler() {
  if (fd_ >= 0) close(fd_);
}

std::optional<uint64_t> ThreadSampler::Read() const {
  char text[128];
  const ssize_t size = fd_ < 0 ? -1 : pread(fd_, text, sizeof(text), 0);
  if (size <= 0) return std::nullopt;
  return RunQueueNs(std::string_view(text, static_cast<size_t>(size)));
}

uint64_t ThreadSampler::TakeRunQueueNs() { return run_queue_.Step(Read()); }

HostSampler::HostSampler(MonoTime now) : read_at_(now) {
  const std::string cgroup = ReadStart("/proc/self/cgroup");
  cpu_stat_path_ =
      FirstNamed(GroupFile(cgroup, "cpu", "cpu.stat"), GroupFile(cgroup, "", "cpu.stat"));
  memory_limit_path_ = FirstNamed(GroupFile(cgroup, "memory", "memory.limit_in_bytes"),
                                  GroupFile(cgroup, "", "memory.max"));
  local_ports_ = PortsOf(ReadStart("/proc/sys/net/ipv4/ip_local_port_range")).value_or(0);
  Read();
}

GeneratorHealth HostSampler::Take(MonoTime now, bool at_once) {
  if (!at_once && now - read_at_ < kEvery) return {};
  read_at_ = now;
  return Read();
}

GeneratorHealth HostSampler::Read() {
  GeneratorHealth health;
  if (const auto ticks = TicksOf(ReadStart("/proc/stat"))) {
    health.host_ns = ticks_.Step(ticks->all) * kTickNs;
    health.steal_ns = steal_.Step(ticks->steal) * kTickNs;
  }
  if (!cpu_stat_path_.empty()) {
    health.throttled_ns = throttled_.Step(ThrottledNs(ReadStart(cpu_stat_path_)));
  }
  health.listen_drops =
      listen_drops_.Step(NetCounter(ReadStart("/proc/net/netstat"), "TcpExt:", "ListenDrops"));
  health.memory_bytes = ResidentBytes(ReadStart("/proc/self/status")).value_or(0);
  if (!memory_limit_path_.empty()) {
    health.memory_limit_bytes = LimitBytes(ReadStart(memory_limit_path_)).value_or(0);
  }
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) health.descriptor_limit = files.rlim_cur;
  health.descriptors = OpenDescriptors();
  health.time_wait = SocketCount(ReadStart("/proc/net/sockstat"), "TCP:", "tw").value_or(0);
  health.local_ports = local_ports_;
  return health;
}

}  // namespace muster
