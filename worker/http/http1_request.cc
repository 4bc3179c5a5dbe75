#include "worker/http/http1_request.h"

#include <algorithm>

#include "common/base/version.h"

namespace muster {
namespace {

bool IsTokenChar(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenChar);
}

bool IsVisibleAscii(char c) { return c > 0x20 && c < 0x7f; }

bool IsValueChar(char c) {
  return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [lower](char x, char y) { return lower(x) == lower(y); });
}

size_t CountNamed(const Http1Request& request, std::string_view name) {
  const auto named = [name](const auto& header) { return EqualsIgnoringCase(header.first, name); };
  return static_cast<size_t>(std::count_if(request.headers.begin(), request.headers.end(), named));
}

Status CheckRequestLine(const Http1Request& request) {
  if (!IsToken(request.method)) return InvalidArgument("the method is not an HTTP token");
  if (request.method == "CONNECT") {
    return InvalidArgument("method CONNECT asks for a tunnel, which is not supported");
  }
  if (request.path.empty() || request.path.front() != '/') {
    return InvalidArgument("the path must begin with '/'");
  }
  if (!std::all_of(request.path.begin(), request.path.end(), IsVisibleAscii)) {
    return InvalidArgument(
        "the path has a space, control or non-ASCII character: percent-encode it");
  }
  if (request.path.find('#') != std::string::npos) {
    return InvalidArgument("the path has a fragment: a request cannot carry one");
  }
  if (!std::all_of(request.authority.begin(), request.authority.end(), IsVisibleAscii)) {
    return InvalidArgument("the host has a space, control or non-ASCII character");
  }
  return {};
}

// A length or a coding that does not fit the bytes sent would make the server take the end of this
// request for the beginning of another.
Status CheckFraming(const Http1Request& request) {
  if (CountNamed(request, "Transfer-Encoding") > 0) {
    return InvalidArgument("header Transfer-Encoding: bodies are sent with Content-Length");
  }
  if (CountNamed(request, "Host") > 1) return InvalidArgument("header Host is given twice");
  for (const auto& [name, value] : request.headers) {
    if (EqualsIgnoringCase(name, "Content-Length") &&
        value != std::to_string(request.body.size())) {
      return InvalidArgument("header Content-Length: " + value + " does not fit the body of " +
                             std::to_string(request.body.size()) + " bytes: leave it out");
    }
  }
  if (CountNamed(request, "Content-Length") > 1) {
    return InvalidArgument("header Content-Length is given twice");
  }
  return {};
}

Status CheckHeaders(const Http1Request& request) {
  for (const auto& [name, value] : request.headers) {
    if (!IsToken(name)) return InvalidArgument("a header's name is not an HTTP token");
    if (!std::all_of(value.begin(), value.end(), IsValueChar)) {
      return InvalidArgument("header " + name + ": its value has a control character");
    }
  }
  return CheckFraming(request);
}

// RFC 9110, 8.6: these announce an empty body too.
bool AnticipatesBody(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

StatusOr<std::string> SerializeHttp1(const Http1Request& request) {
  RETURN_IF_ERROR(CheckRequestLine(request));
  RETURN_IF_ERROR(CheckHeaders(request));
  std::string out = request.method + " " + request.path + " HTTP/1.1\r\n";
  const auto add = [&out](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
  };
  const auto absent = [&request](std::string_view name) { return CountNamed(request, name) == 0; };

  if (absent("Host")) add("Host", request.authority);
  if (absent("User-Agent")) add("User-Agent", "muster/" + std::string(kVersion));
  for (const auto& [name, value] : request.headers) add(name, value);
  if (absent("Content-Length") && (!request.body.empty() || AnticipatesBody(request.method))) {
    add("Content-Length", std::to_string(request.body.size()));
  }
  if (!request.keep_alive && absent("Connection")) add("Connection", "close");
  out.append("\r\n").append(request.body);
  return out;
}

}  // namespace muster
