// What header fields say of where a response comes from, beyond its framing: a load test that
// counts such answers as successes may not be testing what it means to. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace muster {

// Bits of one response.
using AnswerMarks = uint8_t;
inline constexpr AnswerMarks kCompressed = 1;  // Content-Encoding other than identity
inline constexpr AnswerMarks kCached = 2;      // Age, or X-Cache or CF-Cache-Status with a hit

// A quick look by size: most names can mark nothing.
constexpr bool MayMark(std::string_view name) {
  constexpr uint32_t kSizes = 1u << 3 | 1u << 7 | 1u << 15 | 1u << 16;
  return name.size() < 32 && (kSizes >> name.size() & 1) != 0;
}

// 0: the field says nothing of this.
AnswerMarks MarksOf(std::string_view name, std::string_view value);

}  // namespace muster
