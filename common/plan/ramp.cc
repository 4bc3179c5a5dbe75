#include "common/plan/ramp.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <numeric>

namespace muster {
namespace {

using Int256 = boost::multiprecision::int256_t;

// Why nothing overflows. With m = max(from, to) and B = 2 * m * length * slope_den, each of
//   2 * from * slope_den * x          <= 2 * m * slope_den * length              = B
//   |slope_num| * x^2                 <= |to - from| * slope_den * length        <= B / 2
//   area * slope_den                  <= (from + to) * length * slope_den        <= B
// (the second because slope_num * length = (to - from) * slope_den). B <= 2^126 leaves room for the
// sum of two of them in 128 bits; in general B < 2 * 2^55 * 2^52 * 2^52 = 2^160, far within 256.
constexpr Int128 kNarrowLimit = static_cast<Int128>(1) << 126;

// A(x) <= area, multiplied by slope_den.
template <typename Int>
bool AreaAtMost(const Ramp& ramp, int64_t x, const Int& scaled_area) {
  const Int linear = Int(2 * ramp.from) * ramp.slope_den;
  return (linear + Int(ramp.slope_num) * x) * x <= scaled_area;
}

// Solves A(x) = area in floating point, in the form that does not cancel: a rising ramp from its
// start, a falling one from its end. Off by a few ns at most, which nothing relies on.
int64_t GuessOffset(const Ramp& ramp, Int128 area) {
  const bool rising = ramp.to >= ramp.from;
  const auto low = static_cast<double>(std::min(ramp.from, ramp.to));
  const double slope =
      std::abs(static_cast<double>(ramp.slope_num)) / static_cast<double>(ramp.slope_den);
  const auto rest = static_cast<double>(rising ? area : RampArea(ramp) - area);
  const double root = low + std::sqrt(low * low + slope * rest);
  const double x = root > 0 ? rest / root : 0;
  const auto offset = static_cast<int64_t>(std::min(x, static_cast<double>(ramp.length)));
  return std::clamp<int64_t>(rising ? offset : ramp.length - offset, 0, ramp.length - 1);
}

// The largest x with A(x) <= area, from a guess of any quality: gallop away from it until the
// answer is between `low` (holds) and `high` (does not), then halve.
template <typename Int>
int64_t SolveOffset(const Ramp& ramp, Int128 area, int64_t guess) {
  const Int scaled_area = Int(area) * ramp.slope_den;
  int64_t low = 0;             // A(0) = 0 <= area
  int64_t high = ramp.length;  // A(length) > area
  if (AreaAtMost<Int>(ramp, guess, scaled_area)) {
    low = guess;
    for (int64_t step = 1; low + step < high; step *= 2) {
      if (!AreaAtMost<Int>(ramp, low + step, scaled_area)) {
        high = low + step;
        break;
      }
      low += step;
    }
  } else {
    high = guess;
    for (int64_t step = 1; high - step > low; step *= 2) {
      if (AreaAtMost<Int>(ramp, high - step, scaled_area)) {
        low = high - step;
        break;
      }
      high -= step;
    }
  }
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (AreaAtMost<Int>(ramp, middle, scaled_area) ? low : high) = middle;
  }
  return low;
}

// ceil(slope * x^2). Division rounds towards zero, which is up for a negative slope.
template <typename Int>
Int128 QuadraticCeil(const Ramp& ramp, int64_t x) {
  const Int scaled = Int(ramp.slope_num) * x * x;
  const Int rounded = ramp.slope_num > 0 ? Int((scaled + (ramp.slope_den - 1)) / ramp.slope_den)
                                         : Int(scaled / ramp.slope_den);
  return static_cast<Int128>(rounded);  // at most |to - from| * length < 2^107
}

}  // namespace

Ramp MakeRamp(int64_t from, int64_t to, int64_t length) {
  Ramp ramp{.from = from, .to = to, .length = length};
  const int64_t divisor = std::gcd(to - from, length);
  ramp.slope_num = (to - from) / divisor;
  ramp.slope_den = length / divisor;
  const Int128 twice_area = static_cast<Int128>(2) * std::max(from, to) * length;  // < 2^108
  ramp.wide = twice_area > kNarrowLimit / ramp.slope_den;
  return ramp;
}

int64_t RampOffset(const Ramp& ramp, Int128 area) {
  if (ramp.from == ramp.to) return static_cast<int64_t>(area / (2 * ramp.from));
  const int64_t guess = GuessOffset(ramp, area);
  return ramp.wide ? SolveOffset<Int256>(ramp, area, guess)
                   : SolveOffset<Int128>(ramp, area, guess);
}

Int128 RampAreaCeil(const Ramp& ramp, int64_t x) {
  const Int128 linear = static_cast<Int128>(2) * ramp.from * x;
  return linear + (ramp.wide ? QuadraticCeil<Int256>(ramp, x) : QuadraticCeil<Int128>(ramp, x));
}

}  // namespace muster
