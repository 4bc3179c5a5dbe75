#include "master/results/format.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "common/base/check.h"
#include "common/plan/units.h"

namespace muster {
namespace {

constexpr int kMostExtraDigits = 9;

std::string Fixed(double value, int decimals) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
  return buffer;
}

int DigitCount(int64_t n) {
  int digits = 1;
  while (n >= 10) {
    n /= 10;
    ++digits;
  }
  return digits;
}

int64_t RoundToDigits(int64_t n, int digits) {
  int64_t unit = 1;
  for (int drop = DigitCount(n) - digits; drop > 0; --drop) unit *= 10;
  return (n / unit + (n % unit * 2 >= unit && unit > 1 ? 1 : 0)) * unit;
}

// How many decimals a rate is printed with, for three significant digits.
int RateDecimals(double per_second) {
  if (per_second >= 100 || per_second == 0) return 0;
  return per_second >= 10 ? 1 : 2;
}

int ShareDecimals(double percent) {
  if (percent == 0 || percent == 100) return 0;
  if (percent >= 10) return 1;
  if (percent >= 0.01) return 2;
  return std::min(12, 1 - static_cast<int>(std::floor(std::log10(percent))));
}

// The limit of a threshold is a latency, a share, a rate or a count.
enum class Unit : uint8_t { kLatency, kShare, kRate, kCount };

Unit UnitOf(const Threshold& threshold) {
  switch (threshold.metric) {
    case Threshold::Metric::kPercentile:
    case Threshold::Metric::kMean:
    case Threshold::Metric::kMin:
    case Threshold::Metric::kMax:
      return Unit::kLatency;
    case Threshold::Metric::kWithin:
    case Threshold::Metric::kErrorRate:
    case Threshold::Metric::kNotStartedRate:
      return Unit::kShare;
    case Threshold::Metric::kRate:
      return Unit::kRate;
    case Threshold::Metric::kCount:
      return Unit::kCount;
  }
  return Unit::kCount;
}

std::string FormatInUnit(Unit unit, double value, int more) {
  switch (unit) {
    case Unit::kLatency:
      return FormatLatency(std::llround(value), 3 + more);
    case Unit::kShare:
      return FormatShare(value, more);
    case Unit::kRate:
      return FormatRatePerSecond(value, more);
    case Unit::kCount:
      return GroupDigits(Fixed(value, 0));
  }
  return "";
}

// The value that the text of FormatInUnit stands for.
double RoundInUnit(Unit unit, double value, int more) {
  switch (unit) {
    case Unit::kLatency:
      return static_cast<double>(RoundToDigits(std::llround(value), 3 + more));
    case Unit::kShare:
      return std::strtod(Fixed(value * 100, ShareDecimals(value * 100) + more).c_str(), nullptr) /
             100;
    case Unit::kRate:
      return std::strtod(Fixed(value, RateDecimals(value) + more).c_str(), nullptr);
    case Unit::kCount:
      return value;
  }
  return value;
}

// Limits are the user's own numbers: printed whole, without padding zeros.
std::string Trimmed(double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.10g", value);
  return buffer;
}

}  // namespace

std::string FormatLatency(int64_t ns, int digits) {
  CHECK_GE(ns, 0);
  if (ns == 0) return "0us";
  const int64_t rounded = RoundToDigits(ns, digits);
  if (rounded < 1'000) return std::to_string(rounded) + "ns";
  const bool seconds = rounded >= 1'000'000'000;
  const bool millis = rounded >= 1'000'000;
  const int64_t unit = seconds ? 1'000'000'000 : millis ? 1'000'000 : 1'000;
  const int decimals = std::clamp(digits - DigitCount(rounded / unit), 0, DigitCount(unit) - 1);
  std::string text = std::to_string(rounded / unit);
  if (decimals > 0) {
    const std::string below = std::to_string(unit + rounded % unit);  // a leading 1 keeps the zeros
    text += "." + below.substr(1, static_cast<size_t>(decimals));
  }
  return text + (seconds ? "s" : millis ? "ms" : "us");
}

std::string FormatShare(double share, int more) {
  const double percent = share * 100;
  int decimals = ShareDecimals(percent) + (percent == 0 || percent == 100 ? 0 : more);
  std::string text = Fixed(percent, decimals);
  while (share < 1 && decimals < 12 && std::strtod(text.c_str(), nullptr) >= 100) {
    text = Fixed(percent, ++decimals);
  }
  return text + " %";
}

std::string FormatRatePerSecond(double per_second, int more) {
  return GroupDigits(Fixed(per_second, RateDecimals(per_second) + more)) + "/s";
}

bool Satisfies(double observed, Threshold::Op op, double limit) {
  switch (op) {
    case Threshold::Op::kLess:
      return observed < limit;
    case Threshold::Op::kLessEqual:
      return observed <= limit;
    case Threshold::Op::kGreater:
      return observed > limit;
    case Threshold::Op::kGreaterEqual:
      return observed >= limit;
  }
  return false;
}

std::string FormatOp(Threshold::Op op) {
  switch (op) {
    case Threshold::Op::kLess:
      return "<";
    case Threshold::Op::kLessEqual:
      return "<=";
    case Threshold::Op::kGreater:
      return ">";
    case Threshold::Op::kGreaterEqual:
      return ">=";
  }
  return "?";
}

std::string FormatObserved(const Threshold& threshold, double observed) {
  const Unit unit = UnitOf(threshold);
  const bool passed = Satisfies(observed, threshold.op, threshold.limit);
  int more = 0;
  while (more < kMostExtraDigits &&
         Satisfies(RoundInUnit(unit, observed, more), threshold.op, threshold.limit) != passed) {
    ++more;
  }
  return FormatInUnit(unit, observed, more);
}

std::string FormatWanted(const Threshold& threshold) {
  std::string limit;
  switch (UnitOf(threshold)) {
    case Unit::kLatency:
      limit = FormatDuration(Duration::Nanos(std::llround(threshold.limit)));
      break;
    case Unit::kShare:
      limit = Trimmed(threshold.limit * 100) + " %";
      break;
    case Unit::kRate:
      limit = GroupDigits(Trimmed(threshold.limit)) + "/s";
      break;
    case Unit::kCount:
      limit = GroupDigits(Trimmed(threshold.limit));
      break;
  }
  std::string wanted = FormatOp(threshold.op) + " " + limit;
  if (threshold.window > Duration()) wanted += " over " + FormatDuration(threshold.window);
  if (threshold.window_for > Duration()) wanted += " for " + FormatDuration(threshold.window_for);
  return threshold.confident ? wanted + " with 95 % confidence" : wanted;
}

}  // namespace muster
