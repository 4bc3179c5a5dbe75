#include "master/plan/target.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace muster {
namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";
constexpr std::string_view kUnix = "http+unix://";
constexpr size_t kMaxSocketPath = 107;  // sun_path of Linux, less its NUL
constexpr size_t kMaxHost = 253;

std::string Quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

Status BadUrl(std::string_view url, const std::string& reason) {
  return InvalidArgument("target " + Quoted(url) + ": " + reason);
}

bool IsVisible(char c) { return c > ' ' && c < '\x7F'; }

// Says what to write instead of a URL without one of the schemes.
Status BadScheme(std::string_view url) {
  const size_t colon = url.find("://");
  if (colon == url.npos) {
    return BadUrl(url, "has no scheme; did you mean " + Quoted("http://" + std::string(url)) + "?");
  }
  std::string scheme(url.substr(0, colon));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (scheme == "http" || scheme == "https" || scheme == "http+unix") {
    return BadUrl(url, "write the scheme in lower case");
  }
  return BadUrl(
      url, "unknown scheme " + Quoted(scheme) + "; http://, https:// and http+unix:// are known");
}

std::optional<uint16_t> ParsePort(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (port == 0 || port > 65535) return std::nullopt;
  return static_cast<uint16_t>(port);
}

bool IsHostName(std::string_view host) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
  };
  return !host.empty() && host.size() <= kMaxHost && std::all_of(host.begin(), host.end(), allowed);
}

bool IsIpv6(std::string_view host) {
  in6_addr ignored;
  return inet_pton(AF_INET6, std::string(host).c_str(), &ignored) == 1;
}

// Fills in host, port and authority from "host[:port]" or "[address][:port]"; `target.tls` is set.
Status ParseAuthority(std::string_view url, std::string_view authority, Target& target) {
  const uint16_t default_port = target.tls ? 443 : 80;
  target.port = default_port;
  if (authority.find('@') != authority.npos) {
    return BadUrl(url, "a name or password in a URL is not sent; use an Authorization header");
  }
  std::string_view port;
  const bool bracketed = authority.starts_with('[');
  if (bracketed) {
    const size_t close = authority.find(']');
    if (close == authority.npos) return BadUrl(url, "'[' is never closed");
    target.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
    if (!IsIpv6(target.host)) return BadUrl(url, "not an IPv6 address: " + Quoted(target.host));
  } else {
    const size_t colon = std::min(authority.find(':'), authority.size());
    target.host = authority.substr(0, colon);
    port = authority.substr(colon);
    if (port.find(':', 1) != port.npos) {
      return BadUrl(url, "an IPv6 address goes in brackets: http://[::1]:8080");
    }
    if (target.host.empty()) return BadUrl(url, "the host is missing");
    if (!IsHostName(target.host)) return BadUrl(url, "not a host name: " + Quoted(target.host));
  }
  if (!port.empty()) {
    const auto number = port.starts_with(':') ? ParsePort(port.substr(1)) : std::nullopt;
    if (!number) return BadUrl(url, "not a port (1 to 65535): " + Quoted(port));
    target.port = *number;
  }
  target.authority = bracketed ? "[" + target.host + "]" : target.host;
  if (target.port != default_port) target.authority += ":" + std::to_string(target.port);
  return absl::OkStatus();
}

StatusOr<std::string> PathOf(std::string_view url, std::string_view rest) {
  std::string path = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  const Status checked = CheckPath(path);
  if (!checked.ok()) return BadUrl(url, Message(checked));
  return path;
}

// "/run/app.sock:/path": the path of the socket ends at the first ":/", a ":?" or the end.
StatusOr<TargetUrl> ParseUnixUrl(std::string_view url, std::string_view rest) {
  if (!rest.starts_with('/')) {
    return BadUrl(url, "the socket's path must be absolute: http+unix:///run/app.sock:/path");
  }
  const size_t end = std::min(std::min(rest.find(":/"), rest.find(":?")), rest.size());
  TargetUrl result;
  result.target.kind = Target::Kind::kUnix;
  result.target.socket_path = rest.substr(0, end);
  result.target.authority = "localhost";
  if (result.target.socket_path.size() > kMaxSocketPath) {
    return BadUrl(url, "the socket's path is longer than 107 bytes, the system's limit");
  }
  if (result.target.socket_path.back() == '/') {
    return BadUrl(url, "the socket's path names a folder");
  }
  if (end < rest.size()) {
    ASSIGN_OR_RETURN(result.path, PathOf(url, rest.substr(end + 1)));
  }
  return result;
}

}  // namespace

Status CheckPath(std::string_view path) {
  if (!path.starts_with('/')) return InvalidArgument("the path must begin with '/'");
  for (const char c : path) {
    if (c == ' ') return InvalidArgument("a space in a path is written %20");
    if (c == '#') return InvalidArgument("a '#' in a path is written %23");
    if (!IsVisible(c)) {
      return InvalidArgument("a path is visible ASCII; percent-encode other bytes");
    }
  }
  return absl::OkStatus();
}

StatusOr<TargetUrl> ParseTargetUrl(std::string_view url) {
  const std::string_view whole = url;
  url = url.substr(0, url.find('#'));
  if (url.find(' ') != url.npos) return BadUrl(whole, "a URL has no spaces; write %20 in its path");
  if (!std::all_of(url.begin(), url.end(), IsVisible)) {
    return BadUrl(whole, "a URL is visible ASCII; percent-encode other bytes");
  }
  if (url.starts_with(kUnix)) return ParseUnixUrl(whole, url.substr(kUnix.size()));
  TargetUrl result;
  result.target.tls = url.starts_with(kHttps);
  if (!url.starts_with(kHttp) && !result.target.tls) return BadScheme(whole);
  url.remove_prefix(result.target.tls ? kHttps.size() : kHttp.size());
  const size_t end = std::min(url.find_first_of("/?"), url.size());
  RETURN_IF_ERROR(ParseAuthority(whole, url.substr(0, end), result.target));
  ASSIGN_OR_RETURN(result.path, PathOf(whole, url.substr(end)));
  return result;
}

std::string JoinPaths(std::string_view base, std::string_view path) {
  if (path.starts_with('?')) return std::string(base) + std::string(path);
  if (base.ends_with('/')) base.remove_suffix(1);
  return std::string(base) + std::string(path);
}

}  // namespace muster
