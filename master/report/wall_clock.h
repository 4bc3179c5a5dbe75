// Wall time as text: RFC 3339 in UTC, with milliseconds. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/time/time.h"

namespace muster {

// "2024-02-29T12:34:56.789Z". Years 0000 to 9999 (all that a WallTime can hold).
std::string FormatUtc(WallTime time);
// What FormatUtc wrote, to the millisecond; nullopt: anything else.
std::optional<WallTime> ParseUtc(std::string_view text);

}  // namespace muster
