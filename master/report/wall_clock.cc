#include "master/report/wall_clock.h"

#include <chrono>
#include <cstdio>

namespace muster {

std::string FormatUtc(WallTime time) {
  using std::chrono::days;
  using std::chrono::milliseconds;
  using std::chrono::nanoseconds;
  const std::chrono::sys_time<nanoseconds> instant{nanoseconds(time.nanos())};
  const auto day = std::chrono::floor<days>(instant);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<milliseconds>(instant - day)};
  char buffer[64];
  std::snprintf(
      buffer, sizeof buffer, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return buffer;
}

}  // namespace muster
