#include "worker/engine/request_bytes.h"

#include <utility>

#include "worker/http/http1_request.h"

namespace muster {

namespace {

Http1Request RequestOf(const Plan& plan, const RequestSpec& spec) {
  Http1Request request;
  request.method = spec.method;
  request.path = spec.path;
  request.authority = plan.spec().target.authority;
  request.headers = spec.headers;
  request.body = spec.body;
  request.keep_alive = plan.spec().reuse_connections;
  return request;
}

}  // namespace

StatusOr<std::vector<std::string>> SerializeRequests(const Plan& plan) {
  std::vector<std::string> all;
  all.reserve(plan.spec().requests.size());
  for (const RequestSpec& spec : plan.spec().requests) {
    StatusOr<std::string> bytes = SerializeHttp1(RequestOf(plan, spec));
    if (!bytes.ok()) {
      return InvalidArgument("request \"" + spec.name + "\": " + Message(bytes.status()));
    }
    all.push_back(*std::move(bytes));
  }
  return all;
}

StatusOr<std::shared_ptr<const Http2Requests>> PrepareHttp2(const Plan& plan) {
  std::vector<Http1Request> all;
  for (const RequestSpec& spec : plan.spec().requests) all.push_back(RequestOf(plan, spec));
  return Http2Requests::Create(all, plan.spec().target.tls ? "https" : "http");
}

}  // namespace muster
