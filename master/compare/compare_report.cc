#include "master/compare/compare_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "master/report/markdown_text.h"
#include "master/results/format.h"

namespace muster {
namespace {

constexpr size_t kMaxRequestRows = 50;
constexpr size_t kWidestRequest = 32;
using Row = std::vector<std::string>;

std::string LabelOf(CompareMetric metric) {
  constexpr std::array<const char*, kCompareMetrics> kLabels = {
      "response p50", "response p95", "response p99", "response mean", "error rate", "rate"};
  return kLabels[static_cast<size_t>(metric)];
}

std::string ValueText(CompareMetric metric, const std::optional<double>& value) {
  if (!value) return "-";
  if (metric == CompareMetric::kErrorRate) return FormatShare(*value);
  if (metric == CompareMetric::kRate) return FormatRatePerSecond(*value);
  return FormatLatency(std::llround(*value));
}

// A side without any figure: its runs had nothing, or their percentiles lie among the failed.
std::string SideText(const Comparison& c, const MetricChange& change, bool base) {
  const auto& typical = base ? change.base_typical : change.changed_typical;
  if (typical) return ValueText(change.metric, typical);
  const std::vector<RunFigures>& runs = base ? c.base : c.changed;
  const bool due = change.request.empty() && runs[0].all.due > 0;
  return due && change.metric <= CompareMetric::kP99 ? "failed" : "-";
}

// 1.0213 -> "+2.1 %"
std::string RatioText(double ratio) {
  char buffer[32];
  const double percent = (ratio - 1) * 100;
  if (percent >= 1000) {
    std::snprintf(buffer, sizeof buffer, "x%.0f", ratio);
  } else {
    std::snprintf(buffer, sizeof buffer, "%+.1f %%", percent);
  }
  return buffer;
}

std::string PointsText(double points) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%+.2f points", points * 100);
  return buffer;
}

std::string ChangeText(const MetricChange& change) {
  if (!change.base_typical || !change.changed_typical) return "-";
  if (change.metric == CompareMetric::kErrorRate) {
    return PointsText(*change.changed_typical - *change.base_typical);
  }
  return RatioText(*change.ratio);
}

// 0.05 -> "5 %"
std::string LimitText(double share) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%g %%", share * 100);
  return buffer;
}

std::string IntervalText(const MetricChange& change) {
  // Of smoothed error rates the ratio says little to people.
  if (!change.ratio_interval || change.metric == CompareMetric::kErrorRate) return "";
  return RatioText(change.ratio_interval->low) + " to " + RatioText(change.ratio_interval->high);
}

// Of the side that the change points to.
std::string ProbabilityText(const MetricChange& change) {
  if (!change.p_worse) return "";
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.3f", std::min(*change.p_worse, *change.p_better));
  return buffer;
}

std::string WordOf(Change change) {
  switch (change) {
    case Change::kNotJudged:
      return "";
    case Change::kNone:
      return "";
    case Change::kWorse:
      return "worse";
    case Change::kBetter:
      return "better";
  }
  return "";
}

Style MoodOfChange(Change change) {
  if (change == Change::kWorse) return Style::kBad;
  return change == Change::kBetter ? Style::kGood : Style::kPlain;
}

Row MetricRow(const Comparison& c, const MetricChange& change) {
  return {LabelOf(change.metric), SideText(c, change, true), SideText(c, change, false),
          ChangeText(change),     IntervalText(change),      ProbabilityText(change),
          WordOf(change.change)};
}

std::vector<const MetricChange*> WholeRun(const Comparison& c) {
  std::vector<const MetricChange*> all;
  for (const MetricChange& change : c.metrics) {
    if (change.request.empty()) all.push_back(&change);
  }
  return all;
}

// The table of the whole run: its head, then a row a metric. Without a verdict there is no interval
// and no p.
std::vector<Row> MetricRows(const Comparison& c) {
  std::vector<Row> rows = {{"", "base", "new", "change", "95 % interval", "p", ""}};
  for (const MetricChange* change : WholeRun(c)) rows.push_back(MetricRow(c, *change));
  if (!c.judged) {
    for (Row& row : rows) row.resize(4);
  }
  return rows;
}

// One row a request: its change in each metric.
struct RequestRow {
  std::string name;
  std::vector<const MetricChange*> changes;
};

