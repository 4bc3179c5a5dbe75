#include "master/capacity_report/capacity_chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <vector>

#include "master/capacity_report/capacity_text.h"
#include "master/results/format.h"

namespace muster {
namespace {

constexpr size_t kAxisWidth = 9;  // of the times on the left
constexpr size_t kWidest = 72;    // columns of the field

enum class Mark : uint8_t { kNone, kLine, kMedian, kVoid, kHeld, kFailed };  // later ones hide

// A logarithmic axis of `cells` cells.
struct Axis {
  double low = 0, high = 0;
  size_t cells = 1;

  void Include(double value) {
    low = low == 0 ? value : std::min(low, value);
    high = std::max(high, value);
  }
  size_t CellOf(double value) const {
    if (!(high > low)) return 0;
    const double share = std::log(value / low) / std::log(high / low);
    const double cell = share * static_cast<double>(cells - 1);
    return static_cast<size_t>(std::lround(std::clamp(cell, 0.0, static_cast<double>(cells - 1))));
  }
  double ValueOf(size_t cell) const {
    return low * std::pow(high / low, static_cast<double>(cell) / static_cast<double>(cells - 1));
  }
};

std::optional<double> ObjectiveTime(const CapacityResult& result) {
  for (const Objective& objective : result.objectives) {
    if (objective.kind == Objective::Kind::kShare &&
        objective.share.metric == Threshold::Metric::kWithin) {
      return static_cast<double>(objective.share.within.nanos());
    }
  }
  return std::nullopt;
}

Mark MarkOf(const JudgedLevel& level) {
  if (level.judgement.verdict == LevelVerdict::kSustained) return Mark::kHeld;
  return level.judgement.verdict == LevelVerdict::kFailed ? Mark::kFailed : Mark::kVoid;
}

class Field {
 public:
  Field(const TextStyle& style, const CapacityResult& result)
      : style_(style), result_(result), objective_(ObjectiveTime(result)) {
    for (const SearchResult& search : result.searches) {
      for (const JudgedLevel& level : search.levels) Include(level.observation);
    }
    if (objective_) y_.Include(*objective_);
    const size_t room =
        style.options().width > kAxisWidth + 4 ? style.options().width - kAxisWidth - 4 : size_t{1};
    x_.cells = std::min(kWidest, room);
    y_.cells = kChartRows;
    cells_.assign(kChartRows, std::vector<Mark>(x_.cells, Mark::kNone));
  }

  bool empty() const { return !(x_.high > x_.low) || !(y_.high > y_.low) || x_.cells < 20; }

  std::string Draw() {
    for (const SearchResult& search : result_.searches) {
      for (const JudgedLevel& level : search.levels) Plot(level);
    }
    if (objective_) {
      for (size_t x = 0; x < x_.cells; ++x) Put(x, *objective_, Mark::kLine);
    }
    std::string text;
    for (size_t y = kChartRows; y-- > 0;) text += RowText(y);
    return text + AxisText() + LegendText();
  }

 private:
  void Include(const LevelObservation& level) {
    x_.Include(level.load);
    for (const double ns : {level.p50_ns, level.p99_ns}) {
      if (std::isfinite(ns) && ns > 0) y_.Include(ns);
    }
  }

  void Plot(const JudgedLevel& level) {
    const LevelObservation& seen = level.observation;
    const size_t x = x_.CellOf(seen.load);
    if (std::isfinite(seen.p50_ns) && seen.p50_ns > 0) Put(x, seen.p50_ns, Mark::kMedian);
    if (seen.p99_ns > 0) Put(x, std::isfinite(seen.p99_ns) ? seen.p99_ns : y_.high, MarkOf(level));
  }

  void Put(size_t x, double ns, Mark mark) {
    Mark& cell = cells_[y_.CellOf(ns)][x];
    cell = std::max(cell, mark);
  }

  std::string Symbol(Mark mark) const {
    const bool unicode = style_.options().unicode;
    switch (mark) {
      case Mark::kLine:
        return style_.Paint(Style::kDim, unicode ? "─" : "-");
      case Mark::kMedian:
        return style_.Paint(Style::kDim, unicode ? "·" : ".");
      case Mark::kVoid:
        return style_.Paint(Style::kWarn, "?");
      case Mark::kHeld:
        return style_.Paint(Style::kGood, unicode ? "●" : "o");
      case Mark::kFailed:
        return style_.Paint(Style::kBad, unicode ? "×" : "x");
      case Mark::kNone:
        break;
    }
    return " ";
  }

  // Times stand beside the objective's row and at the ends.
  std::string RowText(size_t y) const {
    std::string label;
    if (objective_ && y == y_.CellOf(*objective_)) {
      label = FormatLatency(static_cast<int64_t>(*objective_));
    } else if (y == 0 || y + 1 == kChartRows || y == kChartRows / 2) {
      label = FormatLatency(std::llround(y_.ValueOf(y)));
    }
    std::string line = PadLeft(label, kAxisWidth) + (style_.options().unicode ? " │" : " |");
    for (const Mark mark : cells_[y]) line += Symbol(mark);
    while (line.ends_with(' ')) line.pop_back();
    return line + "\n";
  }

  // The lowest and the highest load, and where the estimate lies.
  std::string AxisText() const {
    const bool unicode = style_.options().unicode;
    std::string line = std::string(kAxisWidth, ' ') + (unicode ? " └" : " +");
    const std::optional<double>& estimate = result_.answer.estimate;
    const bool inside = estimate && *estimate >= x_.low && *estimate <= x_.high;
    const size_t mark = inside ? x_.CellOf(*estimate) : x_.cells;
    for (size_t x = 0; x < x_.cells; ++x) {
      line += x == mark ? (unicode ? "▲" : "^") : (unicode ? "─" : "-");
    }
    const std::string low = LoadText(result_, x_.low), high = LoadText(result_, x_.high);
    std::string ends = std::string(kAxisWidth + 2, ' ') + low;
    ends += std::string(std::max<size_t>(
                            2, x_.cells - std::min(x_.cells, TextWidth(low) + TextWidth(high))),
                        ' ') +
            high;
    return line + "\n" + ends + "\n";
  }

  std::string LegendText() const {
    std::string text = std::string(kAxisWidth + 2, ' ') + "p99 of a level that held " +
                       Symbol(Mark::kHeld) + " failed " + Symbol(Mark::kFailed);
    if (Has(Mark::kVoid)) text += " void " + Symbol(Mark::kVoid);
    text += " p50 " + Symbol(Mark::kMedian);
    if (objective_) text += " objective " + Symbol(Mark::kLine);
    if (result_.answer.estimate) text += style_.options().unicode ? " estimate ▲" : " estimate ^";
    return CutToWidth(text, style_.options().width) + "\n";
  }

  bool Has(Mark mark) const {
    return std::any_of(cells_.begin(), cells_.end(), [&](const auto& row) {
      return std::find(row.begin(), row.end(), mark) != row.end();
    });
  }

  const TextStyle& style_;
  const CapacityResult& result_;
  std::optional<double> objective_;
  Axis x_, y_;
  std::vector<std::vector<Mark>> cells_;  // from below
};

}  // namespace

std::string CapacityChart(const TextStyle& style, const CapacityResult& result) {
  Field field(style, result);
  return field.empty() ? "" : field.Draw();
}

}  // namespace muster
