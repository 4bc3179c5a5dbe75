#include "worker/http/http2_frames.h"

#include <algorithm>
#include <array>

namespace muster {
namespace {

uint32_t Byte(const char* at) { return static_cast<uint8_t>(*at); }

Http2FrameHead ParseHead(const char* bytes) {
  return {.length = Byte(bytes) << 16 | Byte(bytes + 1) << 8 | Byte(bytes + 2),
          .type = static_cast<Http2FrameType>(bytes[3]),
          .flags = static_cast<uint8_t>(bytes[4]),
          .stream = ReadHttp2Number(bytes + 5)};
}

bool IsGathered(Http2FrameType type) {
  return type != Http2FrameType::kData && type <= Http2FrameType::kContinuation;
}

}  // namespace

std::string_view Http2CodeName(Http2Code code) {
  constexpr std::array<std::string_view, 14> kNames = {"NO_ERROR",
                                                       "PROTOCOL_ERROR",
                                                       "INTERNAL_ERROR",
                                                       "FLOW_CONTROL_ERROR",
                                                       "SETTINGS_TIMEOUT",
                                                       "STREAM_CLOSED",
                                                       "FRAME_SIZE_ERROR",
                                                       "REFUSED_STREAM",
                                                       "CANCEL",
                                                       "COMPRESSION_ERROR",
                                                       "CONNECT_ERROR",
                                                       "ENHANCE_YOUR_CALM",
                                                       "INADEQUATE_SECURITY",
                                                       "HTTP_1_1_REQUIRED"};
  return kNames[static_cast<size_t>(code)];
}

uint32_t ReadHttp2Number(const char* bytes) {
  return (Byte(bytes) << 24 | Byte(bytes + 1) << 16 | Byte(bytes + 2) << 8 | Byte(bytes + 3)) &
         0x7fffffff;
}

void WriteHttp2Number(uint32_t value, char* four_bytes) {
  for (int i = 0; i < 4; ++i) four_bytes[i] = static_cast<char>(value >> (24 - 8 * i));
}

void WriteHttp2Head(const Http2FrameHead& head, char* nine_bytes) {
  WriteHttp2Number(head.length << 8 | static_cast<uint32_t>(head.type), nine_bytes);
  nine_bytes[4] = static_cast<char>(head.flags);
  WriteHttp2Number(head.stream, nine_bytes + 5);
}

void AppendHttp2Frame(const Http2FrameHead& head, std::string_view payload, std::string* out) {
  char bytes[kHttp2HeadBytes];
  WriteHttp2Head(head, bytes);
  out->append(bytes, kHttp2HeadBytes).append(payload);
}

void AppendHttp2Frame(Http2FrameType type, uint32_t stream, uint32_t number, std::string* out) {
  char payload[4];
  WriteHttp2Number(number, payload);
  AppendHttp2Frame({.length = 4, .type = type, .stream = stream}, {payload, 4}, out);
}

Http2FrameReader::Event Http2FrameReader::Next(std::string_view* data) {
  if (!in_payload_) {
    if (!ReadHead(data)) return Event::kNone;
    in_payload_ = true;
    left_ = head_.length;
    return Event::kHead;
  }
  if (!(IsGathered(head_.type) ? Gather(data) : PassOver(data))) return Event::kNone;
  in_payload_ = false;
  return Event::kFrame;
}

bool Http2FrameReader::ReadHead(std::string_view* data) {
  if (partial_head_.empty() && data->size() >= kHttp2HeadBytes) {
    head_ = ParseHead(data->data());
    data->remove_prefix(kHttp2HeadBytes);
    return true;
  }
  const size_t size = std::min(data->size(), kHttp2HeadBytes - partial_head_.size());
  partial_head_.append(data->substr(0, size));
  data->remove_prefix(size);
  if (partial_head_.size() < kHttp2HeadBytes) return false;
  head_ = ParseHead(partial_head_.data());
  partial_head_.clear();
  return true;
}

bool Http2FrameReader::PassOver(std::string_view* data) {
  if (left_ == head_.length && !data->empty()) first_byte_ = static_cast<uint8_t>((*data)[0]);
  const size_t size = std::min<size_t>(data->size(), left_);
  data->remove_prefix(size);
  left_ -= static_cast<uint32_t>(size);
  payload_ = {};
  return left_ == 0;
}

bool Http2FrameReader::Gather(std::string_view* data) {
  if (left_ == head_.length) gathered_.clear();
  const size_t size = std::min<size_t>(data->size(), left_);
  const bool whole = size == head_.length;
  payload_ = data->substr(0, size);
  data->remove_prefix(size);
  left_ -= static_cast<uint32_t>(size);
  if (whole) return true;
  gathered_.append(payload_);
  payload_ = gathered_;
  return left_ == 0;
}

}  // namespace muster
