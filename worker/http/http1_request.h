// Serialises a request to HTTP/1.1 bytes, once per request of the plan; the engine sends the same
// bytes again and again. Adds Host, User-Agent ("muster/<version>") and Content-Length (for a body,
// and for POST, PUT and PATCH without one) unless the user's own headers name them, and
// "Connection: close" when connections are not reused. Refuses what would smuggle: CR, LF, NUL or
// another control character in method, path, host, names or values, a method or name that is not a
// token, a path that is not origin form, CONNECT, Transfer-Encoding, a Content-Length that does not
// fit the body, a second Host. A pure function; errors are InvalidArgument and say what to change.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/status.h"

namespace muster {

struct Http1Request {
  std::string method;
  std::string path;       // origin form, with the query
  std::string authority;  // for Host
  std::span<const std::pair<std::string, std::string>> headers;
  std::string_view body;
  bool keep_alive = true;
};

StatusOr<std::string> SerializeHttp1(const Http1Request& request);

}  // namespace muster
