#include "master/plan/values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstring>

#include "common/plan/units.h"

namespace muster {
namespace {

constexpr std::array<std::string_view, 7> kMethods = {"GET",    "POST", "PUT",    "PATCH",
                                                      "DELETE", "HEAD", "OPTIONS"};
// What Muster writes itself: a second value would break the message's framing or the connection.
constexpr std::array<std::string_view, 8> kOwnHeaders = {
    "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer",
    "expect"};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool IsTokenChar(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         (c != '\0' && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenChar);
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < ' ' || c == 0x7F; });
}

Status BadExpect(std::string_view text) {
  return InvalidArgument(Quote(text) +
                         " is no status; write 200, 2xx, 200-299, or several of them");
}

// One of "2xx", "200", "200-299".
StatusOr<std::pair<uint16_t, uint16_t>> ParseStatusRange(std::string_view text) {
  if (text.size() == 3 && Lower(text.substr(1)) == "xx" && text[0] >= '1' && text[0] <= '5') {
    const int low = (text[0] - '0') * 100;
    return std::pair(static_cast<uint16_t>(low), static_cast<uint16_t>(low + 99));
  }
  const size_t dash = text.find('-');
  const auto low = ParseWhole(text.substr(0, dash), 100, 599);
  const auto high = dash == text.npos ? low : ParseWhole(text.substr(dash + 1), 100, 599);
  if (!low.ok() || !high.ok() || *low > *high) return BadExpect(text);
  return std::pair(static_cast<uint16_t>(*low), static_cast<uint16_t>(*high));
}

std::string Unbracketed(std::string_view address) {
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  }
  return std::string(address);
}

bool IsAddress(const std::string& address) {
  in6_addr v6;
  in_addr v4;
  return inet_pton(AF_INET, address.c_str(), &v4) == 1 ||
         inet_pton(AF_INET6, address.c_str(), &v6) == 1;
}

bool BadNameChar(unsigned char c) {
  return c < ' ' || c == 0x7F || c == '{' || c == '}' || c == ',';
}

}  // namespace

std::string Quote(std::string_view text) { return "'" + std::string(text) + "'"; }

StatusOr<uint64_t> ParseWhole(std::string_view text, uint64_t low, uint64_t high) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size() && !text.empty();
  if (whole && value >= low && value <= high) return value;
  return InvalidArgument(Quote(text) + " is not a whole number from " + std::to_string(low) +
                         " to " + std::to_string(high));
}

StatusOr<HttpVersion> ParseHttpVersion(std::string_view text) {
  if (text == "1.1") return HttpVersion::k11;
  if (text == "2") return HttpVersion::k2;
  if (text == "auto") return HttpVersion::kAuto;
  return InvalidArgument(Quote(text) + " is no version of HTTP; write 1.1, 2 or auto");
}

StatusOr<ArrivalKind> ParseArrivals(std::string_view text) {
  if (text == "even") return ArrivalKind::kEven;
  if (text == "poisson") return ArrivalKind::kPoisson;
  return InvalidArgument(Quote(text) + " is no kind of arrivals; write even or poisson");
}

StatusOr<ExpectedStatuses> ParseExpect(std::string_view text) {
  ExpectedStatuses expect;
  expect.ranges.clear();
  while (true) {
    const size_t comma = text.find(',');
    ASSIGN_OR_RETURN(auto range, ParseStatusRange(Trim(text.substr(0, comma))));
    expect.ranges.push_back(range);
    if (expect.ranges.size() > 100) return InvalidArgument("more than 100 ranges of statuses");
    if (comma == text.npos) return expect;
    text.remove_prefix(comma + 1);
  }
}

std::string FormatExpect(const ExpectedStatuses& expect) {
  std::string text;
  for (const auto& [low, high] : expect.ranges) {
    if (!text.empty()) text += ',';
    text += std::to_string(low);
    if (high != low) text += "-" + std::to_string(high);
  }
  return text;
}

