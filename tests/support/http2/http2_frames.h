// HTTP/2 frames byte by byte, for what no library sends: malformed and hostile ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muster {

using Http2Fields = std::vector<std::pair<std::string, std::string>>;

enum class Http2Type : uint8_t {
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

inline constexpr uint8_t kHttp2EndStream = 1;
inline constexpr uint8_t kHttp2Ack = 1;
inline constexpr uint8_t kHttp2EndHeaders = 4;
inline constexpr uint8_t kHttp2Padded = 8;

std::string Http2Frame(Http2Type type, uint8_t flags, uint32_t stream, std::string_view payload);
std::string Http2Number(uint32_t value);  // four bytes
// A header block of literal fields, neither indexed nor Huffman-coded.
std::string Http2Block(const Http2Fields& fields);
// Identifier and value of each.
std::string Http2Settings(const std::vector<std::pair<uint16_t, uint32_t>>& settings);

// HEADERS with END_HEADERS, and END_STREAM if `end`.
std::string Http2Headers(uint32_t stream, const Http2Fields& fields, bool end);
std::string Http2Data(uint32_t stream, std::string_view data, bool end);
std::string Http2Reset(uint32_t stream, uint32_t code);
std::string Http2GoAway(uint32_t last_stream, uint32_t code);

// The types of the frames in `bytes`, which are whole; the client's preface is skipped.
std::vector<Http2Type> Http2Types(std::string_view bytes);

}  // namespace muster
