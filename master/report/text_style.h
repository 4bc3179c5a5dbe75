// What every report for a terminal shares: its options, colours, symbols with an ASCII fall-back,
// and text measured in columns. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace muster {

struct TextOptions {
  bool color = false;   // ANSI colours
  size_t width = 80;    // columns of the terminal; lines that can be shortened or wrapped are
  bool unicode = true;  // false: ASCII alone, for locales that are not UTF-8
  std::string by{};     // tag to group requests by, beside their names; empty: none
};

enum class Style : uint8_t { kPlain, kBold, kDim, kGood, kBad, kWarn };

class TextStyle {
 public:
  explicit TextStyle(const TextOptions& options) : options_(options) {}

  const TextOptions& options() const { return options_; }
  std::string Paint(Style style, std::string_view text) const;
  std::string dot() const { return options_.unicode ? " · " : " | "; }
  std::string tick() const { return options_.unicode ? "✓" : "+"; }
  std::string cross() const { return options_.unicode ? "✗" : "x"; }
  std::string plus_minus() const { return options_.unicode ? "±" : "+-"; }
  // Text from a plan or a worker: control characters, and without `unicode` all that is not ASCII,
  // become
  // '?', so that no name moves the cursor.
  std::string Clean(std::string_view text) const;

 private:
  TextOptions options_;
};

// Columns that `text` takes: its code points, escape sequences left out. (Wide characters count as
// one.)
size_t TextWidth(std::string_view text);
std::string PadLeft(const std::string& text, size_t width);
std::string PadRight(const std::string& text, size_t width);
// At most `width` columns; the last is '~' when something was cut. Escape sequences are kept.
std::string CutToWidth(const std::string& text, size_t width);
// "label       part · part · part", wrapped between parts with the label's width as indent.
std::string LabelledLine(const TextStyle& style, const std::string& label,
                         const std::vector<std::string>& parts);

// Width of the label column.
inline constexpr size_t kLabelWidth = 12;

}  // namespace muster