StatusOr<Duration> ParsePause(std::string_view text) {
  ASSIGN_OR_RETURN(const Duration pause, ParseDuration(text));
  if (pause > Duration::Seconds(86'400)) {
    return InvalidArgument(Quote(text) + " is longer than 24h");
  }
  return pause;
}

StatusOr<Duration> ParseTimeout(std::string_view text) {
  ASSIGN_OR_RETURN(const Duration timeout, ParsePause(text));
  if (timeout <= Duration()) return InvalidArgument(Quote(text) + ": it must be longer than 0s");
  return timeout;
}

StatusOr<std::pair<Duration, Duration>> ParseThink(std::string_view text) {
  const size_t dots = text.find("..");
  ASSIGN_OR_RETURN(const Duration low, ParsePause(text.substr(0, dots)));
  Duration high = low;
  if (dots != text.npos) {
    ASSIGN_OR_RETURN(high, ParsePause(text.substr(dots + 2)));
  }
  if (high < low) {
    return InvalidArgument(Quote(text) + " is no span: write the shorter first, as in 1s..3s");
  }
  return std::pair(low, high);
}

Status CheckHeader(const Header& header) {
  const auto& [name, value] = header;
  if (!IsToken(name)) return InvalidArgument(Quote(name) + " is no header name");
  const std::string lower = Lower(name);
  if (std::find(kOwnHeaders.begin(), kOwnHeaders.end(), lower) != kOwnHeaders.end()) {
    return InvalidArgument("header " + Quote(name) +
                           " frames the message and is Muster's to write; leave it out");
  }
  if (name.size() + value.size() > 32 * 1024) {
    return InvalidArgument("header " + Quote(name) + " is longer than 32 KiB");
  }
  const auto control = [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7F; };
  if (std::any_of(value.begin(), value.end(), control)) {
    return InvalidArgument("header " + Quote(name) + " has a control character in its value");
  }
  return absl::OkStatus();
}

StatusOr<Header> ParseHeaderLine(std::string_view text) {
  if (text.starts_with("http://") || text.starts_with("https://")) {
    return InvalidArgument(Quote(text) +
                           " is a URL: -H is a header here ('Name: value'), not Locust's host; the "
                           "URL is the first argument, without a flag");
  }
  const size_t colon = text.find(':');
  if (colon == text.npos)
    return InvalidArgument(Quote(text) + " is no header; write 'Name: value'");
  Header header{std::string(text.substr(0, colon)), std::string(Trim(text.substr(colon + 1)))};
  RETURN_IF_ERROR(CheckHeader(header));
  return header;
}

std::vector<Header> OverrideHeaders(std::vector<Header> base, const std::vector<Header>& own) {
  const auto named_in_own = [&](const Header& header) {
    return std::any_of(own.begin(), own.end(),
                       [&](const Header& o) { return Lower(o.first) == Lower(header.first); });
  };
  base.erase(std::remove_if(base.begin(), base.end(), named_in_own), base.end());
  base.insert(base.end(), own.begin(), own.end());
  return base;
}

StatusOr<std::string> ParseMethod(std::string_view text) {
  if (!IsToken(text) || text.size() > 32) {
    return InvalidArgument(Quote(text) + " is no HTTP method; write GET, POST or another token");
  }
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (upper == "CONNECT")
    return InvalidArgument("CONNECT opens a tunnel; it is no request to load");
  const bool known = std::find(kMethods.begin(), kMethods.end(), upper) != kMethods.end();
  return known ? upper : std::string(text);
}

Status CheckTag(std::string_view key, std::string_view value) {
  const auto word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  if (key.empty() || key.size() > kMaxNameBytes || !std::all_of(key.begin(), key.end(), word)) {
    return InvalidArgument(Quote(key) + " is no tag name; use letters, digits and '_'");
  }
  if (value.size() > kMaxNameBytes || HasControl(value)) {
    return InvalidArgument("tag " + Quote(key) +
                           ": its value is longer than 100 bytes, or has "
                           "control characters");
  }
  return absl::OkStatus();
}

StatusOr<std::pair<std::string, std::string>> ParseTag(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == text.npos) return InvalidArgument(Quote(text) + " is no tag; write key=value");
  RETURN_IF_ERROR(CheckTag(text.substr(0, equals), text.substr(equals + 1)));
  return std::pair(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
}

StatusOr<ResolveRule> ParseResolve(std::string_view text) {
  const Status bad = InvalidArgument(
      Quote(text) + " is no rule; write HOST:PORT:ADDRESS, as shop.test:80:10.0.0.7");
  size_t host_end = text.find(':');
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    host_end = close == text.npos ? text.npos : close + 1;
  }
  if (host_end == text.npos || host_end == 0 || host_end >= text.size()) return bad;
  const size_t port_end = text.find(':', host_end + 1);
  if (text[host_end] != ':' || port_end == text.npos) return bad;
  const auto port = ParseWhole(text.substr(host_end + 1, port_end - host_end - 1), 1, 65535);
  ResolveRule rule{.host = Unbracketed(text.substr(0, host_end)),
                   .port = static_cast<uint16_t>(port.value_or(0)),
                   .address = Unbracketed(text.substr(port_end + 1))};
  if (rule.port == 0 || !IsAddress(rule.address)) return bad;
  return rule;
}

Status CheckName(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes) {
    return InvalidArgument("a name has 1 to 100 bytes");
  }
  if (std::any_of(name.begin(), name.end(), BadNameChar)) {
    return InvalidArgument(Quote(CleanName(name)) +
                           " would do: a name has no '{', '}', ',' or control character");
  }
  if (Trim(name) != name) return InvalidArgument("a name has no blanks at its ends");
  return absl::OkStatus();
}

std::string CleanName(std::string_view name) {
  std::string clean(Trim(name.substr(0, kMaxNameBytes)));
  for (char& c : clean) {
    if (BadNameChar(static_cast<unsigned char>(c))) c = '_';
  }
  return clean.empty() ? "_" : clean;
}

}  // namespace muster
