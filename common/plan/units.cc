#include "common/plan/units.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "common/base/check.h"
#include "common/base/int128.h"

namespace muster {
namespace {

constexpr size_t kMaxDigits =
    18;  // before and after the point: 10^18 times an hour's 3.6 * 10^12 fits

struct Unit {
  std::string_view name;
  int64_t size;
};
// Largest first.
constexpr std::array<Unit, 6> kDurationUnits = {{{"h", 3'600'000'000'000},
                                                 {"m", 60'000'000'000},
                                                 {"s", 1'000'000'000},
                                                 {"ms", 1'000'000},
                                                 {"us", 1'000},
                                                 {"ns", 1}}};
constexpr std::array<Unit, 3> kRateUnits = {
    {{"s", Rate::kPerSecond}, {"m", Rate::kPerMinute}, {"h", Rate::kPerHour}}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// whole + fraction / 10^decimals, read from `length` characters.
struct Decimal {
  uint64_t whole = 0;
  uint64_t fraction = 0;
  size_t decimals = 0;
  size_t length = 0;
};

constexpr Int128 PowerOfTen(size_t exponent) {
  Int128 power = 1;
  for (size_t i = 0; i < exponent; ++i) power *= 10;
  return power;
}

// Reads digits from `text` at `pos`; none, or more than kMaxDigits: no value.
std::optional<uint64_t> ReadDigits(std::string_view text, size_t* pos) {
  const size_t begin = *pos;
  uint64_t value = 0;
  while (*pos < text.size() && IsDigit(text[*pos])) {
    if (*pos - begin == kMaxDigits) return std::nullopt;
    value = value * 10 + static_cast<uint64_t>(text[(*pos)++] - '0');
  }
  if (*pos == begin) return std::nullopt;
  return value;
}

// "12" or "12.5" at the start of `text`; ".5" and "5." are refused.
std::optional<Decimal> ReadDecimal(std::string_view text) {
  Decimal number;
  const std::optional<uint64_t> whole = ReadDigits(text, &number.length);
  if (!whole) return std::nullopt;
  number.whole = *whole;
  if (number.length == text.size() || text[number.length] != '.') return number;
  const size_t point = number.length++;
  const std::optional<uint64_t> fraction = ReadDigits(text, &number.length);
  if (!fraction) return std::nullopt;
  number.fraction = *fraction;
  number.decimals = number.length - point - 1;
  return number;
}

// number * unit when that is whole. At most 10^18 * 3.6 * 10^12 in every term: no overflow.
std::optional<Int128> Times(const Decimal& number, int64_t unit) {
  const Int128 power = PowerOfTen(number.decimals);
  const Int128 part = static_cast<Int128>(number.fraction) * unit;
  if (part % power != 0) return std::nullopt;
  return static_cast<Int128>(number.whole) * unit + part / power;
}

std::string Quoted(std::string_view text) {
  constexpr size_t kShown = 60;  // of a text that may be anything
  std::string out = "\"";
  out += text.substr(0, kShown);
  out += text.size() > kShown ? "...\"" : "\"";
  return out;
}

Status NotADuration(std::string_view text, const std::string& why) {
  return InvalidArgument(Quoted(text) + " is not a duration: " + why);
}

Status NotARate(std::string_view text, const std::string& why) {
  return InvalidArgument(Quoted(text) + " is not a rate: " + why);
}

Status NotAShare(std::string_view text, const std::string& why) {
  return InvalidArgument(Quoted(text) + " is not a share: " + why);
}

// Index into kDurationUnits; its size when there is no such unit.
size_t DurationUnit(std::string_view name) {
  size_t unit = 0;
  while (unit < kDurationUnits.size() && kDurationUnits[unit].name != name) ++unit;
  return unit;
}

// value / unit as the shortest decimal; no value when it does not end within `most` decimals.
std::optional<std::string> DecimalOf(uint64_t value, uint64_t unit, size_t most) {
  std::string out = std::to_string(value / unit);
  uint64_t rest = value % unit;
  if (rest == 0) return out;
  out.push_back('.');
  for (size_t i = 0; i < most && rest != 0; ++i) {
    const Uint128 next = static_cast<Uint128>(rest) * 10;
    out.push_back(static_cast<char>('0' + static_cast<int>(next / unit)));
    rest = static_cast<uint64_t>(next % unit);
  }
  if (rest != 0) return std::nullopt;
  return out;
}

}  // namespace

StatusOr<Duration> ParseDuration(std::string_view text) {
  if (text.empty()) return NotADuration(text, "expected one like 30s, 1m30s or 250ms");
  if (text[0] == '-') return NotADuration(text, "it must not be negative");
  Int128 total = 0;
  size_t next_unit = 0;  // units before this one are used or passed
  for (size_t pos = 0; pos < text.size();) {
    const std::optional<Decimal> number = ReadDecimal(text.substr(pos));
    if (!number) return NotADuration(text, "expected a number and a unit, like 1m30s or 250ms");
    pos += number->length;
    const size_t begin = pos;
    while (pos < text.size() && !IsDigit(text[pos])) ++pos;
    const std::string_view name = text.substr(begin, pos - begin);
    const size_t unit = DurationUnit(name);
    if (name.empty()) {
      return NotADuration(text, "it has no unit; write " + std::string(text) + "s for seconds or " +
                                    std::string(text) + "ms for milliseconds");
    }
    if (unit == kDurationUnits.size()) {
      return NotADuration(text, "unknown unit " + Quoted(name) + "; units are h, m, s, ms, us, ns");
    }
    if (unit < next_unit) {
      return NotADuration(text, "units stand largest first, each at most once");
    }
    next_unit = unit + 1;
    const std::optional<Int128> nanos = Times(*number, kDurationUnits[unit].size);
    if (!nanos) return NotADuration(text, "it is finer than a nanosecond");
    total += *nanos;  // at most six terms below 2^102
  }
  if (total > std::numeric_limits<int64_t>::max()) {
    return NotADuration(text, "it is longer than 292 years");
  }
  return Duration::Nanos(static_cast<int64_t>(total));
}

StatusOr<Rate> ParseRate(std::string_view text) {
  if (!text.empty() && text[0] == '-') return NotARate(text, "it must not be negative");
  const std::optional<Decimal> number = ReadDecimal(text);
  if (!number) return NotARate(text, "expected one like 2000/s, 60/m or 0.5/h");
  const std::string bare(text.substr(0, number->length));
  const std::string_view rest = text.substr(number->length);
  if (rest.empty()) {
    return NotARate(text, "it has no unit; write " + bare + "/s for per second or " + bare +
                              "/m for per minute");
  }
  for (const Unit& unit : kRateUnits) {
    if (rest[0] != '/' || rest.substr(1) != unit.name) continue;
    const std::optional<Int128> value = Times(*number, unit.size);
    if (!value) return NotARate(text, "it is finer than a millionth per hour");
    if (*value > Rate::kMax) {
      return NotARate(text, "it is above the limit of " + FormatRate(Rate{Rate::kMax}));
    }
    return Rate{static_cast<int64_t>(*value)};
  }
  return NotARate(text, "expected " + bare + "/s, " + bare + "/m or " + bare + "/h");
}

StatusOr<double> ParseShare(std::string_view text) {
  constexpr size_t kExactDigits = 15;  // these and the power of ten are exact as doubles
  const std::optional<Decimal> number = ReadDecimal(text);
  const std::string_view rest = number ? text.substr(number->length) : text;
  if (!number || (!rest.empty() && rest != "%")) {
    return NotAShare(text, "expected one like 99% or 0.99");
  }
  if (number->length > kExactDigits) return NotAShare(text, "it has more than 15 digits");
  const bool percent = !rest.empty();
  const Int128 power = PowerOfTen(number->decimals);
  const Int128 digits = static_cast<Int128>(number->whole) * power + number->fraction;
  const Int128 one = power * (percent ? 100 : 1);
  if (digits > one) {
    const std::string bare(text.substr(0, number->length));
    return NotAShare(
        text, percent ? "it is above 100%" : "it is above 1; write " + bare + "% for a percentage");
  }
  if (!percent && digits == one) return NotAShare(text, "it is all of them; write 1% or 100%");
  return static_cast<double>(digits) / static_cast<double>(one);
}

std::string FormatDuration(Duration duration) {
  const bool negative = duration.nanos() < 0;
  uint64_t rest = static_cast<uint64_t>(duration.nanos());
  if (negative) rest = 0 - rest;
  std::string out = negative ? "-" : "";
  if (rest == 0) return "0s";
  constexpr uint64_t kSecond = 1'000'000'000;
  if (rest < kSecond) {
    for (const Unit& unit : kDurationUnits) {
      const auto size = static_cast<uint64_t>(unit.size);
      if (rest < size) continue;
      return out + DecimalOf(rest, size, kMaxDigits).value() + std::string(unit.name);
    }
  }
  for (const Unit& unit : {kDurationUnits[0], kDurationUnits[1]}) {
    const auto size = static_cast<uint64_t>(unit.size);
    if (rest >= size) out += std::to_string(rest / size) + std::string(unit.name);
    rest %= size;
  }
  if (rest != 0) out += DecimalOf(rest, kSecond, kMaxDigits).value() + "s";
  return out;
}

std::string FormatRate(Rate rate) {
  const bool negative = rate.micro_per_hour < 0;
  uint64_t value = static_cast<uint64_t>(rate.micro_per_hour);
  if (negative) value = 0 - value;
  for (const Unit& unit : kRateUnits) {
    const size_t most = unit.size == Rate::kPerHour ? 6 : 3;
    const std::optional<std::string> number =
        DecimalOf(value, static_cast<uint64_t>(unit.size), most);
    if (number) return (negative ? "-" : "") + *number + "/" + std::string(unit.name);
  }
  CheckFailed("an hour's millionths end within six decimals", __FILE__, __LINE__, "");
}

}  // namespace muster
