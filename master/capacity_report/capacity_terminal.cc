#include "master/capacity_report/capacity_terminal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <vector>

#include "master/capacity_report/capacity_chart.h"
#include "master/capacity_report/capacity_text.h"
#include "master/report/headline.h"
#include "master/results/format.h"

namespace muster {
namespace {

// A search that nobody set a goal for has found something, or not.
Headline HeadlineOf(const CapacityResult& result) {
  Headline headline = HeadlineOf(result.verdict.outcome);
  if (result.wanted) return headline;
  if (result.verdict.outcome == Outcome::kPassed) headline.word = "FOUND";
  if (result.verdict.outcome == Outcome::kThresholdFailed) headline.word = "NOT RESOLVED";
  return headline;
}

std::string ShortAnswer(const CapacityResult& result) {
  const CapacityAnswer& answer = result.answer;
  if (answer.at_least) return "at least " + LoadText(result, *answer.at_least);
  if (answer.estimate && answer.interval) return EstimateText(result, answer);
  return answer.sustained ? "sustained " + LoadText(result, answer.sustained->load)
                          : "no load was sustained";
}

std::string HeadOf(const TextStyle& style, const CapacityResult& result) {
  return FirstLine(style, {HeadlineOf(result), result.name, ShortAnswer(result), result.exit_code,
                           "seed " + std::to_string(result.seed)});
}

// "label       part", where there is a part.
std::string Line(const TextStyle& style, const std::string& label, const std::string& text) {
  return text.empty() ? "" : LabelledLine(style, label, {style.Clean(text)});
}

std::vector<std::string> Parts(const std::string& sentence) {
  std::vector<std::string> parts;
  size_t from = 0;
  for (size_t at; (at = sentence.find("; ", from)) != sentence.npos; from = at + 2) {
    parts.push_back(sentence.substr(from, at - from));
  }
  parts.push_back(sentence.substr(from));
  return parts;
}

std::string AnswerLines(const TextStyle& style, const CapacityResult& result) {
  std::vector<std::string> parts;
  for (const std::string& part : Parts(AnswerText(result, result.answer))) {
    parts.push_back(style.Clean(part));
  }
  std::string text = LabelledLine(style, "answer", parts);
  for (const std::string& reason : result.verdict.reasons) {
    text += LabelledLine(style, "", {style.Paint(Style::kWarn, "! " + style.Clean(reason))});
  }
  text += Line(style, "limited by",
               result.answer.estimate || result.answer.failed_at
                   ? LimitText(result, result.answer.limited_by)
                   : "");
  text += Line(style, "knee", KneeText(result));
  return text + Line(style, "breaks at", BreakingText(result));
}

std::string SearchLines(const TextStyle& style, const CapacityResult& result) {
  if (result.searches.size() < 2) return "";
  std::string text;
  for (size_t i = 0; i < result.searches.size(); ++i) {
    const std::string label = i == 0 ? "searches" : "";
    text += Line(style, label,
                 std::to_string(i + 1) + ": " + AnswerText(result, result.searches[i].answer));
  }
  return text + Line(style, "",
                     "the answer is the one with the median estimate; its interval "
                     "covers those of all");
}

std::string WorkersText(const CapacityResult& result) {
  std::string text;
  double busy = 0;
  int64_t lag = 0;
  for (const CapacityWorker& worker : result.workers) {
    busy = std::max(busy, worker.busy);
    lag = std::max(lag, worker.lag_p99_ns);
  }
  if (result.workers.empty()) return "";
  return std::to_string(result.workers.size()) + ": busy " + FormatShare(busy) +
         " at most, lag p99 " + FormatLatency(lag) + " at most";
}

std::string FactLines(const TextStyle& style, const CapacityResult& result) {
  std::vector<std::string> objectives;
  for (const Objective& objective : result.objectives) {
    objectives.push_back(style.Clean(objective.expression) +
                         (objective.is_default ? style.Paint(Style::kDim, " (default)") : ""));
  }
  size_t levels = 0;
  for (const SearchResult& search : result.searches) levels += search.levels.size();
  std::string text = LabelledLine(style, "objectives", objectives);
  text += LabelledLine(style, "load", {style.Clean(result.target), style.Clean(result.traffic)});
  text += Line(style, "time",
               FormatSpan(result.duration) + ", " + std::to_string(levels) +
                   (levels == 1 ? " level" : " levels") + ", budget " + FormatSpan(result.budget) +
                   (result.searches.size() > 1 ? " a search" : ""));
  text += Line(style, "workers", WorkersText(result));
  if (result.insecure_control) {
    text += Line(style, "", "the control channel was open (--insecure-control)");
  }
  if (result.insecure_target) {
    text += Line(style, "", "the target's certificate was not verified (--insecure-target)");
  }
  return text;
}

std::string LengthText(const LevelObservation& level) {
  return LengthOf(level) == Duration() ? "-" : FormatSpan(LengthOf(level));
}

std::string InFlightText(double in_flight) {
  if (in_flight >= 9.95) return FormatCount(static_cast<uint64_t>(std::llround(in_flight)));
  char text[16];
  std::snprintf(text, sizeof(text), "%.1f", in_flight);
  return text;
}

// What the level says: the failure, or how the objective stands that is nearest to its limit.
std::string SaysText(const CapacityResult& result, const JudgedLevel& level) {
  if (level.judgement.verdict != LevelVerdict::kSustained) return FailureText(result, level);
  size_t nearest = 0;
  double most = -1;
  for (size_t o = 0; o < level.judgement.objectives.size(); ++o) {
    const Objective& objective = result.objectives[o];
    if (objective.kind != Objective::Kind::kShare) continue;
    const double used = level.judgement.objectives[o].kept.share() / AllowedBad(objective);
    if (used > most) most = used, nearest = o;
  }
  if (most < 0) return "";
  return MetricText(result.objectives[nearest]) + " " +
         ObservedText(result.objectives[nearest], level.judgement.objectives[nearest].kept);
}

std::string MarkText(const TextStyle& style, const JudgedLevel& level) {
  switch (level.judgement.verdict) {
    case LevelVerdict::kSustained:
      return style.Paint(Style::kGood, style.tick());
    case LevelVerdict::kFailed:
      return style.Paint(Style::kBad, style.cross());
    case LevelVerdict::kVoid:
      break;
  }
  return style.Paint(Style::kWarn, "?");
}

using Cells = std::array<std::string, 8>;

Cells LevelCells(const CapacityResult& result, const JudgedLevel& level) {
  const LevelObservation& seen = level.observation;
  return {NameOf(level.purpose),
          result.closed ? FormatCount(static_cast<uint64_t>(std::llround(seen.load)))
                        : LoadText(result, seen.load),
          LengthText(seen),
          FormatRatePerSecond(seen.delivered_per_s),
          InFlightText(seen.in_flight_mean),
          TimeText(seen.p50_ns),
          TimeText(seen.p99_ns),
          SaysText(result, level)};
}

std::string LevelTable(const TextStyle& style, const CapacityResult& result,
                       const std::vector<JudgedLevel>& levels) {
  std::vector<Cells> rows = {{"level", result.closed ? "users" : "load", "for", "delivered",
                              "in flight", "p50", "p99", "says"}};
  for (const JudgedLevel& level : levels) rows.push_back(LevelCells(result, level));
  std::array<size_t, 8> widths{};
  for (const Cells& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], TextWidth(row[i]));
  }
  std::string text;
  for (size_t r = 0; r < rows.size(); ++r) {
    std::string line = PadRight(rows[r][0], widths[0]);
    for (size_t i = 1; i + 1 < rows[r].size(); ++i) line += "  " + PadLeft(rows[r][i], widths[i]);
    line += r == 0 ? "    " : "  " + MarkText(style, levels[r - 1]) + " ";
    line += style.Clean(rows[r].back());
    line = CutToWidth(line, style.options().width);
    while (line.ends_with(' ')) line.pop_back();
    text += (r == 0 ? style.Paint(Style::kDim, line) : line) + "\n";
  }
  return text;
}

}  // namespace

