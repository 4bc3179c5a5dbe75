#include "worker/engine/host_text.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>
#include <vector>

namespace muster {
namespace {

// The parts between any of `separators`, empty ones left out.
std::vector<std::string_view> Parts(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; (begin = text.find_first_not_of(separators, begin)) != text.npos;) {
    const size_t end = std::min(text.find_first_of(separators, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return parts;
}

std::vector<std::string_view> Lines(std::string_view text) { return Parts(text, "\n"); }
std::vector<std::string_view> Words(std::string_view line) { return Parts(line, " \t\n"); }

std::optional<uint64_t> NumberOf(std::string_view word) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return number;
}

// The number behind `key` in the words of a line.
std::optional<uint64_t> NumberAfter(const std::vector<std::string_view>& words,
                                    std::string_view key) {
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == key) return NumberOf(words[i + 1]);
  }
  return std::nullopt;
}

}  // namespace

std::optional<uint64_t> RunQueueNs(std::string_view schedstat) {
  const auto words = Words(schedstat);
  if (words.size() != 3) return std::nullopt;
  return NumberOf(words[1]);
}

std::optional<HostTicks> TicksOf(std::string_view stat) {
  const auto words = Words(stat.substr(0, stat.find('\n')));
  constexpr size_t kSteal = 8;  // "cpu", then user nice system idle iowait irq softirq steal
  if (words.size() <= kSteal || words[0] != "cpu") return std::nullopt;
  HostTicks ticks;
  for (size_t i = 1; i <= kSteal; ++i) {  // guest times beyond are in user and nice already
    const std::optional<uint64_t> number = NumberOf(words[i]);
    if (!number) return std::nullopt;
    ticks.all += *number;
    if (i == kSteal) ticks.steal = *number;
  }
  return ticks;
}

std::optional<uint64_t> ThrottledNs(std::string_view cpu_stat) {
  for (const std::string_view line : Lines(cpu_stat)) {
    const auto words = Words(line);
    if (words.size() != 2) continue;
    const std::optional<uint64_t> number = NumberOf(words[1]);
    if (words[0] == "throttled_time") return number;
    if (words[0] == "throttled_usec" && number) return *number * 1'000;
  }
  return std::nullopt;
}

std::optional<std::string> CgroupPath(std::string_view cgroup, std::string_view controller) {
  for (const std::string_view line : Lines(cgroup)) {  // number:controllers:path
    const size_t first = line.find(':');
    const size_t second = first == line.npos ? first : line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string_view names = line.substr(first + 1, second - first - 1);
    bool matches = names == controller;
    for (const std::string_view name : Parts(names, ",")) matches |= name == controller;
    if (matches) return std::string(line.substr(second + 1));
  }
  return std::nullopt;
}

std::optional<uint64_t> NetCounter(std::string_view netstat, std::string_view group,
                                   std::string_view name) {
  std::vector<std::string_view> names;
  for (const std::string_view line : Lines(netstat)) {
    auto words = Words(line);
    if (words.empty() || words[0] != group) continue;
    if (names.empty()) {
      names = std::move(words);
      continue;
    }
    for (size_t i = 1; i < names.size() && i < words.size(); ++i) {
      if (names[i] == name) return NumberOf(words[i]);
    }
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<uint64_t> SocketCount(std::string_view sockstat, std::string_view group,
                                    std::string_view key) {
  for (const std::string_view line : Lines(sockstat)) {
    const auto words = Words(line);
    if (!words.empty() && words[0] == group) return NumberAfter(words, key);
  }
  return std::nullopt;
}

std::optional<uint64_t> ResidentBytes(std::string_view status) {
  for (const std::string_view line : Lines(status)) {
    const auto words = Words(line);
    if (words.size() < 2 || words[0] != "VmRSS:") continue;
    const std::optional<uint64_t> kib = NumberOf(words[1]);
    return kib ? std::optional(*kib * 1024) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<uint64_t> LimitBytes(std::string_view text) {
  const std::optional<uint64_t> number = NumberOf(text.substr(0, text.find_last_not_of(" \n") + 1));
  if (!number || *number > uint64_t{1} << 62) return std::nullopt;
  return number;
}

std::optional<uint64_t> PortsOf(std::string_view range) {
  const auto words = Words(range);
  if (words.size() != 2) return std::nullopt;
  const std::optional<uint64_t> first = NumberOf(words[0]);
  const std::optional<uint64_t> last = NumberOf(words[1]);
  if (!first || !last || *last < *first) return std::nullopt;
  return *last - *first + 1;
}

}  // namespace muster
