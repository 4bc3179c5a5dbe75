// Header blocks as their tests want them: bytes from hexadecimal, fields as lists, draws.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/random.h"
#include "tests/support/http2/http2_frames.h"
#include "worker/http/hpack_decoder.h"

namespace muster {

// The random numbers of one round of a test.
class Draws {
 public:
  explicit Draws(uint64_t round) : round_(round) {}
  size_t Below(size_t bound) {
    const uint64_t bits = RandomBits(1, RandomStream::kRequest, round_, ++draw_);
    return static_cast<size_t>(RandomBelow(bound, bits));
  }
  std::string Text(size_t size, size_t first, size_t end) {
    std::string text(size, ' ');
    for (char& c : text) c = static_cast<char>(first + Below(end - first));
    return text;
  }

 private:
  uint64_t round_;
  uint64_t draw_ = 0;
};

// "82 86" and "8286" are the same two bytes.
inline std::string FromHex(std::string_view hex) {
  std::string digits;
  for (const char c : hex) {
    if (c != ' ') digits.push_back(c);
  }
  std::string bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

// Nothing: the block is not valid.
inline std::optional<Http2Fields> DecodeFields(HpackDecoder* decoder, std::string_view block) {
  Http2Fields fields;
  HpackDecoder::Field field;
  decoder->Start(block);
  while (decoder->Next(&field)) fields.emplace_back(field.name, field.value);
  if (decoder->broken()) return std::nullopt;
  return fields;
}

}  // namespace muster
