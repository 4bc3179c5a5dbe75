#include "tests/support/http2/http2_frames.h"

namespace muster {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

char Byte(size_t value) { return static_cast<char>(static_cast<uint8_t>(value)); }

// RFC 7541, 5.1 and 5.2: a string's length with a prefix of 7 bits, then the string.
void AppendString(std::string* block, std::string_view text) {
  size_t length = text.size();
  if (length < 127) {
    block->push_back(Byte(length));
  } else {
    block->push_back(Byte(127));
    for (length -= 127; length >= 128; length /= 128) block->push_back(Byte(length % 128 + 128));
    block->push_back(Byte(length));
  }
  block->append(text);
}

}  // namespace

std::string Http2Number(uint32_t value) {
  return {Byte(value >> 24), Byte(value >> 16), Byte(value >> 8), Byte(value)};
}

std::string Http2Frame(Http2Type type, uint8_t flags, uint32_t stream, std::string_view payload) {
  std::string frame = Http2Number(static_cast<uint32_t>(payload.size())).substr(1);
  frame.push_back(Byte(static_cast<size_t>(type)));
  frame.push_back(Byte(flags));
  return frame.append(Http2Number(stream)).append(payload);
}

std::string Http2Block(const Http2Fields& fields) {
  std::string block;
  for (const auto& [name, value] : fields) {
    block.push_back(0);  // literal without indexing, new name
    AppendString(&block, name);
    AppendString(&block, value);
  }
  return block;
}

std::string Http2Settings(const std::vector<std::pair<uint16_t, uint32_t>>& settings) {
  std::string payload;
  for (const auto& [id, value] : settings) {
    payload.append({Byte(id >> 8), Byte(id)}).append(Http2Number(value));
  }
  return Http2Frame(Http2Type::kSettings, 0, 0, payload);
}

std::string Http2Headers(uint32_t stream, const Http2Fields& fields, bool end) {
  const auto flags = static_cast<uint8_t>(kHttp2EndHeaders | (end ? kHttp2EndStream : 0));
  return Http2Frame(Http2Type::kHeaders, flags, stream, Http2Block(fields));
}

std::string Http2Data(uint32_t stream, std::string_view data, bool end) {
  return Http2Frame(Http2Type::kData, end ? kHttp2EndStream : 0, stream, data);
}

std::string Http2Reset(uint32_t stream, uint32_t code) {
  return Http2Frame(Http2Type::kResetStream, 0, stream, Http2Number(code));
}

std::string Http2GoAway(uint32_t last_stream, uint32_t code) {
  return Http2Frame(Http2Type::kGoAway, 0, 0, Http2Number(last_stream) + Http2Number(code));
}

std::vector<Http2Type> Http2Types(std::string_view bytes) {
  if (bytes.substr(0, kPreface.size()) == kPreface) bytes.remove_prefix(kPreface.size());
  std::vector<Http2Type> types;
  while (bytes.size() >= 9) {
    const auto at = [bytes](size_t i) { return size_t{static_cast<uint8_t>(bytes[i])}; };
    types.push_back(static_cast<Http2Type>(bytes[3]));
    bytes.remove_prefix(9 + (at(0) << 16 | at(1) << 8 | at(2)));
  }
  return types;
}

}  // namespace muster
