#include "master/report/markdown_text.h"

namespace muster {

std::string MarkdownText(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      plain += ' ';
      continue;
    }
    if (std::string_view("\\`*_{}[]<>()#+-!|~&@").find(c) != std::string_view::npos) plain += '\\';
    plain += c;
  }
  return plain;
}

}  // namespace muster
