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

std::optional<WallTime> ParseUtc(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000Z";
  if (text.size() != kForm.size()) return std::nullopt;
  for (size_t i = 0; i < kForm.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == '0' ? !digit : text[i] != kForm[i]) return std::nullopt;
  }
  const auto number = [&](size_t at, size_t digits) {
    int n = 0;
    for (size_t i = at; i < at + digits; ++i) n = n * 10 + (text[i] - '0');
    return n;
  };
  using namespace std::chrono;  // NOLINT(google-build-using-namespace): its literals' types
  const year_month_day date{year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                            day(static_cast<unsigned>(number(8, 2)))};
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  // Beyond these years nanoseconds since 1970 don't fit 64 bits.
  const bool fits = date.ok() && date.year() >= year(1678) && date.year() <= year(2261);
  if (!fits || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const nanoseconds instant = sys_days(date).time_since_epoch() + hours(hour) + minutes(minute) +
                              seconds(second) + milliseconds(number(20, 3));
  return WallTime::FromNanos(instant.count());
}

}  // namespace muster
