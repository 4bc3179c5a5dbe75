// Http2Requests: the requests of a plan as HTTP/2 header lists and bodies, made once and submitted
// again and again. Adds User-Agent and Content-Length as SerializeHttp1 does; Host
// becomes :authority.
//
// Immutable: shared by all clients of a thread, or of all threads. Outlives the streams that were
// submitted from it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "worker/http/hpack_encoder.h"
#include "worker/http/http1_request.h"

namespace muster {

// Whether HTTP/2 has no place for this header (RFC 9113, 8.2.2), whatever its case: it is about the
// connection, which streams share.
bool IsConnectionHeader(std::string_view name);

class Http2Requests {
 public:
  struct Prepared {
    std::string body;
    bool head = false;  // it is a HEAD: its response has no body
  };

  // One per request of the plan, in its order. `scheme` is "http" or "https". Names go out in lower
  // case, values without blanks around. Refused, as InvalidArgument that says what to change: what
  // SerializeHttp1 refuses, connection headers, and TE but "trailers".
  static StatusOr<std::shared_ptr<const Http2Requests>> Create(
      const std::vector<Http1Request>& requests, const std::string& scheme);
  Http2Requests(const Http2Requests&) = delete;
  Http2Requests& operator=(const Http2Requests&) = delete;

  size_t size() const { return prepared_.size(); }
  const HpackLists& lists() const { return lists_; }  // by the same numbers
  const Prepared& operator[](uint32_t kind) const { return prepared_[kind]; }

 private:
  Http2Requests() = default;
  void Add(const Http1Request& request, const std::string& scheme);

  HpackLists lists_;
  std::vector<Prepared> prepared_;
};

}  // namespace muster
