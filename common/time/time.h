// Points and spans of time, all in whole nanoseconds, kept apart by type:
//   Duration   a span
//   MonoTime   a point on this host's monotonic clock; meaningless on another host
//   RunTime    a point since the run's T0, the same on every worker; may be negative before T0
//   WallTime   a point since the Unix epoch; for people and files, never for measuring
// Values: trivially copyable, any thread. Overflow is the caller's to avoid: +-292 years.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <ostream>

namespace muster {

class Duration {
 public:
  constexpr Duration() = default;
  static constexpr Duration Nanos(int64_t n) { return Duration(n); }
  static constexpr Duration Micros(int64_t n) { return Duration(n * 1'000); }
  static constexpr Duration Millis(int64_t n) { return Duration(n * 1'000'000); }
  static constexpr Duration Seconds(int64_t n) { return Duration(n * 1'000'000'000); }
  static constexpr Duration Max() { return Duration(std::numeric_limits<int64_t>::max()); }

  constexpr int64_t nanos() const { return nanos_; }
  constexpr double seconds() const { return static_cast<double>(nanos_) * 1e-9; }

  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator+(Duration o) const { return Duration(nanos_ + o.nanos_); }
  constexpr Duration operator-(Duration o) const { return Duration(nanos_ - o.nanos_); }
  constexpr Duration operator*(int64_t n) const { return Duration(nanos_ * n); }
  constexpr Duration operator/(int64_t n) const { return Duration(nanos_ / n); }
  constexpr Duration& operator+=(Duration o) { return *this = *this + o; }
  constexpr Duration& operator-=(Duration o) { return *this = *this - o; }

 private:
  explicit constexpr Duration(int64_t n) : nanos_(n) {}
  int64_t nanos_ = 0;
};

// A point in time of kind `Tag`: points subtract to a Duration and move by one.
template <typename Tag>
class TimePoint {
 public:
  constexpr TimePoint() = default;
  static constexpr TimePoint FromNanos(int64_t n) { return TimePoint(n); }
  static constexpr TimePoint Max() { return TimePoint(std::numeric_limits<int64_t>::max()); }

  constexpr int64_t nanos() const { return nanos_; }

  constexpr auto operator<=>(const TimePoint&) const = default;
  constexpr TimePoint operator+(Duration d) const { return TimePoint(nanos_ + d.nanos()); }
  constexpr TimePoint operator-(Duration d) const { return TimePoint(nanos_ - d.nanos()); }
  constexpr Duration operator-(TimePoint o) const { return Duration::Nanos(nanos_ - o.nanos_); }
  constexpr TimePoint& operator+=(Duration d) { return *this = *this + d; }

 private:
  explicit constexpr TimePoint(int64_t n) : nanos_(n) {}
  int64_t nanos_ = 0;
};

using MonoTime = TimePoint<struct MonoTag>;
using RunTime = TimePoint<struct RunTag>;
using WallTime = TimePoint<struct WallTag>;

inline std::ostream& operator<<(std::ostream& out, Duration d) { return out << d.nanos() << "ns"; }
template <typename Tag>
std::ostream& operator<<(std::ostream& out, TimePoint<Tag> t) {
  return out << "@" << t.nanos() << "ns";
}

}  // namespace muster