std::vector<RequestRow> RequestRows(const Comparison& c) {
  std::vector<RequestRow> rows;
  for (const MetricChange& change : c.metrics) {
    if (change.request.empty()) continue;
    auto row = std::find_if(rows.begin(), rows.end(),
                            [&](const RequestRow& r) { return r.name == change.request; });
    if (row == rows.end()) row = rows.insert(rows.end(), RequestRow{change.request, {}});
    row->changes.push_back(&change);
  }
  return rows;
}

std::string Headline(const Comparison& c) {
  if (c.regression()) return "REGRESSION";
  return c.judged ? "NO REGRESSION" : "NOT JUDGED";
}

std::string Basis(const Comparison& c, const std::string& dot) {
  const auto runs = [](const std::vector<RunFigures>& side) {
    return std::to_string(side.size()) + (side.size() == 1 ? " run" : " runs");
  };
  std::string text = runs(c.base) + " against " + runs(c.changed);
  if (c.judged) {
    text += dot + (c.regression() ? "worse by more than " : "none by more than ") +
            LimitText(c.options.size) + " at p <= " + LimitText(c.options.alpha);
    if (c.interleaved.value_or(false)) text += dot + "interleaved";
  }
  return text;
}

// The two sides' runs, so that a reader knows what was compared.
std::string SourcesOf(const std::vector<RunFigures>& runs) {
  constexpr size_t kShown = 4;
  std::string text;
  for (size_t i = 0; i < std::min(runs.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + runs[i].source;
  }
  if (runs.size() > kShown) text += " and " + std::to_string(runs.size() - kShown) + " more";
  return text;
}

// What these runs are too few, or too noisy, to rule out: no change was shown, which is not to say
// that there is none. Empty: nothing beyond the size asked for.
std::string NotExcluded(const Comparison& c) {
  if (!c.judged || c.regression()) return "";
  std::string parts;
  for (const MetricChange* change : WholeRun(c)) {
    if (change->metric == CompareMetric::kErrorRate || !change->ratio_interval) continue;
    const bool rate = change->metric == CompareMetric::kRate;
    const double worst = rate ? change->ratio_interval->low : change->ratio_interval->high;
    if (rate ? worst >= 1 - c.options.size : worst <= 1 + c.options.size) continue;
    parts += (parts.empty() ? "" : ", ") + LabelOf(change->metric) + " " + RatioText(worst);
  }
  return parts.empty() ? "" : "not excluded by these runs: " + parts;
}

// Numbers stand to the right; the first column, and the last one of `words`, to the left.
std::string TableText(const TextStyle& style, const std::vector<Row>& rows,
                      const std::vector<std::vector<Style>>& moods, bool words) {
  std::vector<size_t> widths(rows[0].size());
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], TextWidth(row[i]));
  }
  std::string text;
  for (size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (size_t i = 0; i < rows[r].size(); ++i) {
      const bool left = i == 0 || (words && i + 1 == rows[r].size());
      const std::string cell =
          left ? PadRight(rows[r][i], widths[i]) : PadLeft(rows[r][i], widths[i]);
      line += (i == 0 ? "" : "  ") + (rows[r][i].empty() ? cell : style.Paint(moods[r][i], cell));
    }
    while (line.ends_with(' ')) line.pop_back();
    text += line + "\n";
  }
  return text;
}

std::string MetricTable(const TextStyle& style, const Comparison& c) {
  const std::vector<Row> rows = MetricRows(c);
  const std::vector<const MetricChange*> changes = WholeRun(c);
  std::vector<std::vector<Style>> moods = {std::vector<Style>(rows[0].size(), Style::kBold)};
  for (const MetricChange* change : changes) {
    moods.emplace_back(rows[0].size(), Style::kPlain);
    moods.back()[3] = moods.back().back() = MoodOfChange(change->change);
  }
  return TableText(style, rows, moods, /*words=*/c.judged);
}

std::string RequestCell(const MetricChange& change, const std::string& worse,
                        const std::string& better) {
  const std::string mark = change.change == Change::kWorse    ? " " + worse
                           : change.change == Change::kBetter ? " " + better
                                                              : "";
  return ChangeText(change) + mark;
}

Row RequestHead(const RequestRow& row) {
  Row head = {"request"};
  for (const MetricChange* change : row.changes) {
    head.emplace_back(kCompareMetricNames[static_cast<size_t>(change->metric)]);
    std::replace(head.back().begin(), head.back().end(), '_', ' ');
  }
  return head;
}

