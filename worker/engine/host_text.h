// What the kernel's text files say of this process, its threads and its host. Parsers of their
// text, so that recorded files can be tested; which files they are and when they are read is
// epoll_host_sampler's. Pure; any thread. Formats: proc(5), the kernel's documentation of cgroups.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster {

// /proc/<pid>/task/<tid>/schedstat: how long the thread was ready and had no core, in nanoseconds
// since it began. nullopt: not that format (kernels without CONFIG_SCHED_INFO).
std::optional<uint64_t> RunQueueNs(std::string_view schedstat);

// Ticks of 10 ms, over all cores of the host, since it was started.
struct HostTicks {
  uint64_t all = 0;
  uint64_t steal = 0;
};
// The first line of /proc/stat.
std::optional<HostTicks> TicksOf(std::string_view stat);

// cpu.stat of a control group, version 1 (throttled_time, in ns) or 2 (throttled_usec).
std::optional<uint64_t> ThrottledNs(std::string_view cpu_stat);

// The path of the process' group below a hierarchy: `controller` of version 1, or empty for version
// 2's only one. From /proc/<pid>/cgroup.
std::optional<std::string> CgroupPath(std::string_view cgroup, std::string_view controller);

// A counter of /proc/net/netstat ("TcpExt:", "ListenDrops") or /proc/net/snmp: a line of names and
// one of numbers.
std::optional<uint64_t> NetCounter(std::string_view netstat, std::string_view group,
                                   std::string_view name);

// The number after `key` in the line of /proc/net/sockstat that begins with `group`
// ("TCP:", "tw").
std::optional<uint64_t> SocketCount(std::string_view sockstat, std::string_view group,
                                    std::string_view key);

// Resident memory in bytes: VmRSS of /proc/<pid>/status.
std::optional<uint64_t> ResidentBytes(std::string_view status);

// A file with one number, in bytes; "max" and what is beyond 2^62 (version 1's "no limit") give
// nullopt.
std::optional<uint64_t> LimitBytes(std::string_view text);

// How many ports /proc/sys/net/ipv4/ip_local_port_range names: "32768 60999".
std::optional<uint64_t> PortsOf(std::string_view range);

}  // namespace muster
