#include "master/report/terminal_report.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "master/report/headline.h"
#include "master/report/threshold_remarks.h"
#include "master/results/format.h"
#include "master/results/per_second.h"
#include "master/results/verdict.h"

namespace muster {
namespace {

constexpr size_t kMaxNameRows = 50;
constexpr size_t kMaxReasons = 20;
constexpr size_t kMaxFindings = 3;
constexpr size_t kLatencyColumn = 8;
constexpr size_t kFirstLatencyColumn = 6;  // beside the label
// Up to this lag at p99 the generator is said to be in order.
constexpr int64_t kLagOkNs = 1'000'000;

using Lines = std::string;

std::string ThresholdTally(const RunSummary& s) {
  if (s.thresholds.empty()) return "no thresholds";
  const auto passed = std::count_if(s.thresholds.begin(), s.thresholds.end(),
                                    [](const auto& result) { return result.passed; });
  const bool one = s.thresholds.size() == 1;
  return std::to_string(passed) + " of " + std::to_string(s.thresholds.size()) +
         (one ? " threshold passed" : " thresholds passed");
}

std::string HeadOf(const TextStyle& style, const RunSummary& s) {
  return FirstLine(style,
                   {HeadlineOf(s.verdict.outcome), s.name, ThresholdTally(s), s.exit_code,
                    "run " + style.Clean(s.id) + style.dot() + "seed " + std::to_string(s.seed)});
}

// The expression without its comparison: that stands in a column of its own.
std::string MetricOf(const Threshold& threshold) {
  std::string metric = threshold.expression.substr(0, threshold.expression.find_first_of("<>"));
  while (metric.ends_with(' ')) metric.pop_back();
  return metric;
}

// What another run might say; empty when it would say the same.
std::string CertaintyText(const ThresholdResult& result) {
  if (!result.certainty) return "";
  const Certainty& certainty = *result.certainty;
  std::string text;
  if (certainty.borderline) {
    const auto end = [&](double value) {
      return std::isfinite(value) ? FormatObserved(result.threshold, value) : "failed";
    };
    text += "   borderline: " + end(certainty.interval->low) + " to " +
            end(certainty.interval->high) + (certainty.optimistic ? ", or wider" : "");
  }
  if (certainty.length_that_would_do) {
    text += "   too few samples: run " + FormatSpan(*certainty.length_that_would_do);
  }
  return text;
}

// `more` behind the last line of `text`, or, where it has no room, below it.
void AppendOrWrap(const TextStyle& style, const std::string& more, std::string* text) {
  const size_t last = text->rfind('\n') == text->npos ? 0 : text->rfind('\n') + 1;
  if (TextWidth(text->substr(last)) + TextWidth(more) > style.options().width) {
    while (text->ends_with(' ')) text->pop_back();
    *text += "\n     ";
  }
  *text += more;
}

Lines ThresholdLines(const TextStyle& style, const RunSummary& s) {
  size_t metric_width = 0, observed_width = 0, wanted_width = 0;
  for (const ThresholdResult& result : s.thresholds) {
    metric_width = std::max(metric_width, TextWidth(style.Clean(MetricOf(result.threshold))));
    observed_width = std::max(observed_width, TextWidth(result.observed_text));
    wanted_width = std::max(wanted_width, TextWidth(FormatWanted(result.threshold)));
  }
  Lines lines;
  for (const ThresholdResult& result : s.thresholds) {
    const Style mood = result.passed ? Style::kGood : Style::kBad;
    std::string line = "  " + style.Paint(mood, result.passed ? style.tick() : style.cross()) +
                       " " + PadRight(style.Clean(MetricOf(result.threshold)), metric_width) +
                       "  " + style.Paint(mood, PadLeft(result.observed_text, observed_width)) +
                       "   want " + PadRight(FormatWanted(result.threshold), wanted_width);
    if (!result.passed && result.first_breach) {
      line += "   first breach " + FormatRunClock(*result.first_breach);
    }
    for (const std::string& remark : RemarksOn(result)) {
      AppendOrWrap(style, "   " + style.Clean(remark), &line);
    }
    AppendOrWrap(style, style.Paint(Style::kWarn, CertaintyText(result)), &line);
    if (result.threshold.is_default) line += style.Paint(Style::kDim, "   default");
    while (line.ends_with(' ')) line.pop_back();
    lines += line + "\n";
  }
  return lines;
}

Style StyleOf(Severity severity) {
  switch (severity) {
    case Severity::kVerdict:
      return Style::kBad;
    case Severity::kWarning:
      return Style::kWarn;
    case Severity::kNote:
      return Style::kPlain;
  }
  return Style::kPlain;
}

// A note does not look like a warning, or one learns to pass over both.
const char* MarkOf(Severity severity) { return severity == Severity::kNote ? "- " : "! "; }

// `evidence` behind a finding's text as far as the line goes: a report that is longer than the
// screen hides its verdict.
std::string FindingText(const TextStyle& style, const Finding& finding) {
  constexpr size_t kWorthShowing = 20;  // columns
  const std::string text = MarkOf(finding.severity) + style.Clean(finding.text);
  const size_t used = 2 + TextWidth(text) + 2, width = style.options().width;
  if (finding.evidence.empty() || used + kWorthShowing > width) return text;
  return text + ": " + CutToWidth(style.Clean(finding.evidence), width - used);
}

// The worst; the reports have them all, with advice.
Lines FindingLines(const TextStyle& style, const RunSummary& s) {
  Lines lines;
  for (size_t i = 0; i < std::min(s.findings.size(), kMaxFindings); ++i) {
    const Finding& finding = s.findings[i];
    lines += "  " + style.Paint(StyleOf(finding.severity), FindingText(style, finding)) + "\n";
  }
  if (s.findings.size() > kMaxFindings) {
    const size_t more = s.findings.size() - kMaxFindings;
    lines += "  " +
             style.Paint(Style::kDim, "- and " + FormatCount(more) +
                                          (more == 1 ? " more finding" : " more findings") +
                                          ", in --out html, markdown, junit or json") +
             "\n";
  }
  return lines;
}

// What the thresholds' own lines do not say already.
Lines ReasonLines(const TextStyle& style, const RunSummary& s) {
  std::vector<std::string> shown;
  for (const ThresholdResult& result : s.thresholds) shown.push_back(FailedThresholdReason(result));
  Lines lines;
  size_t left_out = 0, printed = 0;
  for (const std::string& reason : s.verdict.reasons) {
    if (std::find(shown.begin(), shown.end(), reason) != shown.end()) continue;
    if (++printed > kMaxReasons) {
      ++left_out;
      continue;
    }
    lines += "  " + style.Paint(Style::kBad, "! " + style.Clean(reason)) + "\n";
  }
  if (left_out > 0) lines += "  ! and " + FormatCount(left_out) + " more reasons\n";
  lines += FindingLines(style, s);
  for (const std::string& note : s.notes) {
    lines += "  " + style.Paint(Style::kWarn, "! " + style.Clean(note)) + "\n";
  }
  return lines;
}

Lines LoadLine(const TextStyle& style, const RunSummary& s) {
  std::vector<std::string> parts;
  if (s.model == "open") {
    std::string asked = "asked " + s.asked;
    const bool changes = s.asked.find(" to ") != std::string::npos;
    if (changes) asked += ", mean " + FormatRatePerSecond(s.asked_rate_per_s);
    parts.push_back(asked);
    std::string delivered =
        "delivered " + FormatRatePerSecond(PerSecond(s.counts.started, s.load_duration));
    if (s.counts.due > 0) {
      delivered +=
          " (" +
          FormatShare(static_cast<double>(s.counts.started) / static_cast<double>(s.counts.due)) +
          ")";
    }
    parts.push_back(delivered);
    parts.push_back(s.poisson ? "open, Poisson" : "open, even");
  } else {
    parts.push_back(s.asked);
    parts.push_back(FormatRatePerSecond(s.load_rate_per_s));
    parts.push_back("closed: a slow target is sent fewer requests");
  }
  const Duration drain = std::max(Duration(), s.duration - s.load_duration);
  parts.push_back(FormatSpan(s.load_duration) + " + drain " + FormatSpan(drain));
  parts.push_back(style.Clean(s.target));
  return LabelledLine(style, "load", parts);
}

std::string NotStartedText(const Counts& counts) {
  std::string reasons;
  for (size_t i = 0; i < kNotStartedReasons; ++i) {
    if (counts.not_started[i] == 0) continue;
    reasons += (reasons.empty() ? "" : ", ") + std::string(kNotStartedNames[i]);
    if (counts.not_started[i] != counts.not_started_total()) {
      reasons += " " + FormatCount(counts.not_started[i]);
    }
  }
  return "not started " + FormatCount(counts.not_started_total()) +
         (reasons.empty() ? "" : " (" + reasons + ")");
}

std::string AddIfAny(const std::string& what, uint64_t n) {
  return n == 0 ? "" : " + " + what + " " + FormatCount(n);
}

Lines CountLines(const TextStyle& style, const RunSummary& s) {
  const Counts& counts = s.counts;
  std::vector<std::string> iterations = {"due " + FormatCount(counts.due) + " = started " +
                                         FormatCount(counts.started) + " + " +
                                         NotStartedText(counts)};
  if (counts.cut > 0) {
    iterations.push_back("cut at the drain limit or by a stop " + FormatCount(counts.cut));
  }
  if (s.iterations_lost > 0) iterations.push_back("lost " + FormatCount(s.iterations_lost));
  std::vector<std::string> requests = {
      "started " + FormatCount(counts.requests_started) + " = completed " +
      FormatCount(counts.completed) + " + failed " + FormatCount(counts.failed) +
      AddIfAny("in flight", s.requests_in_flight) + AddIfAny("lost", s.requests_lost)};
  if (counts.unexpected > 0) {
    requests.push_back("unexpected status " + FormatCount(counts.unexpected));
  }
  return LabelledLine(style, "iterations", iterations) + LabelledLine(style, "requests", requests);
}

std::vector<std::string> PercentileCells(const LatencySummary& latency) {
  std::vector<std::string> cells;
  for (const auto& value : {latency.p50_ns, latency.p90_ns, latency.p95_ns, latency.p99_ns,
                            latency.p999_ns, latency.max_ns}) {
    cells.push_back(value ? FormatLatency(*value) : latency.count == 0 ? "-" : "failed");
  }
  return cells;
}

// The columns whose percentile rests on too few samples.
std::vector<bool> Greyed(const RunSummary& s) {
  std::vector<bool> greyed;
  for (const uint32_t millis : {50'000u, 90'000u, 95'000u, 99'000u, 99'900u}) {
    greyed.push_back(std::find(s.few_samples.begin(), s.few_samples.end(), millis) !=
                     s.few_samples.end());
  }
  return greyed;
}

std::string LatencyRow(const TextStyle& style, const std::string& label,
                       const std::vector<std::string>& cells, const std::string& hint,
                       const std::vector<bool>& greyed = {}) {
  std::string line = PadRight(label, kLabelWidth);
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string padded = PadLeft(cells[i], i == 0 ? kFirstLatencyColumn : kLatencyColumn);
    line += cells[i] == "failed"             ? style.Paint(Style::kBad, padded)
            : i < greyed.size() && greyed[i] ? style.Paint(Style::kDim, padded)
                                             : padded;
  }
  if (TextWidth(line) + 3 + TextWidth(hint) <= style.options().width) {
    line += "   " + style.Paint(Style::kDim, hint);
  }
  while (line.ends_with(' ')) line.pop_back();
  return line + "\n";
}

bool HasUnmeasuredStages(const RunSummary& s) {
  uint64_t measured = 0;
  for (const NameSummary& name : s.by_name) measured += name.counts.due;
  return measured != s.counts.due;
}

Lines LatencyLines(const TextStyle& style, const RunSummary& s) {
  const auto of = [&](LatencyKind kind) {
    return PercentileCells(s.latency.by_kind[static_cast<size_t>(kind)]);
  };
  const std::vector<std::string> all = PercentileCells(s.latency.response_all);
  const std::vector<std::string> completed = of(LatencyKind::kResponse);
  Lines lines =
      "\n" +
      style.Paint(Style::kBold, LatencyRow(TextStyle({false, style.options().width, true}),
                                           "latency", {"p50", "p90", "p95", "p99", "p99.9", "max"},
                                           HasUnmeasuredStages(s) ? "measured stages alone" : ""));
  const std::vector<bool> greyed = Greyed(s);
  lines += LatencyRow(style, "response", all, "due to done, failed rank last", greyed);
  if (all != completed) {
    lines += LatencyRow(style, "response ok", completed, "the completed ones alone", greyed);
  }
  lines += LatencyRow(style, "service", of(LatencyKind::kService), "sent to done", greyed);
  lines += LatencyRow(style, "wait", of(LatencyKind::kWait), "connection, DNS, TLS", greyed);
  lines += LatencyRow(style, "lag", of(LatencyKind::kLag), "the generator itself");
  const uint64_t saturated = s.latency.response_all.saturated;
  if (saturated > 0) {
    lines += "  " +
             style.Paint(Style::kWarn, "! " + FormatCount(saturated) +
                                           " above the histogram's range of one hour") +
             "\n";
  }
  return lines;
}

std::string ErrorShare(const Counts& counts) {
  const uint64_t ended = counts.completed + counts.failed;
  if (ended == 0) return "-";
  return FormatShare(static_cast<double>(counts.failed + counts.unexpected) /
                     static_cast<double>(ended));
}

// Requests by name, or by a tag's value: `label` of a row is what it is called.
template <typename Parts, typename Label>
Lines PartLines(const TextStyle& style, const std::string& title, const Parts& parts,
                Label&& label) {
  if (parts.empty()) return "";
  size_t width = TextWidth(title);
  for (const auto& part : parts) {
    width = std::max(width, std::min<size_t>(24, TextWidth(style.Clean(label(part)))));
  }
  const auto row = [&](const std::vector<std::string>& cells) {
    std::string line = PadRight(CutToWidth(cells[0], width), width) + PadLeft(cells[1], 13) +
                       PadLeft(cells[2], 11) + PadLeft(cells[3], 9);
    for (size_t i = 4; i < cells.size(); ++i) line += PadLeft(cells[i], kLatencyColumn);
    return line;
  };
  Lines lines =
      "\n" +
      style.Paint(Style::kBold, row({title, "completed", "rate", "err", "p50", "p95", "p99"})) +
      "\n";
  for (size_t i = 0; i < std::min(parts.size(), kMaxNameRows); ++i) {
    const auto& part = parts[i];
    const std::vector<std::string> cells = PercentileCells(part.latency.response_all);
    lines += row({style.Clean(label(part)), FormatCount(part.counts.completed),
                  FormatRatePerSecond(part.rate_per_s), ErrorShare(part.counts), cells[0], cells[2],
                  cells[3]}) +
             "\n";
  }
  if (parts.size() > kMaxNameRows) {
    lines += "and " + std::to_string(parts.size() - kMaxNameRows) + " more, in --out json\n";
  }
  return lines;
}

Lines NameLines(const TextStyle& style, const RunSummary& s) {
  return PartLines(style, "request", s.by_name, [](const NameSummary& name) { return name.name; });
}

// By the tag that was asked for.
Lines TagLines(const TextStyle& style, const RunSummary& s) {
  std::vector<TagSummary> values;
  for (const TagSummary& tag : s.by_tag) {
    if (tag.key == style.options().by) values.push_back(tag);
  }
  return PartLines(style, style.Clean(style.options().by), values,
                   [](const TagSummary& tag) { return tag.value; });
}

Lines OutcomeLines(const TextStyle& style, const RunSummary& s) {
  std::vector<std::pair<uint64_t, std::string>> classes;
  for (size_t i = 0; i < kErrorClasses; ++i) {
    if (s.counts.errors[i] > 0) classes.emplace_back(s.counts.errors[i], kErrorNames[i]);
  }
  std::stable_sort(classes.begin(), classes.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> errors;
  for (const auto& [count, name] : classes) errors.push_back(name + " " + FormatCount(count));
  if (s.counts.unexpected > 0) {
    errors.push_back("unexpected status " + FormatCount(s.counts.unexpected));
  }
  if (errors.empty()) errors.emplace_back("none");
  std::vector<std::string> statuses;
  for (const auto& [status, count] : s.statuses.entries()) {
    statuses.push_back(std::to_string(status) + " " + FormatCount(count));
  }
  if (statuses.empty()) statuses.emplace_back("none");
  return "\n" + LabelledLine(style, "errors", errors) + LabelledLine(style, "status", statuses);
}

Lines WorkerLines(const TextStyle& style, const RunSummary& s) {
  const auto finished = std::count_if(s.workers.begin(), s.workers.end(),
                                      [](const auto& w) { return w.state == "finished"; });
  std::vector<std::string> parts = {std::to_string(finished) + "/" +
                                    std::to_string(s.workers.size())};
  double busy = 0;
  Duration clock_error;
  for (const WorkerSummary& worker : s.workers) {
    busy = std::max(busy, worker.busy);
    clock_error = std::max(clock_error, worker.clock_error);
  }
  const LatencySummary& lag = s.latency.by_kind[static_cast<size_t>(LatencyKind::kLag)];
  if (lag.p99_ns) {
    parts.push_back(*lag.p99_ns <= kLagOkNs ? "lag ok"
                                            : "lag " + FormatLatency(*lag.p99_ns) + " at p99");
  }
  if (busy > 0)
    parts.push_back("busy " + std::to_string(std::lround(std::ceil(busy * 100))) + " % at most");
  if (clock_error > Duration()) {
    parts.push_back("clocks " + style.plus_minus() + FormatLatency(clock_error.nanos(), 2));
  }
  parts.push_back(s.books_balanced
                      ? "accounting balanced " + style.Paint(Style::kGood, style.tick())
                      : style.Paint(Style::kBad, "accounting NOT balanced " + style.cross()));
  return LabelledLine(style, "workers", parts);
}

}  // namespace

std::string TerminalReport(const RunSummary& s, const TextOptions& options) {
  const TextStyle style(options);
  return HeadOf(style, s) + ThresholdLines(style, s) + ReasonLines(style, s) + "\n" +
         LoadLine(style, s) + CountLines(style, s) + LatencyLines(style, s) + NameLines(style, s) +
         TagLines(style, s) + OutcomeLines(style, s) + WorkerLines(style, s);
}

}  // namespace muster
