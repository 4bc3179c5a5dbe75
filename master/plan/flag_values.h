// Values as they stand on the command line, where these differ from a plan's (values.h). Errors are
// without the flag's name. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "master/plan/flags.h"
#include "master/plan/values.h"

namespace muster {

// A whole number from `low` to `high`.
template <uint64_t low, uint64_t high>
StatusOr<uint64_t> ReadWhole(std::string_view text) {
  return ParseWhole(text, low, high);
}
template <uint32_t high>
StatusOr<uint32_t> ReadCount(std::string_view text) {
  ASSIGN_OR_RETURN(const uint64_t value, ParseWhole(text, 1, high));
  return static_cast<uint32_t>(value);
}
// Longer than 0s.
StatusOr<Duration> ReadLength(std::string_view text);
// On a command line a bare number is a rate per second.
StatusOr<Rate> ReadRate(std::string_view text);
StatusOr<StageFlag> ReadStage(std::string_view text);
// Any text.
StatusOr<std::string> ReadText(std::string_view text);
// Where a plan's requests go; its paths stay, so the URL has none.
StatusOr<Target> ReadTarget(std::string_view text);
// The name of a run.
StatusOr<std::string> ReadName(std::string_view text);
StatusOr<std::string> ReadFileName(std::string_view text);
StatusOr<std::string> ReadLocalAddress(std::string_view text);
StatusOr<HostPort> ReadHostPort(std::string_view text);
// [HOST:]PORT with an IPv4 address (Debian's libcivetweb knows no other) or localhost as its host;
// without: 127.0.0.1.
StatusOr<HostPort> ReadMetricsAddress(std::string_view text);
StatusOr<OutputSpec> ReadOutput(std::string_view text);
// A threshold that ends the run when it is broken.
StatusOr<Threshold> ReadAbortOn(std::string_view text);
// The name of a tag.
StatusOr<std::string> ReadTagName(std::string_view text);
StatusOr<std::string> ReadLogLevel(std::string_view text);
// `off` is 0; else a second at least.
StatusOr<Duration> ReadProgress(std::string_view text);
StatusOr<ColorMode> ReadColor(std::string_view text);

}  // namespace muster
