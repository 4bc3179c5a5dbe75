// Small values as the user types them, the same in flags and YAML: headers, statuses, think times,
// tags, resolve rules, whole numbers. Each parser refuses or returns a valid value; errors say what
// was expected, the caller adds where. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/plan/plan.h"

namespace muster {

inline constexpr size_t kMaxNameBytes = 100;  // of requests, stages, tags
inline constexpr size_t kMaxTags = 20;        // of one request
inline constexpr size_t kMaxHeaders = 100;    // of one request
inline constexpr uint32_t kMaxWeight = 1'000'000;

std::string Quote(std::string_view text);

// A whole number within [low, high], digits only (with no sign, blank or separator).
StatusOr<uint64_t> ParseWhole(std::string_view text, uint64_t low, uint64_t high);

// "1.1", "2", "auto".
StatusOr<HttpVersion> ParseHttpVersion(std::string_view text);

// "even", "poisson".
StatusOr<ArrivalKind> ParseArrivals(std::string_view text);

// "2xx", "200", "200-299", and several with commas between.
StatusOr<ExpectedStatuses> ParseExpect(std::string_view text);
// "200-399,500": parses back to the same.
std::string FormatExpect(const ExpectedStatuses& expect);

// Longer than 0s and at most a day: a time-out.
StatusOr<Duration> ParseTimeout(std::string_view text);
// At most a day, 0s included: a pause or a drain.
StatusOr<Duration> ParsePause(std::string_view text);
// "2s" or "1s..3s": at least and at most.
StatusOr<std::pair<Duration, Duration>> ParseThink(std::string_view text);

// A header that Muster may send: the name a token, the value without control characters, neither of
// those that frame the message (Content-Length, Transfer-Encoding, Connection and the like).
Status CheckHeader(const Header& header);
// "Name: value". A URL is refused with a hint: Locust's -H is a host.
StatusOr<Header> ParseHeaderLine(std::string_view text);
// Replaces all headers of `own`'s names in `base` (names without regard to case), then appends
// `own`.
std::vector<Header> OverrideHeaders(std::vector<Header> base, const std::vector<Header>& own);

// Upper-cased when it is a known method in another case; other tokens as they are.
StatusOr<std::string> ParseMethod(std::string_view text);

// "key=value".
StatusOr<std::pair<std::string, std::string>> ParseTag(std::string_view text);
Status CheckTag(std::string_view key, std::string_view value);

// "HOST:PORT:ADDR"; an IPv6 address with or without brackets.
StatusOr<ResolveRule> ParseResolve(std::string_view text);

// A name of a run or stage: 1 to 100 bytes, none of '{' '}' ',' or control characters, which
// thresholds and reports could not show; no blank at its ends.
Status CheckName(std::string_view name);
// The nearest valid name: bad characters become '_', the length is cut.
std::string CleanName(std::string_view name);

}  // namespace muster
