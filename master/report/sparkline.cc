#include "master/report/sparkline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace muster {
namespace {

constexpr std::array<std::string_view, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 8> kAsciiBlocks = {".", ":", "-", "=", "+", "*", "#", "@"};

size_t HeightOf(double share) {
  const auto height = static_cast<size_t>(std::ceil(share * kBlocks.size()));
  return std::clamp<size_t>(height, 1, kBlocks.size()) - 1;
}

}  // namespace

std::string Sparkline(const TextStyle& style, std::span<const SparkBar> bars, size_t columns) {
  if (bars.size() > columns) bars = bars.last(columns);
  double top = 0;
  for (const SparkBar& bar : bars) top = std::max(top, bar.value);
  const auto& blocks = style.options().unicode ? kBlocks : kAsciiBlocks;
  std::string line(columns - bars.size(), ' ');
  for (const SparkBar& bar : bars) {
    if (bar.bad) {
      line += style.Paint(Style::kBad, style.options().unicode ? "×" : "x");
    } else {
      line += bar.value > 0 ? blocks[HeightOf(bar.value / top)] : std::string_view(" ");
    }
  }
  return line;
}

}  // namespace muster
