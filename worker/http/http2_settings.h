// The peer's SETTINGS (RFC 9113, 6.5): what a client has to keep to. Values; pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "worker/http/http2_frames.h"

namespace muster {

enum class Http2Setting : uint16_t {
  kHeaderTableSize = 1,
  kEnablePush = 2,
  kMaxConcurrentStreams = 3,
  kInitialWindowSize = 4,
  kMaxFrameSize = 5,
  kMaxHeaderListSize = 6,
};

struct Http2PeerSettings {
  uint32_t header_table_size = 4096;
  uint32_t max_streams = UINT32_MAX;  // without a value: no limit
  int64_t initial_window = kHttp2FirstWindow;
  uint32_t max_frame_size = kHttp2FrameBytes;
  bool operator==(const Http2PeerSettings&) const = default;
};

// Takes what `payload` of a SETTINGS frame changes; unknown settings change nothing. Anything but
// kNoError: a connection error of that kind, and `settings` are not to be used.
Http2Code TakeHttp2Settings(std::string_view payload, Http2PeerSettings* settings);

void AppendHttp2Setting(Http2Setting id, uint32_t value, std::string* payload);

}  // namespace muster
