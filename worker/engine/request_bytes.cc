#include "worker/engine/request_bytes.h"

#include <utility>

#include "worker/http/http1_request.h"

namespace muster {

StatusOr<std::vector<std::string>> SerializeRequests(const Plan& plan) {
  std::vector<std::string> all;
  all.reserve(plan.spec().requests.size());
  for (const RequestSpec& spec : plan.spec().requests) {
    Http1Request request;
    request.method = spec.method;
    request.path = spec.path;
    request.authority = plan.spec().target.authority;
    request.headers = spec.headers;
    request.body = spec.body;
    request.keep_alive = plan.spec().reuse_connections;
    StatusOr<std::string> bytes = SerializeHttp1(request);
    if (!bytes.ok()) {
      return InvalidArgument("request \"" + spec.name + "\": " + Message(bytes.status()));
    }
    all.push_back(*std::move(bytes));
  }
  return all;
}

}  // namespace muster
