// Http2HeadReader: what the header blocks of a server mean for a client that does not keep fields:
// status, length, and whether they are well-formed (RFC 9113, 8.2 and 8.3). One connection's, in
// order, since they share a table.
//
// Answers to the same request mostly have the same block, but for a date that changes once a
// second. So the last few that changed no table are kept with what they mean: one of them that
// comes again is compared and not decoded.
//
// Owner: one connection. Limits: kMaxFieldBytes; kKept blocks of at most kMaxKeptBytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "worker/http/answer_marks.h"
#include "worker/http/field_names.h"
#include "worker/http/hpack_decoder.h"

namespace muster {

struct Http2Head {
  // False: a name or a value that may not be, a field that is about the connection, a
  // pseudo-header that is unknown, behind others or there twice, a length that is none or there
  // twice; or above the limit.
  bool well_formed = true;
  bool too_large = false;
  int status = 0;  // 0: it has none. Else three digits, as they came
  AnswerMarks marks = 0;
  FieldFingerprint fields = 0;  // of the names that are not pseudo-headers
  int64_t content_length = -1;  // -1: none. Not looked at in interim responses
  bool operator==(const Http2Head&) const = default;
};

class Http2HeadReader {
 public:
  // Of a block: names, values and 32 for each field (RFC 9113, 6.5.2).
  static constexpr size_t kMaxFieldBytes = 64 * 1024;
  static constexpr size_t kKept = 4;
  static constexpr size_t kMaxKeptBytes = 1024;

  // Nothing: the block can't be decoded, nor any later one.
  std::optional<Http2Head> Read(std::string_view block);

 private:
  struct Kept {
    std::string block;
    uint64_t state = 0;  // of the decoder
    Http2Head head;
  };
  Http2Head Decode(std::string_view block);

  HpackDecoder decoder_;
  std::array<Kept, kKept> kept_;
  size_t next_ = 0;  // the one to be replaced
};

}  // namespace muster
