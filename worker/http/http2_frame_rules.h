// Which frames a server may send (RFC 9113, 5.1, 6 and 8.4), as far as their heads tell. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "worker/http/http2_frames.h"

namespace muster {

// A connection error; kNoError: none.
struct Http2Violation {
  Http2Code code = Http2Code::kNoError;
  std::string_view why{};  // of static lifetime
  bool any() const { return code != Http2Code::kNoError; }
};

// The first frame of all: SETTINGS, not acknowledging ours.
bool BeginsHttp2(const Http2FrameHead& head);

// `next_stream`: the number of the stream that we would open next. `block_stream`: whose header
// block waits for its CONTINUATION; 0: nobody's.
Http2Violation CheckHttp2Head(const Http2FrameHead& head, uint32_t next_stream,
                              uint32_t block_stream);

}  // namespace muster
