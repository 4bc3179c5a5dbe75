// Http2Response: the frames of one stream's response, in order, as a message (RFC 9113, 8.1 and
// 8.1.1): interim heads, the head, the body, trailers; and whether it is malformed. A value; knows
// nothing of fields and bytes but what Http2Head says.
#pragma once

#include <cstdint>

#include "worker/http/http2_head_reader.h"

namespace muster {

class Http2Response {
 public:
  static constexpr int kMaxInterim = 32;

  // `to_head`: the request was a HEAD.
  explicit Http2Response(bool to_head = false) : to_head_(to_head) {}

  // Each returns false when the response is malformed (a stream error); nothing may follow.
  bool OnHead(const Http2Head& head, bool end);
  bool OnData(uint64_t bytes, bool end);  // of content, without padding

  int status() const { return status_; }               // of the final head; 0: it has not come
  AnswerMarks marks() const { return marks_; }         // of the final head
  FieldFingerprint fields() const { return fields_; }  // likewise

 private:
  bool OnFinal(const Http2Head& head);
  // A body of `length_` bytes has to be whole when it ends.
  bool OnEnd() const { return status_ != 0 && (length_ == -1 || body_bytes_ == length_); }

  int64_t length_ = -1;  // -1: any
  int64_t body_bytes_ = 0;
  int status_ = 0;
  int interim_ = 0;
  AnswerMarks marks_ = 0;
  FieldFingerprint fields_ = 0;
  bool to_head_ = false;
};

}  // namespace muster
