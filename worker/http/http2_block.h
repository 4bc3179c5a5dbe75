// Http2BlockAssembler: header blocks from the payloads of HEADERS and CONTINUATION (RFC 9113, 4.3,
// 6.2 and 6.10): padding and priority are taken off, parts are put together.
//
// Owner: one connection. Requires: heads passed CheckHttp2Head, so that nothing comes in between.
// Limits: kMaxContinuations and kMaxBytes for a block of several frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "worker/http/http2_frame_rules.h"

namespace muster {

class Http2BlockAssembler {
 public:
  static constexpr uint32_t kMaxContinuations = 64;
  static constexpr size_t kMaxBytes = 128 * 1024;

  // The next frame of a block. When there is no violation and waiting_stream() is 0, it is whole.
  Http2Violation Add(const Http2FrameHead& head, std::string_view payload);

  uint32_t waiting_stream() const { return waiting_stream_; }  // 0: no block is unfinished
  // Of the whole block; good as long as the last payload.
  std::string_view block() const { return block_; }
  bool ends_stream() const { return ends_stream_; }

 private:
  Http2Violation Begin(const Http2FrameHead& head, std::string_view payload);
  Http2Violation Continue(std::string_view payload);

  uint32_t waiting_stream_ = 0;
  bool ends_stream_ = false;
  uint32_t continuations_ = 0;
  std::string_view block_;
  std::string parts_;
};

// How many of a DATA frame's bytes are content; `first_byte`: of its payload.
Http2Violation ContentOfHttp2Data(const Http2FrameHead& head, uint8_t first_byte,
                                  uint32_t* content);

}  // namespace muster
