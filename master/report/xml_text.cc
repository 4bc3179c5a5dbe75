#include "master/report/xml_text.h"

#include <array>
#include <cstdint>

namespace muster {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Length of the character that `text` begins with, of which XML may hold 1 to 4 bytes; 0: none.
size_t CharacterBytes(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return lead >= 0x20 || lead == '\t' || lead == '\n' || lead == '\r' ? 1 : 0;
  const size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return 0;
  uint32_t point = lead & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    point = point << 6 | (byte(i) & 0x3F);
  }
  constexpr std::array<uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  const bool refused = point == 0xFFFE || point == 0xFFFF || point > 0x10FFFF;
  return point < kLeast[bytes] || surrogate || refused ? 0 : bytes;
}

}  // namespace

std::string XmlText(std::string_view text) {
  std::string xml;
  while (!text.empty()) {
    const size_t bytes = CharacterBytes(text);
    switch (bytes == 1 ? text.front() : '\0') {
      case '&':
        xml += "&amp;";
        break;
      case '<':
        xml += "&lt;";
        break;
      case '>':
        xml += "&gt;";
        break;
      case '"':
        xml += "&quot;";
        break;
      case '\t':
      case '\n':
      case '\r':  // as they are, an attribute would turn them into spaces
        xml += "&#" + std::to_string(static_cast<int>(text.front())) + ";";
        break;
      default:
        xml += bytes == 0 ? kReplacement : text.substr(0, bytes);
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return xml;
}

}  // namespace muster
