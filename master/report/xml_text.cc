#include "master/report/xml_text.h"

#include <cstddef>

#include "master/report/utf8.h"

namespace muster {
namespace {

// Length of the character that `text` begins with; 0: none, or one that XML can't hold.
size_t XmlCharacterBytes(std::string_view text) {
  const Utf8Character first = FirstCharacter(text);
  const bool control =
      first.point < 0x20 && first.point != '\t' && first.point != '\n' && first.point != '\r';
  return control || first.point == 0xFFFE || first.point == 0xFFFF ? 0 : first.bytes;
}

}  // namespace

std::string XmlText(std::string_view text) {
  std::string xml;
  while (!text.empty()) {
    const size_t bytes = XmlCharacterBytes(text);
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
        xml += bytes == 0 ? kReplacementCharacter : text.substr(0, bytes);
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return xml;
}

}  // namespace muster