std::string RequestTable(const TextStyle& style, const Comparison& c) {
  const std::vector<RequestRow> requests = RequestRows(c);
  if (requests.empty()) return "";
  std::vector<Row> rows = {RequestHead(requests[0])};
  std::vector<std::vector<Style>> moods = {std::vector<Style>(rows[0].size(), Style::kBold)};
  for (size_t i = 0; i < std::min(requests.size(), kMaxRequestRows); ++i) {
    Row row = {CutToWidth(style.Clean(requests[i].name), kWidestRequest)};
    std::vector<Style> mood = {Style::kPlain};
    for (const MetricChange* change : requests[i].changes) {
      row.push_back(RequestCell(*change, "!", style.tick()));
      mood.push_back(MoodOfChange(change->change));
    }
    rows.push_back(std::move(row));
    moods.push_back(std::move(mood));
  }
  std::string text = "\n" + TableText(style, rows, moods, /*words=*/false);
  if (requests.size() > kMaxRequestRows) {
    text += "and " + std::to_string(requests.size() - kMaxRequestRows) + " more, in --out json\n";
  }
  return text;
}

// --- Markdown

std::string MarkdownRow(const Row& cells) {
  std::string row = "|";
  for (const std::string& cell : cells) row += " " + MarkdownText(cell) + " |";
  return row + "\n";
}

std::string MarkdownRule(size_t columns) {
  std::string rule = "|---|";
  for (size_t i = 1; i < columns; ++i) rule += "--:|";
  return rule + "\n";
}

std::string MarkdownRequests(const Comparison& c) {
  const std::vector<RequestRow> requests = RequestRows(c);
  if (requests.empty()) return "";
  const Row head = RequestHead(requests[0]);
  std::string text = "\n" + MarkdownRow(head) + MarkdownRule(head.size());
  for (size_t i = 0; i < std::min(requests.size(), kMaxRequestRows); ++i) {
    Row row = {requests[i].name};
    for (const MetricChange* change : requests[i].changes) {
      row.push_back(RequestCell(*change, "worse", "better"));
    }
    text += MarkdownRow(row);
  }
  if (requests.size() > kMaxRequestRows) {
    text += "\nand " + std::to_string(requests.size() - kMaxRequestRows) + " more requests\n";
  }
  return text;
}

std::string MarkdownList(const Comparison& c) {
  std::string text;
  for (const std::string& difference : c.unlike) {
    text += "- **unlike**: " + MarkdownText(difference) + "\n";
  }
  for (const std::string& note : c.notes) text += "- " + MarkdownText(note) + "\n";
  if (const std::string more = NotExcluded(c); !more.empty()) {
    text += "- " + MarkdownText(more) + "\n";
  }
  return text.empty() ? "" : "\n" + text;
}

}  // namespace

std::string CompareTerminal(const Comparison& c, const TextOptions& options) {
  const TextStyle style(options);
  const Style mood = c.regression() ? Style::kBad : c.judged ? Style::kGood : Style::kWarn;
  std::string text = style.Paint(mood, Headline(c)) + "  " + Basis(c, style.dot()) + "\n";
  for (const std::string& difference : c.unlike) {
    text += "  " + style.Paint(Style::kBad, "! unlike: " + style.Clean(difference)) + "\n";
  }
  for (const std::string& note : c.notes) {
    text += "  " + style.Paint(Style::kWarn, "! " + style.Clean(note)) + "\n";
  }
  if (const std::string more = NotExcluded(c); !more.empty()) {
    text += "  " + style.Paint(Style::kWarn, "! " + more) + "\n";
  }
  return text + "\n" + LabelledLine(style, "base", {style.Clean(SourcesOf(c.base))}) +
         LabelledLine(style, "new", {style.Clean(SourcesOf(c.changed))}) + "\n" +
         MetricTable(style, c) + RequestTable(style, c);
}

std::string CompareMarkdown(const Comparison& c) {
  std::string text =
      "## " + Headline(c) + "\n\n" + MarkdownText(Basis(c, ", ")) + "\n" + MarkdownList(c) + "\n";
  const std::vector<Row> rows = MetricRows(c);
  for (size_t i = 0; i < rows.size(); ++i) {
    text += MarkdownRow(rows[i]) + (i == 0 ? MarkdownRule(rows[i].size()) : "");
  }
  text += MarkdownRequests(c);
  return text + "\nBase: " + MarkdownText(SourcesOf(c.base)) +
         ". New: " + MarkdownText(SourcesOf(c.changed)) + ".\n";
}

std::string NoBaselineMarkdown(const std::string& why) {
  return "## NO BASELINE\n\n" + MarkdownText(why) + "\n";
}

}  // namespace muster
