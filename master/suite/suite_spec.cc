#include "master/suite/suite_spec.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

#include "master/plan/values.h"

namespace muster {
namespace {

constexpr uint64_t kMostCores = 4'096;

struct MemoryUnit {
  std::string_view name;
  uint64_t bytes;
};
constexpr MemoryUnit kMemoryUnits[] = {
    {"GiB", uint64_t{1} << 30}, {"MiB", uint64_t{1} << 20}, {"KiB", uint64_t{1} << 10}};

bool IsNameByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view(" ._+()-").find(c) != std::string_view::npos;
}

}  // namespace

std::string CommandName(SuiteCommand command) {
  return command == SuiteCommand::kRun ? "run" : "find-capacity";
}

std::string RankByName(RankBy by) {
  switch (by) {
    case RankBy::kRate:
      return "rate";
    case RankBy::kP50:
      return "p50";
    case RankBy::kP99:
      return "p99";
    case RankBy::kMean:
      return "mean";
    case RankBy::kCapacity:
      return "capacity";
    case RankBy::kNone:
      return "none";
  }
  return "none";
}

Status CheckSuiteName(std::string_view name) {
  const bool good = !name.empty() && name.size() <= SuiteLimits::kNameBytes &&
                    std::all_of(name.begin(), name.end(), IsNameByte) && name.front() != '.' &&
                    name.front() != '-' && name.front() != ' ' && name.back() != ' ';
  if (good) return absl::OkStatus();
  return InvalidArgument(Quote(name.substr(0, SuiteLimits::kNameBytes)) +
                         " is no name here: 1 to 60 of letters, digits, blanks and . _ + ( ) -, "
                         "beginning with a letter or digit");
}

StatusOr<std::vector<int>> ParseCores(std::string_view text) {
  const Status bad = InvalidArgument(Quote(text) + " is no set of cores; write 0, 0-2 or \"0,2\"");
  std::vector<int> cores;
  for (std::string_view rest = text;;) {
    const size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view part = rest.substr(0, comma);
    const size_t dash = part.find('-');
    const auto first = ParseWhole(part.substr(0, dash), 0, kMostCores - 1);
    const auto last =
        dash == part.npos ? first : ParseWhole(part.substr(dash + 1), 0, kMostCores - 1);
    if (!first.ok() || !last.ok() || *last < *first) return bad;
    for (uint64_t core = *first; core <= *last; ++core) cores.push_back(static_cast<int>(core));
    if (comma == rest.size()) break;
    rest.remove_prefix(comma + 1);
  }
  std::sort(cores.begin(), cores.end());
  if (std::adjacent_find(cores.begin(), cores.end()) != cores.end()) return bad;
  return cores;
}

std::string FormatCores(const std::vector<int>& cores) {
  std::string text;
  for (size_t i = 0; i < cores.size();) {
    size_t end = i + 1;
    while (end < cores.size() && cores[end] == cores[end - 1] + 1) ++end;
    text += (text.empty() ? "" : ",") + std::to_string(cores[i]);
    if (end - i > 1) text += "-" + std::to_string(cores[end - 1]);
    i = end;
  }
  return text;
}

StatusOr<uint64_t> ParseMemory(std::string_view text) {
  for (const MemoryUnit& unit : kMemoryUnits) {
    if (!text.ends_with(unit.name)) continue;
    const auto count = ParseWhole(text.substr(0, text.size() - unit.name.size()), 1, 1 << 20);
    if (count.ok()) return *count * unit.bytes;
  }
  return InvalidArgument(Quote(text) + " is no size of memory; write 512MiB or 2GiB");
}

std::string FormatMemory(uint64_t bytes) {
  for (const MemoryUnit& unit : kMemoryUnits) {
    if (bytes >= unit.bytes && bytes % unit.bytes == 0) {
      return std::to_string(bytes / unit.bytes) + std::string(unit.name);
    }
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.1fMiB", static_cast<double>(bytes) / (1 << 20));
  return text;
}

}  // namespace muster
