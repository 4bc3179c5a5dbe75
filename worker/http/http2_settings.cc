#include "worker/http/http2_settings.h"

namespace muster {
namespace {

constexpr size_t kSettingBytes = 6;

uint32_t BigEndian(std::string_view bytes) {
  uint32_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<uint8_t>(c);
  return number;
}

Http2Code TakeOne(uint32_t id, uint32_t value, Http2PeerSettings* settings) {
  switch (static_cast<Http2Setting>(id)) {
    case Http2Setting::kHeaderTableSize:
      settings->header_table_size = value;
      break;
    case Http2Setting::kEnablePush:
      if (value != 0) return Http2Code::kProtocolError;  // a server can't take a push
      break;
    case Http2Setting::kMaxConcurrentStreams:
      settings->max_streams = value;
      break;
    case Http2Setting::kInitialWindowSize:
      if (value > kHttp2MostWindow) return Http2Code::kFlowControlError;
      settings->initial_window = value;
      break;
    case Http2Setting::kMaxFrameSize:
      if (value < kHttp2FrameBytes || value > kHttp2MostFrameBytes) {
        return Http2Code::kProtocolError;
      }
      settings->max_frame_size = value;
      break;
    default:
      break;  // of what we send (6.5.2, kMaxHeaderListSize) it is advice
  }
  return Http2Code::kNoError;
}

}  // namespace

Http2Code TakeHttp2Settings(std::string_view payload, Http2PeerSettings* settings) {
  if (payload.size() % kSettingBytes != 0) return Http2Code::kFrameSizeError;
  for (; !payload.empty(); payload.remove_prefix(kSettingBytes)) {
    const Http2Code code =
        TakeOne(BigEndian(payload.substr(0, 2)), BigEndian(payload.substr(2, 4)), settings);
    if (code != Http2Code::kNoError) return code;
  }
  return Http2Code::kNoError;
}

void AppendHttp2Setting(Http2Setting id, uint32_t value, std::string* payload) {
  char number[4];
  payload->push_back(0);
  payload->push_back(static_cast<char>(id));
  WriteHttp2Number(value, number);
  payload->append(number, sizeof number);
}

}  // namespace muster
