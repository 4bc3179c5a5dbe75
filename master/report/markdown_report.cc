#include "master/report/markdown_report.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "master/report/json_report.h"
#include "master/report/markdown_text.h"
#include "master/report/threshold_remarks.h"
#include "master/results/format.h"
#include "master/results/per_second.h"

namespace muster {
namespace {

constexpr size_t kMaxRequestRows = 50;

std::string_view WordOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPassed:
      return "passed";
    case Outcome::kThresholdFailed:
      return "failed";
    case Outcome::kGeneratorLimited:
      return "generator-limited: no verdict on the target";
    case Outcome::kIncomplete:
      return "incomplete: no verdict on the target";
    case Outcome::kInterrupted:
      return "interrupted";
    case Outcome::kInternalError:
      return "a fault of Muster's own";
  }
  return "a fault of Muster's own";
}

std::string Plain(std::string_view text) { return MarkdownText(text); }

std::string Row(std::initializer_list<std::string> cells) {
  std::string row = "|";
  for (const std::string& cell : cells) row += " " + cell + " |";
  return row + "\n";
}

std::string Thresholds(const RunSummary& s) {
  if (s.thresholds.empty()) return "No thresholds.\n\n";
  std::string text =
      Row({"", "threshold", "observed", "95 % interval", "first breach", "remarks"}) +
      "|---|---|--:|---|---|---|\n";
  for (const ThresholdResult& result : s.thresholds) {
    std::string interval;
    if (result.certainty && result.certainty->interval) {
      const auto end = [&](double value) {
        return value > 1e300 ? "failed" : FormatObserved(result.threshold, value);
      };
      interval = end(result.certainty->interval->low) + " to " +
                 end(result.certainty->interval->high) +
                 (result.certainty->optimistic ? ", or wider" : "") +
                 (result.certainty->borderline ? " (borderline)" : "");
    }
    std::string remarks;
    for (const std::string& remark : RemarksOn(result)) {
      remarks += (remarks.empty() ? "" : ", ") + remark;
    }
    text +=
        Row({result.passed ? "✓" : "✗",
             Plain(result.threshold.expression) + (result.threshold.is_default ? " (default)" : ""),
             result.observed_text, interval,
             result.first_breach ? FormatRunClock(*result.first_breach) : "", remarks});
  }
  return text + "\n";
}

std::string ListOf(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "- " + Plain(line) + "\n";
  return text.empty() ? "" : text + "\n";
}

std::string Findings(const RunSummary& s) {
  std::string text;
  for (const Finding& finding : s.findings) {
    text += "- **" + SeverityName(finding.severity) + "** " + Plain(finding.text);
    if (!finding.evidence.empty()) text += ": " + Plain(finding.evidence);
    if (!finding.advice.empty()) text += ". *" + Plain(finding.advice) + "*";
    text += "\n";
  }
  return text.empty() ? "" : text + "\n";
}

std::string LatencyRow(const std::string& label, const LatencySummary& latency) {
  const auto cell = [&](const std::optional<int64_t>& value) {
    return value ? FormatLatency(*value) : std::string(latency.count == 0 ? "-" : "failed");
  };
  return Row({label, cell(latency.p50_ns), cell(latency.p90_ns), cell(latency.p95_ns),
              cell(latency.p99_ns), cell(latency.p999_ns), cell(latency.max_ns)});
}

std::string Latencies(const RunSummary& s) {
  const auto of = [&](LatencyKind kind) -> const LatencySummary& {
    return s.latency.by_kind[static_cast<size_t>(kind)];
  };
  return Row({"latency", "p50", "p90", "p95", "p99", "p99.9", "max"}) +
         "|---|--:|--:|--:|--:|--:|--:|\n" +
         LatencyRow("response (all that was due, failed last)", s.latency.response_all) +
         LatencyRow("response of completed", of(LatencyKind::kResponse)) +
         LatencyRow("service", of(LatencyKind::kService)) +
         LatencyRow("wait", of(LatencyKind::kWait)) + LatencyRow("lag", of(LatencyKind::kLag)) +
         "\n";
}

std::string Requests(const RunSummary& s) {
  std::string text =
      Row({"request", "completed", "rate", "failed", "unexpected", "p50", "p95", "p99"}) +
      "|---|--:|--:|--:|--:|--:|--:|--:|\n";
  const auto cell = [](const LatencySummary& latency, const std::optional<int64_t>& value) {
    return value ? FormatLatency(*value) : std::string(latency.count == 0 ? "-" : "failed");
  };
  for (size_t i = 0; i < std::min(s.by_name.size(), kMaxRequestRows); ++i) {
    const NameSummary& name = s.by_name[i];
    const LatencySummary& all = name.latency.response_all;
    text += Row({Plain(name.name), FormatCount(name.counts.completed),
                 FormatRatePerSecond(name.rate_per_s), FormatCount(name.counts.failed),
                 FormatCount(name.counts.unexpected), cell(all, all.p50_ns), cell(all, all.p95_ns),
                 cell(all, all.p99_ns)});
  }
  if (s.by_name.size() > kMaxRequestRows) {
    text += "\nand " + std::to_string(s.by_name.size() - kMaxRequestRows) + " more requests\n";
  }
  return text + "\n";
}

std::string Accounting(const RunSummary& s) {
  std::string text = "due " + FormatCount(s.counts.due) + " = started " +
                     FormatCount(s.counts.started) + " + not started " +
                     FormatCount(s.counts.not_started_total()) + "; requests " +
                     FormatCount(s.counts.requests_started) + " = completed " +
                     FormatCount(s.counts.completed) + " + failed " + FormatCount(s.counts.failed);
  if (s.requests_in_flight > 0) text += " + in flight " + FormatCount(s.requests_in_flight);
  if (s.requests_lost > 0) text += " + lost " + FormatCount(s.requests_lost);
  return text + (s.books_balanced ? "; balanced\n" : "; **not balanced**\n");
}

std::string Errors(const Counts& counts) {
  std::string text;
  for (size_t i = 0; i < kErrorClasses; ++i) {
    if (counts.errors[i] == 0) continue;
    text += (text.empty() ? "Errors: " : ", ") + Plain(kErrorNames[i]) + " " +
            FormatCount(counts.errors[i]);
  }
  return text.empty() ? "" : text + "\n\n";
}

}  // namespace

std::string MarkdownReport(const RunSummary& s) {
  return "## " + Plain(s.name) + ": " + std::string(WordOf(s.verdict.outcome)) + " (exit code " +
         std::to_string(s.exit_code) + ")\n\n" + ListOf(s.verdict.reasons) + Thresholds(s) +
         Findings(s) + ListOf(s.notes) + "Asked " + Plain(s.asked) + ", delivered " +
         FormatRatePerSecond(PerSecond(s.counts.started, s.load_duration)) + " for " +
         FormatSpan(s.load_duration) + ", " + s.model + " model; target " + Plain(s.target) +
         "\n\n" + Latencies(s) + Requests(s) + Errors(s.counts) + Accounting(s) + "\nRun " +
         Plain(s.id) + ", seed " + std::to_string(s.seed) + ", " +
         std::to_string(s.workers.size()) + (s.workers.size() == 1 ? " worker" : " workers") +
         ", muster " + Plain(s.tool_version) + "\n";
}

}  // namespace muster
