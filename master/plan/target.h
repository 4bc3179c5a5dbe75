// Where a URL points: `http://host[:port][/path][?query]`, `http://[::1]:8080`, the same with
// `https` (port 443 by default), or a Unix socket, `http+unix:///run/app.sock:/path`. The fragment
// is dropped, the query kept, user info refused. No name is resolved. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/plan/plan.h"

namespace muster {

struct TargetUrl {
  Target target;
  std::string path = "/";  // origin form with the query
  bool operator==(const TargetUrl&) const = default;
};

// Errors say what is wrong and what a right URL looks like.
StatusOr<TargetUrl> ParseTargetUrl(std::string_view url);

// Whether `path` is an origin form that can be sent: begins with '/', visible ASCII without spaces
// and without a fragment.
Status CheckPath(std::string_view path);

// The target's base path and a request's path as one: "/api/" and "/x?y" give "/api/x?y"; a request
// path that begins with '?' is a query on the base. Requires `base` without a query.
std::string JoinPaths(std::string_view base, std::string_view path);

}  // namespace muster
