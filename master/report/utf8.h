// UTF-8, one character at a time, for text that came from outside. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace muster {

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

struct Utf8Character {
  size_t bytes = 0;  // 1 to 4; 0: what is there is no character (RFC 3629)
  uint32_t point = 0;
};

// The character that `text` begins with. Requires a text that is not empty.
Utf8Character FirstCharacter(std::string_view text);

// `text` with each byte that belongs to no character replaced by U+FFFD.
std::string ValidUtf8(std::string_view text);

}  // namespace muster
