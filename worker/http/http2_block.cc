#include "worker/http/http2_block.h"

namespace muster {
namespace {

constexpr size_t kPriorityBytes = 5;

}  // namespace

Http2Violation Http2BlockAssembler::Add(const Http2FrameHead& head, std::string_view payload) {
  const bool begins = head.type == Http2FrameType::kHeaders;
  const Http2Violation violation = begins ? Begin(head, payload) : Continue(payload);
  const bool ended = (head.flags & http2_flag::kEndHeaders) != 0;
  waiting_stream_ = ended ? 0 : head.stream;
  if (begins && !ended) parts_.assign(block_);
  if (!begins) block_ = parts_;
  return violation;
}

Http2Violation Http2BlockAssembler::Begin(const Http2FrameHead& head, std::string_view payload) {
  size_t front = 0;
  size_t padding = 0;
  if ((head.flags & http2_flag::kPadded) != 0) {
    if (payload.empty()) return {Http2Code::kFrameSizeError, "HEADERS: no length of its padding"};
    padding = static_cast<uint8_t>(payload[0]);
    front = 1;
  }
  if ((head.flags & http2_flag::kPriority) != 0) front += kPriorityBytes;
  if (front > payload.size()) return {Http2Code::kFrameSizeError, "HEADERS: no priority"};
  if (front + padding > payload.size()) {
    return {Http2Code::kProtocolError, "HEADERS: more padding than frame"};
  }
  block_ = payload.substr(front, payload.size() - front - padding);
  ends_stream_ = (head.flags & http2_flag::kEndStream) != 0;
  continuations_ = 0;
  return {};
}

Http2Violation Http2BlockAssembler::Continue(std::string_view payload) {
  if (++continuations_ > kMaxContinuations) {
    return {Http2Code::kEnhanceYourCalm, "CONTINUATION: too many"};
  }
  if (parts_.size() + payload.size() > kMaxBytes) {
    return {Http2Code::kEnhanceYourCalm, "CONTINUATION: too many bytes"};
  }
  parts_.append(payload);
  return {};
}

Http2Violation ContentOfHttp2Data(const Http2FrameHead& head, uint8_t first_byte,
                                  uint32_t* content) {
  *content = head.length;
  if ((head.flags & http2_flag::kPadded) == 0) return {};
  if (head.length == 0) return {Http2Code::kFrameSizeError, "DATA: no length of its padding"};
  const uint32_t padding = uint32_t{1} + first_byte;
  if (padding > head.length) return {Http2Code::kProtocolError, "DATA: more padding than frame"};
  *content -= padding;
  return {};
}

}  // namespace muster
