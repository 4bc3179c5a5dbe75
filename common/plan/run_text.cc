#include "common/plan/run_text.h"

#include <algorithm>
#include <cstdio>

#include "common/plan/units.h"

namespace muster {

std::string GroupDigits(std::string text) {
  const size_t first = text.starts_with('-') ? 1 : 0;
  size_t end = first;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  for (size_t at = end; at > first + 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

std::string FormatCount(uint64_t n) { return GroupDigits(std::to_string(n)); }

std::string FormatSpan(Duration span) {
  const int64_t ns = std::max<int64_t>(0, span.nanos());
  constexpr int64_t kMilli = 1'000'000;
  constexpr int64_t kTenth = 100 * kMilli;
  if (ns < kTenth) return FormatDuration(Duration::Nanos((ns + kMilli / 2) / kMilli * kMilli));
  const int64_t tenths = (ns + kTenth / 2) / kTenth;
  if (tenths < 10) return "0." + std::to_string(tenths) + "s";
  return FormatDuration(Duration::Nanos(tenths * kTenth));
}

std::string FormatRunClock(RunTime at) {
  const int64_t tenths = std::max<int64_t>(0, at.nanos()) / 100'000'000;
  const int64_t seconds = tenths / 10;
  char buffer[64];
  if (seconds >= 3600) {
    std::snprintf(buffer, sizeof buffer, "%lld:%02lld:%02lld",
                  static_cast<long long>(seconds / 3600), static_cast<long long>(seconds / 60 % 60),
                  static_cast<long long>(seconds % 60));
  } else if (seconds < 10 && tenths % 10 != 0) {
    std::snprintf(buffer, sizeof buffer, "0:%02lld.%lld", static_cast<long long>(seconds),
                  static_cast<long long>(tenths % 10));
  } else {
    std::snprintf(buffer, sizeof buffer, "%lld:%02lld", static_cast<long long>(seconds / 60),
                  static_cast<long long>(seconds % 60));
  }
  return buffer;
}

}  // namespace muster
