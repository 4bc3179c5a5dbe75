// HTTP/2's frames (RFC 9113, 4.1 and 6, 7): names, codes, heads; bytes to frames and back.
//
// Http2FrameReader takes bytes in any pieces. It says of each frame that its head is known, and
// then that it is whole. The payload comes with that, except DATA's and that of types that we do
// not know: nobody wants them, so they are counted and passed over.
//
// Owner: one connection. Limits: kHttp2FrameBytes of payload, the size that we announce (by
// default); the owner refuses a longer head before it calls Next again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace muster {

enum class Http2FrameType : uint8_t {
  kData,
  kHeaders,
  kPriority,
  kResetStream,
  kSettings,
  kPushPromise,
  kPing,
  kGoAway,
  kWindowUpdate,
  kContinuation,
};

namespace http2_flag {
inline constexpr uint8_t kEndStream = 0x1;
inline constexpr uint8_t kAck = 0x1;
inline constexpr uint8_t kEndHeaders = 0x4;
inline constexpr uint8_t kPadded = 0x8;
inline constexpr uint8_t kPriority = 0x20;
}  // namespace http2_flag

enum class Http2Code : uint32_t {
  kNoError,
  kProtocolError,
  kInternalError,
  kFlowControlError,
  kSettingsTimeout,
  kStreamClosed,
  kFrameSizeError,
  kRefusedStream,
  kCancel,
  kCompressionError,
  kConnectError,
  kEnhanceYourCalm,
  kInadequateSecurity,
  kHttp11Required,
};
std::string_view Http2CodeName(Http2Code code);  // as the RFC writes them

inline constexpr size_t kHttp2HeadBytes = 9;
inline constexpr uint32_t kHttp2FrameBytes = 16'384;          // SETTINGS_MAX_FRAME_SIZE's default
inline constexpr uint32_t kHttp2MostFrameBytes = 16'777'215;  // and its most
inline constexpr int64_t kHttp2FirstWindow = 65'535;
inline constexpr int64_t kHttp2MostWindow = (int64_t{1} << 31) - 1;
inline constexpr uint32_t kHttp2MostStreamId = (1u << 31) - 1;
inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

struct Http2FrameHead {
  uint32_t length = 0;
  Http2FrameType type{};
  uint8_t flags = 0;
  uint32_t stream = 0;
};

uint32_t ReadHttp2Number(const char* bytes);              // of 31 bits: the highest is reserved
void WriteHttp2Number(uint32_t value, char* four_bytes);  // all of it
void WriteHttp2Head(const Http2FrameHead& head, char* nine_bytes);
void AppendHttp2Frame(const Http2FrameHead& head, std::string_view payload, std::string* out);
// A frame whose payload is one number: RST_STREAM, WINDOW_UPDATE.
void AppendHttp2Frame(Http2FrameType type, uint32_t stream, uint32_t number, std::string* out);

class Http2FrameReader {
 public:
  enum class Event {
    kNone,  // all of the bytes are taken
    kHead,
    kFrame,
  };

  // Takes from the front of `data`. Requires: length of the last head <= kHttp2FrameBytes.
  Event Next(std::string_view* data);
  const Http2FrameHead& head() const { return head_; }
  // With kFrame: good until the next call, or the end of the bytes given.
  std::string_view payload() const { return payload_; }
  // With kFrame, of DATA with a payload: its first byte.
  uint8_t first_byte() const { return first_byte_; }

 private:
  bool ReadHead(std::string_view* data);
  bool PassOver(std::string_view* data);
  bool Gather(std::string_view* data);

  Http2FrameHead head_;
  bool in_payload_ = false;
  uint32_t left_ = 0;         // of the payload
  std::string partial_head_;  // of one that comes in pieces
  std::string gathered_;      // of a payload that does
  std::string_view payload_;
  uint8_t first_byte_ = 0;
};

}  // namespace muster
