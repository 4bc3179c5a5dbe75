// Durations, rates and shares as people write them: parsed exactly or refused, printed so that
// parsing gives the same value back. Pure functions; any thread. Errors quote the text and say what
// to write; the caller adds where it stood.
//
//   duration  1m30s  250ms  1.5s  0s        units h m s ms us ns, each at most once, largest first;
//                                           whole nanoseconds, at most 292 years
//   rate      2000/s  60/m  0.5/h           per second, minute, hour; whole millionths per hour
//   share     99%  0.1%  0.99               within [0, 1]
//
// No sign, no exponent, no space inside. A bare number is no duration and no rate.
#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/plan/load_profile.h"
#include "common/time/time.h"

namespace muster {

// Never negative.
StatusOr<Duration> ParseDuration(std::string_view text);
// Within [0, Rate::kMax].
StatusOr<Rate> ParseRate(std::string_view text);
// The double nearest to the share written; at most 15 digits.
StatusOr<double> ParseShare(std::string_view text);

// Exact: hours, minutes, and seconds with their decimals; below one second in ms, us or ns.
// "1m30s", "1.5s", "250ms", "0s"; a leading "-" when negative.
std::string FormatDuration(Duration duration);
// Exact, in the first of /s, /m, /h that needs at most three decimals, else in /h: "2000/s",
// "0.5/h".
std::string FormatRate(Rate rate);

}  // namespace muster
