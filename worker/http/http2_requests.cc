#include "worker/http/http2_requests.h"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "common/base/version.h"

namespace muster {
namespace {

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return lower;
}

// RFC 9113, 8.2.1: a value with blanks around makes the request malformed; in HTTP/1.1 they mean
// nothing.
std::string_view Trimmed(std::string_view value) {
  const size_t first = value.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return value.substr(first, value.find_last_not_of(" \t") - first + 1);
}

Status CheckFields(const Http1Request& request) {
  for (const auto& [name, value] : request.headers) {
    if (IsConnectionHeader(name)) {
      return InvalidArgument("header " + name +
                             ": HTTP/2 has none that concern the connection: " + "leave it out");
    }
    if (LowerCase(name) == "te" && LowerCase(Trimmed(value)) != "trailers") {
      return InvalidArgument("header " + name + ": HTTP/2 allows no value but \"trailers\"");
    }
  }
  return {};
}

// The value of `name`, which is in lower case; `otherwise` when there is none.
std::string ValueOf(const Http1Request& request, std::string_view name,
                    const std::string& otherwise) {
  for (const auto& [given, value] : request.headers) {
    if (LowerCase(given) == name) return std::string(Trimmed(value));
  }
  return otherwise;
}

bool Names(const Http1Request& request, std::string_view name) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [name](const auto& header) { return LowerCase(header.first) == name; });
}

// RFC 9110, 8.6: these announce an empty body too.
bool AnticipatesBody(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

bool IsConnectionHeader(std::string_view name) {
  constexpr std::array<std::string_view, 6> kNames = {"connection",       "keep-alive",
                                                      "proxy-connection", "transfer-encoding",
                                                      "upgrade",          "http2-settings"};
  return std::find(kNames.begin(), kNames.end(), LowerCase(name)) != kNames.end();
}

StatusOr<std::shared_ptr<const Http2Requests>> Http2Requests::Create(
    const std::vector<Http1Request>& requests, const std::string& scheme) {
  std::shared_ptr<Http2Requests> list(new Http2Requests);
  for (Http1Request request : requests) {
    RETURN_IF_ERROR(CheckFields(request));
    // What smuggles there smuggles behind a proxy that translates.
    RETURN_IF_ERROR(SerializeHttp1(request).status());
    list->Add(request, scheme);
  }
  return list;
}

void Http2Requests::Add(const Http1Request& request, const std::string& scheme) {
  std::deque<std::string> texts;  // that fields point to: they never move
  std::vector<HpackField> fields;
  const auto add = [&](std::string_view name, std::string text) {
    fields.push_back({name, texts.emplace_back(std::move(text))});
  };
  add(":method", request.method);
  add(":scheme", scheme);
  add(":authority", ValueOf(request, "host", request.authority));
  add(":path", request.path);
  if (!Names(request, "user-agent")) add("user-agent", "muster/" + std::string(kVersion));
  for (const auto& [name, value] : request.headers) {
    const std::string& lower = texts.emplace_back(LowerCase(name));
    if (lower != "host") add(lower, std::string(Trimmed(value)));
  }
  if (!Names(request, "content-length") &&
      (!request.body.empty() || AnticipatesBody(request.method))) {
    add("content-length", std::to_string(request.body.size()));
  }
  lists_.Add(fields);
  prepared_.push_back({.body = std::string(request.body), .head = request.method == "HEAD"});
}

}  // namespace muster
