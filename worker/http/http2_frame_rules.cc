#include "worker/http/http2_frame_rules.h"

namespace muster {
namespace {

using Type = Http2FrameType;

Http2Violation CheckPlace(const Http2FrameHead& head, bool on_stream, uint32_t next_stream) {
  if (on_stream != (head.stream != 0)) {
    return {Http2Code::kProtocolError, "a frame is on a stream that it can't be on"};
  }
  // The peer opens no streams, and does not answer what was not asked. PRIORITY is for any stream.
  const bool ours = head.stream % 2 == 1 && head.stream < next_stream;
  if (on_stream && !ours && head.type != Type::kPriority) {
    return {Http2Code::kProtocolError, "a frame is on a stream that does not exist"};
  }
  return {};
}

}  // namespace

bool BeginsHttp2(const Http2FrameHead& head) {
  return head.type == Type::kSettings && head.stream == 0 && (head.flags & http2_flag::kAck) == 0 &&
         head.length <= kHttp2FrameBytes;
}

Http2Violation CheckHttp2Head(const Http2FrameHead& head, uint32_t next_stream,
                              uint32_t block_stream) {
  if (head.length > kHttp2FrameBytes) {
    return {Http2Code::kFrameSizeError, "a frame is longer than we allow"};
  }
  if (block_stream != 0 && (head.type != Type::kContinuation || head.stream != block_stream)) {
    return {Http2Code::kProtocolError, "a header block is not continued"};
  }
  bool length_fits = true;
  bool on_stream = true;
  switch (head.type) {
    case Type::kData:
    case Type::kHeaders:
      break;
    case Type::kContinuation:
      if (block_stream == 0) return {Http2Code::kProtocolError, "CONTINUATION of nothing"};
      break;
    case Type::kPriority:
      length_fits = head.length == 5;
      break;
    case Type::kResetStream:
      length_fits = head.length == 4;
      break;
    case Type::kWindowUpdate:
      length_fits = head.length == 4;
      on_stream = head.stream != 0;  // or the connection's
      break;
    case Type::kSettings:
      length_fits = head.length == 0 || (head.flags & http2_flag::kAck) == 0;
      on_stream = false;
      break;
    case Type::kPing:
      length_fits = head.length == 8;
      on_stream = false;
      break;
    case Type::kGoAway:
      length_fits = head.length >= 8;
      on_stream = false;
      break;
    case Type::kPushPromise:
      return {Http2Code::kProtocolError, "PUSH_PROMISE, which we do not allow"};
    default:
      return {};  // a type that we do not know is ignored, wherever it is (4.1)
  }
  if (!length_fits) return {Http2Code::kFrameSizeError, "a frame's length is wrong"};
  return CheckPlace(head, on_stream, next_stream);
}

}  // namespace muster
