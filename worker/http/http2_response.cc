#include "worker/http/http2_response.h"

namespace muster {

bool Http2Response::OnHead(const Http2Head& head, bool end) {
  if (!head.well_formed) return false;
  if (status_ != 0) {
    // Trailers: they end the stream, and have no pseudo-header.
    if (head.status != 0 || !end) return false;
    if (head.content_length == -1) return OnEnd();
    return length_ == -1 && body_bytes_ == head.content_length;
  }
  // 101 does not exist in HTTP/2 (8.6).
  if (head.status < 100 || head.status > 599 || head.status == 101) return false;
  if (head.status < 200) return ++interim_ <= kMaxInterim && !end;
  return OnFinal(head) && (!end || OnEnd());
}

bool Http2Response::OnFinal(const Http2Head& head) {
  status_ = head.status;
  marks_ = head.marks;
  fields_ = head.fields;
  const bool no_content = head.status == 204;
  // RFC 9110, 8.6: none may be sent. Zero is harmless, and some send it.
  if (no_content && head.content_length > 0) return false;
  // What is told of a body that is not sent (6.4.1, 15.4.5) is not its length.
  length_ = to_head_ || no_content || head.status == 304 ? 0 : head.content_length;
  return true;
}

bool Http2Response::OnData(uint64_t bytes, bool end) {
  if (status_ == 0) return false;
  body_bytes_ += static_cast<int64_t>(bytes);
  if (length_ != -1 && body_bytes_ > length_) return false;
  return !end || OnEnd();
}

}  // namespace muster
