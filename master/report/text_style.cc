#include "master/report/text_style.h"

#include <algorithm>

namespace muster {
namespace {

constexpr char kEscape = '\x1b';

std::string_view CodeOf(Style style) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kBold:
      return "\x1b[1m";
    case Style::kDim:
      return "\x1b[2m";
    case Style::kGood:
      return "\x1b[32m";
    case Style::kBad:
      return "\x1b[1;31m";
    case Style::kWarn:
      return "\x1b[33m";
  }
  return "";
}

// Length in bytes of what stands at `at`: an escape sequence, or one code point.
size_t UnitLength(std::string_view text, size_t at) {
  size_t end = at + 1;
  if (text[at] == kEscape) {
    while (end < text.size() && !(text[end] >= '@' && text[end] <= '~' && text[end] != '[')) ++end;
    return std::min(end + 1, text.size()) - at;
  }
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
  return end - at;
}

}  // namespace

std::string TextStyle::Paint(Style style, std::string_view text) const {
  if (!options_.color || style == Style::kPlain || text.empty()) return std::string(text);
  return std::string(CodeOf(style)) + std::string(text) + "\x1b[0m";
}

std::string TextStyle::Clean(std::string_view text) const {
  std::string clean;
  for (size_t at = 0; at < text.size();) {
    // An escape is not given the length of its sequence here: it is a character like any other.
    const auto byte = static_cast<unsigned char>(text[at]);
    const size_t length = byte == kEscape ? 1 : UnitLength(text, at);
    const bool c1_control =
        byte == 0xc2 && length == 2 && static_cast<unsigned char>(text[at + 1]) < 0xa0;
    const bool stray = byte >= 0x80 && (byte < 0xc2 || length == 1);
    const bool hidden = byte < 0x20 || byte == 0x7f || c1_control || stray;
    if (hidden || (byte >= 0x80 && !options_.unicode)) {
      clean += '?';
    } else {
      clean += text.substr(at, length);
    }
    at += length;
  }
  return clean;
}

size_t TextWidth(std::string_view text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size(); at += UnitLength(text, at)) {
    if (text[at] != kEscape) ++width;
  }
  return width;
}

std::string PadLeft(const std::string& text, size_t width) {
  const size_t own = TextWidth(text);
  return own >= width ? text : std::string(width - own, ' ') + text;
}

std::string PadRight(const std::string& text, size_t width) {
  const size_t own = TextWidth(text);
  return own >= width ? text : text + std::string(width - own, ' ');
}

std::string CutToWidth(const std::string& text, size_t width) {
  if (TextWidth(text) <= width) return text;
  std::string cut;
  size_t columns = 0;
  for (size_t at = 0; at < text.size(); at += UnitLength(text, at)) {
    const bool escape = text[at] == kEscape;
    if (!escape && ++columns > width) continue;
    cut += !escape && columns == width ? "~" : text.substr(at, UnitLength(text, at));
  }
  return cut;
}

std::string LabelledLine(const TextStyle& style, const std::string& label,
                         const std::vector<std::string>& parts) {
  std::string text;
  std::string line = style.Paint(Style::kBold, PadRight(label, kLabelWidth));
  bool fresh = true;
  for (const std::string& part : parts) {
    const std::string joint = fresh ? "" : style.dot();
    if (!fresh && TextWidth(line) + TextWidth(joint) + TextWidth(part) > style.options().width) {
      text += line + "\n";
      line = std::string(kLabelWidth, ' ') + part;
      continue;
    }
    line += joint + part;
    fresh = false;
  }
  return text + line + "\n";
}

}  // namespace muster