std::string CapacityTerminal(const CapacityResult& result, const TextOptions& options) {
  const TextStyle style(options);
  std::string text = HeadOf(style, result) + "\n";
  text += AnswerLines(style, result) + SearchLines(style, result);
  text += "\n" + FactLines(style, result);
  const std::string chart = CapacityChart(style, result);
  if (!chart.empty()) text += "\n" + chart;
  for (size_t i = 0; i < result.searches.size(); ++i) {
    if (result.searches[i].levels.empty()) continue;
    text += "\n";
    if (result.searches.size() > 1) {
      text += style.Paint(Style::kBold, "search " + std::to_string(i + 1)) + "\n";
    }
    text += LevelTable(style, result, result.searches[i].levels);
  }
  return text;
}

std::string LevelLine(const CapacityResult& result, const JudgedLevel& level,
                      const TextOptions& options) {
  const TextStyle style(options);
  const LevelObservation& seen = level.observation;
  const char* word = level.sustained() ? "held" : level.failed() ? "failed" : "void";
  std::string text = std::string(NameOf(level.purpose)) + " " + LoadText(result, seen.load) +
                     (LengthOf(seen) == Duration() ? "" : " for " + LengthText(seen)) + ": " + word;
  const std::string says = SaysText(result, level);
  if (!says.empty()) text += ", " + says;
  text += "; p50 " + TimeText(seen.p50_ns) + ", p99 " + TimeText(seen.p99_ns);
  return style.Clean(text);
}

}  // namespace muster
